// The small files of a store: read back as written, and anything else is noticed.
#include "peer/store/store_records.hpp"

#include "messages/wire/hash.hpp"
#include "messages/wire/limits.hpp"
#include "store_stage.hpp"

using namespace fragcast;
using namespace fragcast::test;

namespace {

const fs::path kRecord = "/store/ports";
const Bytes kPayload = {1, 2, 3, 250};
const Bytes kOld = {1};
const Bytes kNew = {2};

Bytes written(const Bytes& payload) {
    MemoryFiles files;
    files.put_folder("/store");
    must(write_record(files, kRecord, "FPRT", payload, Files::Access::normal));
    CHECK(files.tree("/store") == std::vector<std::string>{"ports"});
    return files.get(kRecord);
}

Result<Bytes> read_back(const Bytes& bytes, std::string_view kind = "FPRT") {
    MemoryFiles files;
    files.put(kRecord, bytes);
    return read_record(files, kRecord, kind);
}

}  // namespace

TEST_CASE("record: its bytes are those of STORE.md") {
    Bytes wanted = {'F', 'P', 'R', 'T', 1, 0, 0, 0, 4, 0, 0, 0, 1, 2, 3, 250};
    const Digest sum = sha256(wanted);
    wanted.insert(wanted.end(), sum.bytes.begin(), sum.bytes.begin() + 8);
    CHECK(written(kPayload) == wanted);
    CHECK(must(read_back(wanted)) == kPayload);
    CHECK(must(read_back(written({}))).empty());
}

TEST_CASE("record: every prefix and every flipped bit is noticed") {
    const Bytes good = written(kPayload);
    for (std::size_t size = 0; size < good.size(); ++size) {
        const auto got = read_back(Bytes(good.begin(), good.begin() + static_cast<long>(size)));
        CHECK(fault_of(got) == ErrorKind::invalid);
    }
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        Bytes bad = good;
        bad[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        CHECK(fault_of(read_back(bad)) == ErrorKind::invalid);
    }
    Bytes longer = good;
    longer.push_back(0);
    CHECK(fault_of(read_back(longer)) == ErrorKind::invalid);
}

TEST_CASE("record: another kind, another version, too large, absent") {
    CHECK(fault_of(read_back(written(kPayload), "FEPO")) == ErrorKind::invalid);
    Bytes newer = written(kPayload);
    newer[4] = 2;
    CHECK(text_of(read_back(newer)) == "/store/ports was written by another version");
    CHECK(must(read_back(written(Bytes(limits::kMaxRecordBytes)))).size() ==
          limits::kMaxRecordBytes);
    const auto large = read_back(written(Bytes(limits::kMaxRecordBytes + 1)));
    CHECK(fault_of(large) == ErrorKind::invalid);
    CHECK(text_of(large).find("is larger than") != std::string::npos);
    MemoryFiles files;
    CHECK(fault_of(read_record(files, kRecord, "FPRT")) == ErrorKind::not_found);
}

TEST_CASE("record: it is the old or the new one, at every operation, and no rubbish stays") {
    for (std::uint64_t before = 0, died = 1; died != 0; ++before)
        for (const auto unsynced : {Unsynced::lost, Unsynced::kept, Unsynced::mixed}) {
            MemoryFiles files;
            files.put_folder("/store");
            must(write_record(files, kRecord, "FPRT", kOld, Files::Access::normal));
            bool done = false;
            {
                DyingAt dying(files, before);
                done = write_record(files, kRecord, "FPRT", kNew, Files::Access::normal).ok();
                died = dying.count() > before ? 1 : 0;
            }
            files.crash(unsynced, before);
            const Bytes now = must(read_record(files, kRecord, "FPRT"));
            CHECK((now == kNew || (!done && now == kOld)));
        }
}

TEST_CASE("record: one that could not be written leaves the old one and nothing else") {
    for (const Op op : {Op::open, Op::write, Op::sync, Op::rename}) {
        MemoryFiles files;
        files.put_folder("/store");
        must(write_record(files, kRecord, "FPRT", kOld, Files::Access::normal));
        files.set_fault([op](Op now, const fs::path&) {
            return now == op ? std::optional(ErrorKind::full) : std::nullopt;
        });
        CHECK(fault_of(write_record(files, kRecord, "FPRT", kNew, Files::Access::normal)) ==
              ErrorKind::full);
        files.set_fault(nullptr);
        CHECK(must(read_record(files, kRecord, "FPRT")) == kOld);
        CHECK(files.tree("/store") == std::vector<std::string>{"ports"});
    }
}

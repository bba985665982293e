// The file of a `get`: exact bytes, resumed after a crash, and never over somebody else's.
#include "peer/store/output_store.hpp"

#include "messages/wire/limits.hpp"
#include "store_stage.hpp"

#include <algorithm>
#include <ctime>

using namespace fragcast;
using namespace fragcast::test;

namespace {

const fs::path kHere = "/downloads";
const fs::path kTarget = kHere / "film.mp4";

StoreAsset film_to_get() {
    return make_store_asset("film", {kChunk + 77, 2 * kChunk, 1000}, AssetKind::video);
}

MemoryFiles& with_folder(MemoryFiles& files) {
    files.put_folder(kHere);
    return files;
}

std::unique_ptr<OutputStore> open_output(MemoryFiles& files, const StoreAsset& asset,
                                         bool replace = false) {
    return must(OutputStore::open(with_folder(files), kTarget, asset.id, replace));
}

fs::path temporary_of(const StoreAsset& asset) {
    return kHere / (".film.mp4.fragcast-" + asset.id.short_text());
}

// Processor time of this thread for a get of so many small fragments. What happens to each is too
// small to be counted from outside; only how the whole grows is looked at.
double processor_ms(std::uint32_t fragments) {
    const StoreAsset asset = make_store_asset("film", std::vector<std::size_t>(fragments, 32));
    MemoryFiles files;
    const auto output = open_output(files, asset);
    must(output->keep_manifest(asset.id, asset.body));
    const auto now = [] {
        timespec time{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
    };
    const double began = now();
    for (std::uint32_t i = 0; i < fragments; ++i) {
        must(output->keep_proof(asset.ref(i), asset.proof(i)));
        must(output->keep_chunk(asset.ref(i, 0), asset.chunk(i, 0)));
        must(output->finish_fragment(asset.ref(i)));
    }
    return now() - began;
}

void fetch_all(OutputStore& output, const StoreAsset& asset, std::uint32_t* given = nullptr) {
    for (std::uint32_t i = 0; i < asset.fragments.size(); ++i)
        must(fetch(output, asset, i, given));
}

}  // namespace

TEST_CASE("output: a video is init and fragments, a file its bytes, and nothing else is left") {
    for (const AssetKind kind : {AssetKind::video, AssetKind::file}) {
        MemoryFiles files;
        const auto asset = make_store_asset("film", {kChunk + 77, 2 * kChunk, 1000}, kind);
        auto output = open_output(files, asset);
        CHECK(files.exists(temporary_of(asset)));
        // In any order.
        for (const std::uint32_t i : {2U, 0U, 1U})
            must(fetch(*output, asset, i));
        CHECK(files.tree(kHere) == std::vector<std::string>{"film.mp4"});
        CHECK(files.get(kTarget) == asset.whole());
        // It serves others until it is closed.
        for (std::uint32_t i = 0; i < asset.fragments.size(); ++i)
            CHECK(reads_right(*output, asset, i));
        output.reset();
        files.crash(Unsynced::lost, 1);
        CHECK(files.get(kTarget) == asset.whole());
    }
}

TEST_CASE("output: what does not match is refused and not written") {
    MemoryFiles files;
    const auto asset = film_to_get();
    const auto other = make_store_asset("other", {kChunk});
    auto output = open_output(files, asset);
    CHECK(fault_of(output->keep_proof(asset.ref(0), asset.proof(0))) == ErrorKind::not_found);
    CHECK(fault_of(output->keep_manifest(asset.id, other.body)) == ErrorKind::invalid);
    CHECK(fault_of(output->keep_manifest(other.id, other.body)) == ErrorKind::invalid);
    CHECK(output->manifest_body(asset.id) == nullptr);
    must(output->keep_manifest(asset.id, asset.body));
    CHECK(*output->manifest_body(asset.id) == asset.body);
    CHECK(output->manifest_body(other.id) == nullptr);
    CHECK(fault_of(output->keep_proof(other.ref(0), other.proof(0))) == ErrorKind::not_found);
    CHECK(fault_of(output->keep_proof(asset.ref(3), asset.proof(0))) == ErrorKind::invalid);
    CHECK(fault_of(output->keep_proof(asset.ref(0), asset.proof(1))) == ErrorKind::invalid);
    CHECK(fault_of(output->keep_chunk(asset.ref(0, 0), asset.chunk(0, 0))) == ErrorKind::not_found);
    must(output->keep_proof(asset.ref(0), asset.proof(0)));
    const Bytes before = files.get(temporary_of(asset));
    CHECK(fault_of(output->keep_chunk(asset.ref(0, 0), asset.chunk(1, 0))) == ErrorKind::invalid);
    CHECK(fault_of(output->keep_chunk(asset.ref(0, 1), asset.chunk(0, 0))) == ErrorKind::invalid);
    CHECK(fault_of(output->keep_chunk(asset.ref(0, 2), asset.chunk(0, 0))) == ErrorKind::invalid);
    CHECK(files.get(temporary_of(asset)) == before);
    CHECK(fault_of(output->load_chunk(asset.ref(0, 0))) == ErrorKind::not_found);
    must(output->keep_chunk(asset.ref(0, 0), asset.chunk(0, 0)));
    CHECK(fault_of(output->keep_chunk(asset.ref(0, 0), asset.chunk(0, 0))) == ErrorKind::exists);
    CHECK(fault_of(output->finish_fragment(asset.ref(0))) == ErrorKind::invalid);
    CHECK(fault_of(output->adopt("/downloads/cut")) == ErrorKind::refused);
}

TEST_CASE("output: a get cut short goes on, and writes only what is missing") {
    MemoryFiles files;
    const auto asset = film_to_get();
    {
        auto output = open_output(files, asset);
        must(fetch(*output, asset, 0));
        must(output->keep_proof(asset.ref(1), asset.proof(1)));
        must(output->keep_chunk(asset.ref(1, 1), asset.chunk(1, 1)));
    }
    CHECK_FALSE(files.exists(kTarget));
    std::uint32_t given = 0;
    SUBCASE("a kill") {
        files.crash(Unsynced::kept, 1);
        fetch_all(*open_output(files, asset), asset, &given);
        CHECK(given == 2);
    }
    SUBCASE("a kill and a damaged chunk") {
        files.flip_byte(temporary_of(asset), asset.manifest.media->init.size() + 5);
        fetch_all(*open_output(files, asset), asset, &given);
        CHECK(given == 3);
    }
    SUBCASE("a power cut") {
        files.crash(Unsynced::mixed, 1);
        fetch_all(*open_output(files, asset), asset, &given);
    }
    CHECK(files.get(kTarget) == asset.whole());
    CHECK(files.tree(kHere) == std::vector<std::string>{"film.mp4"});
}

TEST_CASE("output: killed at every operation it is whole or not there, and the next one ends it") {
    const auto asset = make_store_asset("film", {kChunk + 9, 100}, AssetKind::video);
    for (std::uint64_t before = 0, died = 1; died != 0; ++before)
        for (const auto unsynced : {Unsynced::lost, Unsynced::kept, Unsynced::mixed}) {
            MemoryFiles files;
            with_folder(files);
            bool whole = false;
            {
                DyingAt dying(files, before);
                auto output = OutputStore::open(files, kTarget, asset.id, false);
                if (output)
                    whole = fetch(**output, asset, 0).ok() && fetch(**output, asset, 1).ok();
                died = dying.count() > before ? 1 : 0;
            }
            files.crash(unsynced, before + 1);
            INFO("before operation " << before);
            if (whole) CHECK(files.exists(kTarget));
            if (!files.exists(kTarget)) fetch_all(*open_output(files, asset), asset);
            CHECK(files.get(kTarget) == asset.whole());
            // A power cut may leave the old name; it is never taken for the file.
            if (whole) CHECK(files.tree(kHere) == std::vector<std::string>{"film.mp4"});
        }
}

TEST_CASE("output: nothing is replaced without being told") {
    MemoryFiles files;
    const auto asset = film_to_get();
    with_folder(files);
    files.put(kTarget, {1, 2, 3});
    const auto refused = OutputStore::open(files, kTarget, asset.id, false);
    CHECK(fault_of(refused) == ErrorKind::exists);
    CHECK(text_of(refused).find("--force") != std::string::npos);
    CHECK(files.tree(kHere) == std::vector<std::string>{"film.mp4"});

    auto output = open_output(files, asset, true);
    must(fetch(*output, asset, 0));
    must(fetch(*output, asset, 1));
    CHECK(files.get(kTarget) == Bytes{1, 2, 3});
    must(fetch(*output, asset, 2));
    CHECK(files.get(kTarget) == asset.whole());
}

TEST_CASE("output: a target that came into being meanwhile is not replaced; the work is kept") {
    MemoryFiles files;
    const auto asset = film_to_get();
    {
        auto output = open_output(files, asset);
        must(fetch(*output, asset, 0));
        must(fetch(*output, asset, 1));
        files.put(kTarget, {1, 2, 3});
        const auto done = fetch(*output, asset, 2);
        CHECK(fault_of(done) == ErrorKind::exists);
        CHECK(text_of(done).find("/downloads/film.mp4 exists") != std::string::npos);
        CHECK(output->is_complete(asset.ref(2)));
    }
    CHECK(files.get(kTarget) == Bytes{1, 2, 3});
    files.erase(kTarget);
    std::uint32_t given = 0;
    fetch_all(*open_output(files, asset), asset, &given);
    CHECK(given == 0);
    CHECK(files.get(kTarget) == asset.whole());
}

TEST_CASE("output: a folder or a link is no target") {
    MemoryFiles files;
    with_folder(files);
    const auto asset = film_to_get();
    files.put_folder(kHere / "folder");
    files.put_link(kHere / "link");
    for (const bool replace : {false, true}) {
        CHECK(fault_of(OutputStore::open(files, kHere / "folder", asset.id, replace)) ==
              ErrorKind::exists);
        CHECK(fault_of(OutputStore::open(files, kHere / "link", asset.id, replace)) ==
              ErrorKind::refused);
    }
    const auto nowhere = OutputStore::open(files, "/absent/film.mp4", asset.id, false);
    CHECK(fault_of(nowhere) == ErrorKind::not_found);
    CHECK(text_of(nowhere).find("-o FILE") != std::string::npos);
}

TEST_CASE("output: of sixteen times as many fragments each costs about the same") {
    double few = processor_ms(limits::kMaxFragments / 16);
    for (int i = 0; i < 4; ++i)  // the first is cold
        few = std::min(few, processor_ms(limits::kMaxFragments / 16));
    const double many = processor_ms(limits::kMaxFragments);
    CAPTURE(few);
    CAPTURE(many);
    CHECK(many < 16 * few * 3);
}

TEST_CASE("output: two gets do not write one file") {
    MemoryFiles files;
    const auto asset = film_to_get();
    auto first = open_output(files, asset);
    const auto second = OutputStore::open(files, kTarget, asset.id, false);
    CHECK(fault_of(second) == ErrorKind::busy);
    CHECK(text_of(second).find("another get is writing /downloads/film.mp4") == 0);
    fetch_all(*first, asset);
    CHECK(files.get(kTarget) == asset.whole());
}

TEST_CASE("output: a get that has nothing proven leaves nothing") {
    MemoryFiles files;
    const auto asset = film_to_get();
    {
        auto output = open_output(files, asset);
        must(output->keep_manifest(asset.id, asset.body));
        must(output->keep_proof(asset.ref(0), asset.proof(0)));
    }
    CHECK(files.tree(kHere).empty());
}

TEST_CASE("output: a full disk is answered as such, and writing goes on when there is room") {
    MemoryFiles files;
    const auto asset = film_to_get();
    auto output = open_output(files, asset);
    files.set_capacity(0);
    CHECK(fault_of(output->keep_manifest(asset.id, asset.body)) == ErrorKind::full);
    CHECK(output->manifest_body(asset.id) == nullptr);
    CHECK_FALSE(output->has_room());
    files.set_capacity(2 * kChunk);
    must(output->keep_manifest(asset.id, asset.body));
    must(output->keep_proof(asset.ref(1), asset.proof(1)));
    must(output->keep_chunk(asset.ref(1, 0), asset.chunk(1, 0)));
    CHECK(fault_of(output->keep_chunk(asset.ref(1, 1), asset.chunk(1, 1))) == ErrorKind::full);
    CHECK(same(output->load_chunk(asset.ref(1, 0)), asset.chunk(1, 0)));
    files.set_capacity(4 * kChunk + limits::kRoomAgainBytes);
    CHECK(output->has_room());
    std::uint32_t given = 0;
    fetch_all(*output, asset, &given);
    CHECK(given == 4);
    CHECK(files.get(kTarget) == asset.whole());
}

TEST_CASE("output: after a failed sync nothing of the file is believed") {
    MemoryFiles files;
    const auto asset = film_to_get();
    {
        auto output = open_output(files, asset);
        files.set_fault([](Op op, const fs::path&) {
            return op == Op::sync ? std::optional(ErrorKind::io) : std::nullopt;
        });
        must(fetch(*output, asset, 0));
        must(fetch(*output, asset, 1));
        CHECK(fault_of(fetch(*output, asset, 2)) == ErrorKind::io);
        for (std::uint32_t i = 0; i < 3; ++i)
            CHECK_FALSE(output->has(asset.ref(i)));
        files.set_fault(nullptr);
    }
    CHECK(files.tree(kHere).empty());
}

TEST_CASE("output: a temporary file cut short under us is fetched again") {
    MemoryFiles files;
    const auto asset = film_to_get();
    auto output = open_output(files, asset);
    must(output->keep_manifest(asset.id, asset.body));
    must(output->keep_proof(asset.ref(1), asset.proof(1)));
    must(output->keep_chunk(asset.ref(1, 1), asset.chunk(1, 1)));
    files.truncate(temporary_of(asset), kChunk);
    CHECK(fault_of(output->load_chunk(asset.ref(1, 1))) == ErrorKind::io);
    CHECK_FALSE(output->has(asset.ref(1)));
    fetch_all(*output, asset);
    CHECK(files.get(kTarget) == asset.whole());
}

// The store in its thread, and who reads from it by a pipe of its own.
#include "store_thread.hpp"

#include <functional>
#include <optional>
#include <utility>

using namespace fragcast;
using namespace fragcast::test;

namespace {

constexpr ReaderId kReader{5};
constexpr ReaderId kOther{6};

struct ReadersStage {
    explicit ReadersStage(std::function<void(MemoryFiles&)> steer = {}) {
        fill_store(files, asset);
        if (steer) steer(files);
        thread.emplace(files);
    }

    void open(ReaderId reader, std::uint32_t credit) {
        thread->tell_reader(reader_command::Open{reader, credit});
    }
    void taken(ReaderId reader, std::uint32_t chunks) {
        thread->tell_reader(reader_command::Taken{reader, chunks});
    }
    void close(ReaderId reader) { thread->tell_reader(reader_command::Close{reader}); }
    void load(ReaderId reader, std::uint64_t call) { load(reader, call, asset.ref(0, 1)); }
    void load(ReaderId reader, std::uint64_t call, const ChunkRef& chunk) {
        thread->tell(command::LoadChunk{chunk, ForReader{reader, call}});
    }
    std::uint64_t next_call() { return thread->next_chunk().who.call; }
    // All that was told by the loop's pipe is done, as far as it may be; nothing else came there.
    void settle() {
        thread->load(asset, 0, 0, 1000);
        const auto loaded = thread->next<event::ChunkLoaded>();
        REQUIRE(std::holds_alternative<ForRead>(loaded.who));
        REQUIRE(loaded.payload.ok());
    }
    event::ChunkLoaded next_failure() {
        auto loaded = thread->next<event::ChunkLoaded>();
        REQUIRE(std::holds_alternative<ForReader>(loaded.who));
        return loaded;
    }

    MemoryFiles files;
    StoreAsset asset = make_store_asset("film", {kChunk + 5});
    std::optional<StoreThread> thread;
};

}  // namespace

TEST_CASE("store readers: a chunk comes by the readers' pipe, a failure by the loop's") {
    ReadersStage stage;
    stage.open(kReader, 1);
    const auto elsewhere = make_store_asset("not here", {5});
    stage.load(kReader, 16, elsewhere.ref(0, 0));
    const auto failed = stage.next_failure();
    CHECK(fault_of(failed.payload) == ErrorKind::not_found);
    CHECK(failed.chunk == elsewhere.ref(0, 0));
    CHECK(std::get<ForReader>(failed.who).call == 16);
    // It took no credit.
    stage.load(kReader, 17);
    ReaderChunk chunk = stage.thread->next_chunk();
    CHECK(chunk.who.reader == kReader);
    CHECK(chunk.who.call == 17);
    CHECK(same(std::move(chunk.payload), stage.asset.chunk(0, 1)));
    stage.settle();
    CHECK_FALSE(stage.thread->has_chunk());
}

TEST_CASE("store readers: a closed reader's loads are dropped, and it may ask for nothing") {
    ReadersStage stage;
    stage.open(kReader, 1);
    for (std::uint64_t call = 0; call < 3; ++call)
        stage.load(kReader, call);
    CHECK(stage.next_call() == 0);
    stage.settle();
    stage.close(kReader);
    stage.load(kReader, 3);
    const auto refused = stage.next_failure();
    CHECK(fault_of(refused.payload) == ErrorKind::io);
    CHECK(std::get<ForReader>(refused.who).call == 3);
    // One of the same number, with credit for all that waited, hears of none of it.
    stage.open(kReader, 3);
    stage.load(kReader, 4);
    CHECK(stage.next_call() == 4);
    stage.settle();
    CHECK_FALSE(stage.thread->has_chunk());
}

TEST_CASE("store readers: what is being loaded when its reader closes comes to nobody") {
    StoreGate gate;
    ReadersStage stage([&gate](MemoryFiles& files) {
        files.set_fault([&gate](Op op, const fs::path& path) -> std::optional<ErrorKind> {
            if (op == Op::read && path.extension() == ".bin") gate.pass();
            return std::nullopt;
        });
    });
    stage.open(kReader, 1);
    stage.load(kReader, 1);
    gate.await_visitor();
    stage.close(kReader);
    stage.open(kOther, 1);
    stage.load(kOther, 2);
    gate.open();
    CHECK(stage.next_call() == 2);
    stage.settle();
    CHECK_FALSE(stage.thread->has_chunk());
}

TEST_CASE("store readers: one that takes nothing gets what its credit allows") {
    ReadersStage stage;
    stage.open(kReader, limits::kReaderCredit);
    for (std::uint64_t call = 0; call < limits::kReaderCredit + 2; ++call)
        stage.load(kReader, call);
    for (std::uint64_t call = 0; call < limits::kReaderCredit; ++call)
        CHECK(stage.next_call() == call);
    stage.settle();
    CHECK_FALSE(stage.thread->has_chunk());
    stage.taken(kReader, 1);
    CHECK(stage.next_call() == limits::kReaderCredit);
    stage.settle();
    CHECK_FALSE(stage.thread->has_chunk());
}

TEST_CASE("store readers: however many take nothing, half of the buffers are the neighbours'") {
    ReadersStage stage;
    constexpr std::uint64_t kReaders = limits::kUntakenChunks / limits::kReaderCredit + 2;
    for (std::uint64_t reader = 0; reader < kReaders; ++reader) {
        stage.open(ReaderId{reader}, limits::kReaderCredit);
        for (std::uint64_t i = 0; i < limits::kReaderCredit; ++i)
            stage.load(ReaderId{reader}, reader);
    }
    static_assert(kReaders * limits::kReaderCredit > limits::kUntakenChunks);
    std::deque<ReaderChunk> untaken;
    while (untaken.size() < limits::kUntakenChunks)
        untaken.push_back(stage.thread->next_chunk());
    // A neighbour's as many, though nothing of the above is given back.
    std::deque<event::ChunkLoaded> of_neighbours;
    while (of_neighbours.size() < limits::kReadBuffers - limits::kUntakenChunks) {
        stage.thread->load(stage.asset, 0, 1, 1);
        of_neighbours.push_back(stage.thread->next<event::ChunkLoaded>());
        REQUIRE(of_neighbours.back().payload.ok());
    }
    CHECK_FALSE(stage.thread->has_chunk());
    const std::uint64_t first = untaken.front().who.call;
    untaken.pop_front();
    stage.taken(ReaderId{first}, 1);
    untaken.push_back(stage.thread->next_chunk());
    stage.thread->load(stage.asset, 0, 1, 1);
    of_neighbours.pop_front();
    stage.thread->next<event::ChunkLoaded>();
    CHECK_FALSE(stage.thread->has_chunk());
}

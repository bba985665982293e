// The store in its thread: what is answered, in which order, and what comes first.
#include "store_thread.hpp"

using namespace fragcast;
using namespace fragcast::test;

TEST_CASE("store actor: every command is answered, in order, and a fragment is done unasked") {
    MemoryFiles files;
    const auto asset = make_store_asset("film", {2 * kChunk, 5});
    {
        StoreThread stage(files);
        stage.manifest(asset);
        stage.proof(asset, 0);
        stage.chunk(asset, 0, 1);
        stage.chunk(asset, 0, 0);
        const auto manifest = stage.next<event::ManifestKept>();
        CHECK(manifest.verdict == StoreVerdict::stored);
        CHECK(manifest.asset == asset.id);
        CHECK(manifest.from == kFrom);
        CHECK(manifest.manifest->name == "film");
        CHECK(*manifest.body == asset.body);
        const auto proof = stage.next<event::ProofKept>();
        CHECK(proof.verdict == StoreVerdict::stored);
        CHECK(proof.proven.empty());
        for (const std::uint32_t i : {1U, 0U}) {
            const auto chunk = stage.next<event::ChunkKept>();
            CHECK(chunk.chunk == asset.ref(0, i));
            CHECK(chunk.from == kFrom);
            CHECK(chunk.verdict == StoreVerdict::stored);
        }
        const auto done = stage.next<event::FragmentDone>();
        CHECK(done.fragment == asset.ref(0));
        CHECK(done.status.ok());

        stage.load(asset, 0, 1, 42);
        stage.tell(command::LoadProof{asset.ref(0), ForLink{kFrom, RequestId{3}}});
        const auto loaded = stage.next<event::ChunkLoaded>();
        CHECK(loaded.chunk == asset.ref(0, 1));
        CHECK(read_of(loaded) == 42);
        CHECK(same(loaded.payload, asset.chunk(0, 1)));
        const auto loaded_proof = stage.next<event::ProofLoaded>();
        CHECK(loaded_proof.who.link == kFrom);
        CHECK(loaded_proof.who.request == RequestId{3});
        CHECK(same(loaded_proof.payload, asset.proof(0)));
    }
    files.crash(Unsynced::lost, 1);
    auto store = open_store(files);
    prove_all(*store);
    CHECK(counts(*store, asset.id) == "0");
}

TEST_CASE("store actor: verdicts say what is wrong, missing, here already") {
    MemoryFiles files;
    const auto asset = make_store_asset("film", {2 * kChunk});
    const auto other = make_store_asset("other", {5});
    StoreThread stage(files);
    stage.tell(command::KeepManifest{asset.id, other.body, kFrom});
    const auto wrong = stage.next<event::ManifestKept>();
    CHECK(wrong.verdict == StoreVerdict::bad);
    CHECK(wrong.manifest == nullptr);
    CHECK(wrong.body == nullptr);
    stage.proof(asset, 0);
    CHECK(stage.next<event::ProofKept>().verdict == StoreVerdict::unwanted);
    stage.manifest(asset);
    stage.next<event::ManifestKept>();
    stage.chunk(asset, 0, 0);
    CHECK(stage.verdict_of_chunk() == StoreVerdict::unwanted);
    stage.tell(command::KeepProof{asset.ref(0), Payload(Bytes(64)), kFrom});
    CHECK(stage.next<event::ProofKept>().verdict == StoreVerdict::bad);
    stage.proof(asset, 0);
    CHECK(stage.next<event::ProofKept>().verdict == StoreVerdict::stored);
    stage.tell(command::KeepChunk{asset.ref(0, 0), copy_of(asset.chunk(0, 1)), kFrom});
    CHECK(stage.verdict_of_chunk() == StoreVerdict::bad);
    stage.chunk(asset, 0, 0);
    CHECK(stage.verdict_of_chunk() == StoreVerdict::stored);
    stage.chunk(asset, 0, 0);
    CHECK(stage.verdict_of_chunk() == StoreVerdict::unwanted);
    stage.load(asset, 0, 1, 1);
    CHECK(fault_of(stage.next<event::ChunkLoaded>().payload) == ErrorKind::not_found);
    stage.load(other, 0, 0, 2);
    CHECK(fault_of(stage.next<event::ChunkLoaded>().payload) == ErrorKind::not_found);
}

TEST_CASE("store actor: what was begun goes on; what lies there whole is done by its proof") {
    MemoryFiles files;
    const auto asset = make_store_asset("film", {2 * kChunk});
    {
        auto store = open_store(files);
        must(store->keep_manifest(asset.id, asset.body));
        must(store->keep_proof(asset.ref(0), asset.proof(0)));
        must(store->keep_chunk(asset.ref(0, 0), asset.chunk(0, 0)));
        SUBCASE("a chunk") {}
        SUBCASE("all but the name") {
            must(store->keep_chunk(asset.ref(0, 1), asset.chunk(0, 1)));
        }
    }
    StoreThread stage(files);
    stage.proof(asset, 0);
    const auto proof = stage.next<event::ProofKept>();
    if (proof.proven.count() == 1) {
        stage.chunk(asset, 0, 1);
        CHECK(stage.verdict_of_chunk() == StoreVerdict::stored);
    }
    CHECK(stage.next<event::FragmentDone>().status.ok());
}

TEST_CASE("store actor: loads go before writes, so many for each one, all in their order") {
    MemoryFiles files;
    const auto asset = make_store_asset("film", {4 * kChunk, 3 * kChunk});
    fill_store(files, asset);
    must(open_store(files)->drop_fragment(asset.ref(1)));
    StoreGate gate;
    hold_writes(files, gate);
    {
        StoreThread stage(files);
        stage.proof(asset, 1);
        gate.await_visitor();
        constexpr std::uint32_t kLoads = 2 * limits::kLoadsPerWrite + 1;
        for (std::uint32_t i = 0; i < 2; ++i)
            stage.chunk(asset, 1, i);
        for (std::uint32_t i = 0; i < kLoads; ++i)
            stage.load(asset, 0, i % 4, i);
        stage.chunk(asset, 1, 2);
        gate.open();
        stage.next<event::ProofKept>();
        std::uint32_t loads = 0;
        for (std::uint32_t write = 0; write < 3; ++write) {
            for (int i = 0; i < limits::kLoadsPerWrite && loads < kLoads; ++i)
                CHECK(read_of(stage.next<event::ChunkLoaded>()) == loads++);
            CHECK(stage.next<event::ChunkKept>().chunk == asset.ref(1, write));
        }
        CHECK(loads == kLoads);
        CHECK(stage.next<event::FragmentDone>().fragment == asset.ref(1));
    }
}

TEST_CASE("store actor: a busy store hashes a chunk in so many turns") {
    MemoryFiles files;
    constexpr int kChunks = 4;
    const auto asset = make_store_asset("film", {kChunks * kChunk, 3 * kChunk});
    const auto other = make_store_asset("not here", {5});
    fill_store(files, asset);
    must(open_store(files)->drop_fragment(asset.ref(1)));
    StoreGate gate;
    hold_writes(files, gate);
    StoreThread stage(files);
    stage.proof(asset, 1);
    gate.await_visitor();
    stage.tell(command::Verify{5, asset.id});
    // Answered without a buffer, so that nothing but the turns counts.
    constexpr std::uint64_t kLoads = 900;
    for (std::uint64_t i = 0; i < kLoads; ++i)
        stage.load(other, 0, 0, i);
    gate.open();
    std::uint64_t loads = 0;
    for (bool done = false; !done;) {
        const StoreEvent any = stage.next_of_any();
        loads += std::holds_alternative<event::ChunkLoaded>(any);
        if (const auto* verified = std::get_if<event::Verified>(&any)) done = verified->now.done;
    }
    // A turn for each chunk, one to see that there is no more, and those that look for what is not
    // proven yet.
    constexpr std::uint64_t kAtATime =
        std::uint64_t{limits::kTurnsPerCheck} * limits::kLoadsPerWrite;
    CHECK(loads >= kChunks * kAtATime);
    CHECK(loads <= (kChunks + 4) * kAtATime);
    static_assert((kChunks + 4) * kAtATime < kLoads);
}

TEST_CASE("store actor: stop does what was to be written and drops what was to be read") {
    MemoryFiles files;
    const auto asset = make_store_asset("film", {kChunk, 3 * kChunk});
    fill_store(files, asset);
    must(open_store(files)->drop_fragment(asset.ref(1)));
    StoreGate gate;
    std::atomic<int> reads = 0;
    files.set_fault([&](Op op, const fs::path& path) -> std::optional<ErrorKind> {
        if (op == Op::open && path.extension() == ".partial") gate.pass();
        if (op == Op::read && path.extension() == ".bin") ++reads;
        return std::nullopt;
    });
    {
        StoreThread stage(files);
        stage.proof(asset, 1);
        gate.await_visitor();
        for (std::uint32_t i = 0; i < 3; ++i) {
            stage.load(asset, 0, 0, i);
            stage.chunk(asset, 1, i);
        }
        stage.tell(command::Stop{});
        gate.open();
        stage.end();
    }
    CHECK(reads == 0);
    files.crash(Unsynced::lost, 1);
    auto store = open_store(files);
    prove_all(*store);
    CHECK(counts(*store, asset.id) == "0-1");
}

TEST_CASE("store actor: a fragment that broke is told before the load that found out") {
    MemoryFiles files;
    const auto asset = make_store_asset("film", {2 * kChunk});
    fill_store(files, asset);
    std::atomic<bool> broken = false;
    files.set_fault([&](Op op, const fs::path& path) {
        return broken && op == Op::read && path.extension() == ".bin" ? std::optional(ErrorKind::io)
                                                                      : std::nullopt;
    });
    StoreThread stage(files);
    stage.load(asset, 0, 0, 1);
    CHECK(stage.next<event::ChunkLoaded>().payload.ok());
    broken = true;
    stage.load(asset, 0, 0, 2);
    stage.load(asset, 0, 1, 3);
    const auto lost = stage.next<event::FragmentLost>();
    CHECK(lost.fragment == asset.ref(0));
    CHECK(lost.how == event::FragmentLost::How::unread);
    CHECK(lost.why.find("000.bin") != std::string::npos);
    CHECK(fault_of(stage.next<event::ChunkLoaded>().payload) == ErrorKind::io);
    // Told once.
    CHECK(fault_of(stage.next<event::ChunkLoaded>().payload) == ErrorKind::not_found);
}

TEST_CASE("store actor: a partial file that is gone is told after the chunk that found out") {
    MemoryFiles files;
    const auto asset = make_store_asset("film", {2 * kChunk});
    std::atomic<bool> broken = false;
    files.set_fault([&](Op op, const fs::path& path) {
        return broken && op == Op::open && path.extension() == ".partial"
                   ? std::optional(ErrorKind::not_found)
                   : std::nullopt;
    });
    StoreThread stage(files);
    stage.manifest(asset);
    stage.proof(asset, 0);
    stage.next<event::ManifestKept>();
    stage.next<event::ProofKept>();
    broken = true;
    stage.chunk(asset, 0, 0);
    CHECK(stage.verdict_of_chunk() == StoreVerdict::failed);
    CHECK(stage.next<event::FragmentLost>().fragment == asset.ref(0));
}

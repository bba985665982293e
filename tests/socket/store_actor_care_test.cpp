// The store in its thread: what comes unasked, and what goes wrong with the disk.
#include "store_thread.hpp"

using namespace fragcast;
using namespace fragcast::test;

TEST_CASE("store actor: what nothing vouches for is proven when there is nothing else to do") {
    MemoryFiles files;
    const auto asset = make_store_asset("film", {2 * kChunk, 7});
    fill_store(files, asset);
    files.erase(folder_of(asset) / "held");
    files.flip_byte(fragment_path(asset, 1), 0);
    StoreThread stage(files);
    const auto done = stage.next<event::FragmentDone>();
    CHECK(done.fragment == asset.ref(0));
    CHECK(done.status.ok());
    CHECK(stage.next<event::FragmentRefused>().fragment == asset.ref(1));
    stage.load(asset, 1, 0, 1);
    CHECK(fault_of(stage.next<event::ChunkLoaded>().payload) == ErrorKind::not_found);
}

TEST_CASE("store actor: folders are listed again, and what counts is verified, until it is done") {
    MemoryFiles files;
    const auto asset = make_store_asset("film", {2 * kChunk, 7});
    const auto other = make_store_asset("other", {9});
    fill_store(files, asset);
    StoreThread stage(files);
    CHECK(must(stage.ask<store_question::Relist>({})).found.proving.empty());
    stage.tell(command::Verify{6, {}});
    auto now = stage.next<event::Verified>().now;
    CHECK(now.fragments_total == 2);
    while (!now.done)
        now = stage.next<event::Verified>().now;
    CHECK(now.cookie == 6);
    CHECK(now.fragments == 2);
    stage.tell(command::DropAsset{asset.id, true});
    CHECK(stage.next<event::AssetDropped>().status.ok());
    stage.tell(command::Decline{asset.id, false});
    stage.tell(command::Decline{other.id, true});
    stage.end();
    CHECK(open_store(files)->declined() == std::vector{other.id});
}

TEST_CASE("store actor: an asset that cannot be dropped is still there, and not declined") {
    MemoryFiles files;
    const auto asset = make_store_asset("film", {2 * kChunk, 7});
    fill_store(files, asset);
    std::atomic<bool> broken = false;
    files.set_fault([&](Op op, const fs::path&) {
        return broken && op == Op::rename ? std::optional(ErrorKind::io) : std::nullopt;
    });
    StoreThread stage(files);
    stage.load(asset, 0, 0, 1);
    CHECK(stage.next<event::ChunkLoaded>().payload.ok());
    broken = true;
    stage.tell(command::DropAsset{asset.id, true});
    const auto dropped = stage.next<event::AssetDropped>();
    CHECK_FALSE(dropped.status.ok());
    REQUIRE(dropped.still.has_value());
    CHECK(dropped.still->holding.fragments == RangeSet::up_to(2));
    stage.end();
    broken = false;
    CHECK(open_store(files)->declined().empty());
}

TEST_CASE("store actor: a complaint is looked into, and what is damaged is said to be") {
    MemoryFiles files;
    const auto asset = make_store_asset("film", {2 * kChunk, 7});
    fill_store(files, asset);
    files.rot_byte(fragment_path(asset, 0), kChunk + 3);
    StoreThread stage(files);
    stage.tell(command::Doubt{asset.ref(1, 0)});
    stage.tell(command::Doubt{asset.ref(0, 1)});
    const auto lost = stage.next<event::FragmentLost>();
    CHECK(lost.fragment == asset.ref(0));
    CHECK(lost.how == event::FragmentLost::How::damaged);
}

TEST_CASE("store actor: a full disk is told once, reading goes on, and room is told again") {
    MemoryFiles files;
    const auto asset = make_store_asset("film", {kChunk, 2 * kChunk});
    fill_store(files, asset);
    must(open_store(files)->drop_fragment(asset.ref(1)));
    std::atomic<bool> full = false;
    files.set_fault([&](Op op, const fs::path&) {
        const bool writes = op == Op::write || op == Op::free_bytes;
        return full && writes ? std::optional(ErrorKind::full) : std::nullopt;
    });
    StoreThread stage(files);
    stage.proof(asset, 1);
    stage.next<event::ProofKept>();
    full = true;
    stage.chunk(asset, 1, 0);
    stage.chunk(asset, 1, 1);
    CHECK_FALSE(stage.next<event::Room>().room);
    CHECK(stage.verdict_of_chunk() == StoreVerdict::full);
    CHECK(stage.verdict_of_chunk() == StoreVerdict::full);
    stage.load(asset, 0, 0, 1);
    CHECK(same(stage.next<event::ChunkLoaded>().payload, asset.chunk(0, 0)));
    full = false;
    CHECK(stage.next<event::Room>().room);
    stage.chunk(asset, 1, 0);
    stage.chunk(asset, 1, 1);
    CHECK(stage.verdict_of_chunk() == StoreVerdict::stored);
    CHECK(stage.verdict_of_chunk() == StoreVerdict::stored);
    CHECK(stage.next<event::FragmentDone>().status.ok());
}

TEST_CASE("store actor: a fragment that cannot be finished says why, and can be later") {
    MemoryFiles files;
    const auto asset = make_store_asset("film", {5});
    std::atomic<bool> broken = true;
    files.set_fault([&](Op op, const fs::path& path) {
        return broken && op == Op::rename && path.extension() == ".bin"
                   ? std::optional(ErrorKind::io)
                   : std::nullopt;
    });
    StoreThread stage(files);
    stage.manifest(asset);
    stage.proof(asset, 0);
    stage.chunk(asset, 0, 0);
    stage.next<event::ManifestKept>();
    stage.next<event::ProofKept>();
    CHECK(stage.verdict_of_chunk() == StoreVerdict::stored);
    const auto failed = stage.next<event::FragmentDone>();
    CHECK(fault_of(failed.status) == ErrorKind::io);
    CHECK(text_of(failed.status).find("000.bin") != std::string::npos);
    broken = false;
    stage.proof(asset, 0);
    CHECK(stage.next<event::ProofKept>().proven.count() == 1);
    CHECK(stage.next<event::FragmentDone>().status.ok());
}

TEST_CASE("store actor: with all buffers out a load waits, a write does not") {
    MemoryFiles files;
    const auto asset = make_store_asset("film", {5, 5});
    fill_store(files, asset);
    must(open_store(files)->drop_fragment(asset.ref(1)));
    StoreThread stage(files);
    std::vector<Payload> out;
    for (std::size_t i = 0; i < limits::kReadBuffers; ++i) {
        stage.load(asset, 0, 0, i);
        out.push_back(must(stage.next<event::ChunkLoaded>().payload));
    }
    stage.load(asset, 0, 0, 9999);
    stage.tell(command::LoadProof{asset.ref(0), ForLink{kFrom, RequestId{1}}});
    stage.proof(asset, 1);
    CHECK(stage.next<event::ProofKept>().verdict == StoreVerdict::stored);
    out.pop_back();
    CHECK(read_of(stage.next<event::ChunkLoaded>()) == 9999);
    stage.next<event::ProofLoaded>();
    for (const Payload& payload : out)
        REQUIRE(std::ranges::equal(payload.view(), asset.chunk(0, 0)));
}

TEST_CASE("store actor: an owner that does not read stops it, and loses nothing") {
    MemoryFiles files;
    const auto asset = make_store_asset("film", {5});
    StoreThread stage(files);
    std::uint64_t sent = 0;
    // Answers without a buffer: the asset is not known.
    while (stage.try_tell(command::LoadChunk{asset.ref(0, 0), ForRead{ReadId{sent}}}))
        ++sent;
    CHECK(sent >= limits::kPipeMessages);
    for (std::uint64_t i = 0; i < sent; ++i)
        REQUIRE(read_of(stage.next<event::ChunkLoaded>()) == i);
    stage.load(asset, 0, 0, 7);
    CHECK(read_of(stage.next<event::ChunkLoaded>()) == 7);
}

TEST_CASE("store actor: a folder is adopted, a drop of it is answered") {
    MemoryFiles files;
    const auto asset = make_store_asset("film", {kChunk, 5}, AssetKind::video);
    auto store = open_store(files);
    const fs::path cut = store->incoming() / "cut";
    put_cut_folder(files, cut, asset);
    StoreThread stage(std::move(store));
    CHECK(fault_of(stage.ask<store_question::Adopt>({"/elsewhere/cut"})) == ErrorKind::refused);
    const auto adopted = must(stage.ask<store_question::Adopt>({cut}));
    CHECK(adopted.asset.holding.fragments == RangeSet::up_to(2));
    CHECK(*adopted.body == asset.body);

    stage.tell(command::DropFragment{asset.ref(1)});
    stage.manifest(asset);
    stage.next<event::ManifestKept>();
    stage.load(asset, 1, 0, 1);
    CHECK(fault_of(stage.next<event::ChunkLoaded>().payload) == ErrorKind::not_found);
    stage.load(asset, 0, 0, 2);
    CHECK(same(stage.next<event::ChunkLoaded>().payload, asset.chunk(0, 0)));
    stage.tell(command::DropAsset{asset.id});
    CHECK(stage.next<event::AssetDropped>().status.ok());
    stage.proof(asset, 1);
    CHECK(stage.next<event::ProofKept>().verdict == StoreVerdict::unwanted);
    stage.end();
    CHECK(files.tree(kStore / "assets").empty());
}

TEST_CASE("store actor: a key is drawn, and kept") {
    MemoryFiles files;
    const Bytes before = open_store(files)->identity().public_key;
    Bytes drawn;
    {
        StoreThread stage(files);
        stage.tell(command::DrawKey{});
        drawn = must(stage.next<event::KeyDrawn>().public_key);
    }
    CHECK(drawn != before);
    CHECK(open_store(files)->identity().public_key == drawn);
}

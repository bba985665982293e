// The store in its thread, by its real pipe: what is answered, in which order, and what comes
// unasked. The files are only looked at before the thread starts and after it ended; in between
// they are steered by atomics.
#include "peer/store/store_actor.hpp"

#include "messages/wire/limits.hpp"
#include "peer/store/fragment_store.hpp"
#include "tests/peer/store/store_stage.hpp"
#include "wait.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>

using namespace fragcast;
using namespace fragcast::test;
namespace command = store_command;
namespace event = store_event;

namespace {

constexpr LinkId kFrom{7};

Payload copy_of(std::span<const std::uint8_t> bytes) {
    return Payload(Bytes(bytes.begin(), bytes.end()));
}

// Where the store's thread waits until it may go on.
class StoreGate {
public:
    void pass() {
        std::unique_lock lock(mutex_);
        waiting_ = true;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
    }
    void await_visitor() {
        std::unique_lock lock(mutex_);
        REQUIRE(changed_.wait_for(lock, kPatience, [this] { return waiting_; }));
    }
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool waiting_ = false;
    bool open_ = false;
};

class StoreThread {
public:
    explicit StoreThread(MemoryFiles& files) : StoreThread(open_store(files)) {}
    explicit StoreThread(std::unique_ptr<ChunkStore> store)
        : actor_(start_store_actor(context_, std::move(store))) {
        REQUIRE(actor_->started());
        loop_.add(actor_->pipe().socket(), [this] {
            while (auto event = actor_->pipe().receive())
                events_.push_back(std::move(*event));
        });
    }

    template <class Command>
    void tell(Command command) {
        REQUIRE(actor_->pipe().send(StoreCommand(std::move(command))));
    }
    template <class Command>
    bool try_tell(Command command) {
        return actor_->pipe().send(StoreCommand(std::move(command)));
    }

    StoreEvent next_of_any() {
        REQUIRE(wait_for(loop_, [this] { return !events_.empty(); }));
        StoreEvent event = std::move(events_.front());
        events_.pop_front();
        return event;
    }
    template <class Event>
    Event next() {
        StoreEvent event = next_of_any();
        REQUIRE(std::holds_alternative<Event>(event));
        return std::get<Event>(std::move(event));
    }

    // --- what the tests send most
    void manifest(const StoreAsset& asset) {
        tell(command::KeepManifest{asset.id, asset.body, kFrom});
    }
    void proof(const StoreAsset& asset, std::uint32_t fragment) {
        tell(command::KeepProof{asset.ref(fragment), Payload(asset.proof(fragment)), kFrom});
    }
    void chunk(const StoreAsset& asset, std::uint32_t fragment, std::uint32_t index) {
        tell(command::KeepChunk{asset.ref(fragment, index), copy_of(asset.chunk(fragment, index)),
                                kFrom});
    }
    void load(const StoreAsset& asset, std::uint32_t fragment, std::uint32_t index,
              std::uint64_t read) {
        tell(command::LoadChunk{asset.ref(fragment, index), ForRead{ReadId{read}}});
    }
    StoreVerdict verdict_of_chunk() { return next<event::ChunkKept>().verdict; }

    void end() { actor_.reset(); }

private:
    zmq::context_t context_;
    std::unique_ptr<StoreActor> actor_;
    Loop loop_;
    std::deque<StoreEvent> events_;
};

// A store that has these fragments of the asset, closed.
void fill_store(MemoryFiles& files, const StoreAsset& asset) {
    auto store = open_store(files);
    for (std::uint32_t i = 0; i < asset.fragments.size(); ++i)
        must(fetch(*store, asset, i));
}

std::uint64_t read_of(const event::ChunkLoaded& loaded) {
    return std::get<ForRead>(loaded.who).read.value;
}

// The store stands at the gate when it first writes a chunk.
void hold_writes(MemoryFiles& files, StoreGate& gate) {
    files.set_fault([&gate](Op op, const fs::path& path) -> std::optional<ErrorKind> {
        if (op == Op::open && path.extension() == ".partial") gate.pass();
        return std::nullopt;
    });
}

}  // namespace

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
    stage.tell(command::Relist{5});
    auto listed = stage.next<event::Relisted>();
    CHECK(listed.cookie == 5);
    CHECK(must(std::move(listed.found)).proving.empty());
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

TEST_CASE("store actor: a folder is adopted under its cookie, a drop of it is answered") {
    MemoryFiles files;
    const auto asset = make_store_asset("film", {kChunk, 5}, AssetKind::video);
    auto store = open_store(files);
    const fs::path cut = store->incoming() / "cut";
    put_cut_folder(files, cut, asset);
    StoreThread stage(std::move(store));
    stage.tell(command::Adopt{"/elsewhere/cut", 5});
    const auto refused = stage.next<event::Adopted>();
    CHECK(refused.cookie == 5);
    CHECK(fault_of(refused.asset) == ErrorKind::refused);
    CHECK(refused.body == nullptr);
    stage.tell(command::Adopt{cut, 6});
    const auto adopted = stage.next<event::Adopted>();
    CHECK(adopted.cookie == 6);
    CHECK(must(adopted.asset).holding.fragments == RangeSet::up_to(2));
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

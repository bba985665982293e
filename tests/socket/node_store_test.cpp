// A node and its store, of which much is asked at once.
#include "messages/wire/hash.hpp"
#include "peer/engine/node.hpp"
#include "store_thread.hpp"

using namespace fragcast;
using namespace fragcast::test;

namespace {

// A node whose store stands still at its first read, until the gate opens.
struct Standstill {
    MemoryFiles files;
    StoreAsset asset = make_store_asset("film", {kChunk});
    StoreGate gate;
    zmq::context_t context;
    Loop loop;
    Node node{context, loop, {}};

    Standstill() {
        fill_store(files, asset);
        files.set_fault([this](Op op, const fs::path& path) -> std::optional<ErrorKind> {
            if (op == Op::read && path.extension() == ".bin") gate.pass();
            return std::nullopt;
        });
        NodeOptions options;
        options.swarm.key = Bytes(32, 1);
        options.swarm.self.id = peer_id_of(options.swarm.key);
        options.swarm.self.epoch = {1};
        REQUIRE(node.start(std::move(options), open_store(files), {}));
        REQUIRE(node.tell_store(command::LoadChunk{asset.ref(0, 0), ForRead{ReadId{1}}}));
        gate.await_visitor();
    }
    bool tell_more() { return node.tell_store(command::Doubt{asset.ref(1, 0)}); }
};

}  // namespace

TEST_CASE("node: what the store never answers does not keep back what waits behind it") {
    Standstill still;
    // More than its pipe takes.
    for (int i = 0; i < 3 * limits::kPipeMessages; ++i)
        REQUIRE(still.tell_more());
    bool listed = false;
    still.node.ask_store<store_question::Relist>({}, [&](const auto& answer) {
        REQUIRE(answer.ok());
        listed = true;
    });
    CHECK_FALSE(listed);
    still.gate.open();
    CHECK(wait_for(still.loop, [&] { return listed; }));
}

TEST_CASE("node: a store that stands still is told so much, then it is busy until it goes on") {
    Standstill still;
    // Beyond what waits at the loop: what its pipe takes, which is counted in each half of it.
    constexpr std::size_t kEnough = limits::kStoreCommands + 4 * limits::kPipeMessages;
    std::size_t told = 0;
    while (told < kEnough && still.tell_more())
        ++told;
    CHECK(told >= limits::kStoreCommands);
    CHECK(told < kEnough);
    CHECK_FALSE(still.tell_more());
    // What is to last is not lost by that.
    CHECK(still.node.tell_store(command::DropFragment{still.asset.ref(0)}));
    CHECK(still.node.tell_store(command::Mark{still.asset.id, RangeSet::up_to(1), true}));
    CHECK(still.node.tell_store(command::Decline{still.asset.id, true}));
    CHECK_FALSE(still.tell_more());
    still.gate.open();
    CHECK(wait_for(still.loop, [&] { return still.tell_more(); }));
}

// A node and its store, of which much is asked at once.
#include "messages/wire/hash.hpp"
#include "peer/engine/node.hpp"
#include "store_thread.hpp"

using namespace fragcast;
using namespace fragcast::test;

TEST_CASE("node: what the store never answers does not keep back what waits behind it") {
    MemoryFiles files;
    const StoreAsset asset = make_store_asset("film", {kChunk});
    fill_store(files, asset);
    StoreGate gate;
    files.set_fault([&gate](Op op, const fs::path& path) -> std::optional<ErrorKind> {
        if (op == Op::read && path.extension() == ".bin") gate.pass();
        return std::nullopt;
    });
    zmq::context_t context;
    Loop loop;
    Node node(context, loop, {});
    NodeOptions options;
    options.swarm.key = Bytes(32, 1);
    options.swarm.self.id = peer_id_of(options.swarm.key);
    options.swarm.self.epoch = {1};
    REQUIRE(node.start(std::move(options), open_store(files), {}));
    REQUIRE(node.tell_store(command::LoadChunk{asset.ref(0, 0), ForRead{ReadId{1}}}));
    gate.await_visitor();
    // More than its pipe takes.
    for (int i = 0; i < 3 * limits::kPipeMessages; ++i)
        REQUIRE(node.tell_store(command::DropFragment{asset.ref(0)}));
    bool listed = false;
    node.ask_store<store_question::Relist>({}, [&](const auto& answer) {
        REQUIRE(answer.ok());
        listed = true;
    });
    CHECK_FALSE(listed);
    gate.open();
    CHECK(wait_for(loop, [&] { return listed; }));
}

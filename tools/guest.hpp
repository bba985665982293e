// Main thread. A short-lived peer inside `put` and `get`: a Node with a fresh id, no listening
// port, no page, never counted as a holder of copies.
#pragma once

#include "messages/zmq/loop.hpp"
#include "peer/engine/node.hpp"
#include "tools/verb.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <zmq.hpp>

namespace fragcast::tools {

class Guest {
public:
    Guest(const Common& common, EngineHooks hooks);

    // Joins with what `store` has: the bus of `common`, or, where a friend's exchange is given,
    // that one alone.
    Status start(std::unique_ptr<ChunkStore> store, std::vector<StoredAsset> stored,
                 const std::string& friend_exchange = {});
    // Turns the loop until `done` says so. Errors: interrupted; timeout after common.timeout
    // without a change of `progress`.
    Status wait(const std::function<bool()>& done, const std::function<std::uint64_t()>& progress,
                const std::string& waiting_for);
    // Says farewell.
    void leave();

    Node& node() { return *node_; }

private:
    const Common& common_;
    zmq::context_t context_;
    Loop loop_;
    std::string last_warning_;  // of the core, or worse: why it may be waiting
    std::unique_ptr<Node> node_;
};

}  // namespace fragcast::tools

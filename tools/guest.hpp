// Main thread. A short-lived peer inside `put` and `get`: a Node with a fresh id, no listening
// port, no page, never counted as a holder of copies.
#pragma once

#include "messages/zmq/loop.hpp"
#include "peer/engine/node.hpp"
#include "tools/verb.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <zmq.hpp>

namespace fragcast::tools {

inline constexpr auto kMoment = std::chrono::seconds(2);
inline constexpr auto kAskAgain = std::chrono::milliseconds(100);

class Guest {
public:
    Guest(const Common& common, EngineHooks hooks);

    // Joins with what `store` has: the bus of `common`, or, where a friend's exchange is given,
    // that one alone.
    Status start(std::unique_ptr<ChunkStore> store, std::vector<StoredAsset> stored,
                 const std::string& friend_exchange = {});
    // Turns the loop until `done` says so. Errors: interrupted; timeout after common.timeout
    // without a change of `progress`. What it waits for, and why ("the film: nobody has it; asking
    // again in 2 s"), is said on stderr after kMoment of that, and when it becomes another.
    Status wait(const std::function<bool()>& done, const std::function<std::uint64_t()>& progress,
                const std::function<std::string()>& waiting_for);
    // Until the bus says of every receiver that it has what it was given; asked anew every
    // kAskAgain, at most for `most`. Whether it said so.
    bool wait_until_listed(const AssetId& asset, const std::vector<Offering>& offerings,
                           Duration most);
    // Says farewell.
    void leave();

    Node& node() { return *node_; }

private:
    Result<Body> ask_bus(Body question, Duration most);

    const Common& common_;
    zmq::context_t context_;
    Loop loop_;
    std::uint64_t last_asked_ = 0;
    std::optional<std::pair<ReadId, Result<Body>>> answer_;
    std::string last_warning_;  // of the core, or worse: why it may be waiting
    std::unique_ptr<Node> node_;
};

}  // namespace fragcast::tools

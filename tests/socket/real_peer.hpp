// One thread (the test's), which is the loop thread of every peer in it. A peer as a program has it
// (core, links, buses, store on disk), without page and options.
#pragma once

#include "peer/engine/node.hpp"
#include "tests/player/cut/temp_folder.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace fragcast::test {

inline constexpr std::size_t kFileBytes = 24 << 20;  // a file that takes a moment

struct PeerWishes {
    std::string name = "peer";
    std::vector<Endpoint> buses = {};
    std::vector<std::string> friends = {};
    std::string tell_exchange = {};  // instead of the endpoint that is bound
};

class RealPeer {
public:
    // Opens or makes the store in `folder`; its exchange listens on a free port of loopback.
    RealPeer(Loop& loop, const std::filesystem::path& folder, PeerWishes wishes);
    // Sockets that it gave up lie with the loop until its next turn: its context waits for them.
    ~RealPeer();

    Node& node() { return *node_; }
    const PeerRecord& self() const { return node_->swarm().self(); }
    const Endpoint& exchange() const { return exchange_; }
    const std::vector<Report>& reports() const { return reports_; }
    std::size_t reports(const std::string& kind) const;
    void on_store(std::function<void(const StoreEvent&)> told) { on_store_ = std::move(told); }

    // Puts so many random bytes into the store, in fragments by size; the core learns of it soon.
    AssetId add_file(const std::string& name, std::size_t bytes);
    void fetch(const AssetId& asset);
    std::size_t whole_fragments(const AssetId& asset) const;
    std::uint64_t proven_bytes(const AssetId& asset) const;
    bool has_all(const AssetId& asset) const;

private:
    Loop& loop_;
    std::filesystem::path folder_;
    zmq::context_t context_;
    std::vector<Report> reports_;
    std::function<void(const StoreEvent&)> on_store_;
    std::unique_ptr<Node> node_;
    std::filesystem::path incoming_;
    Endpoint exchange_;
};

}  // namespace fragcast::test

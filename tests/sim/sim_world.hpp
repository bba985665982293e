// One thread (the test's).
//
// A whole swarm on a virtual clock: nodes, their network, buses. Every message goes through the
// checks; everything that happens goes into two digests, of the trace and of the outcome, so that
// runs can be compared. The rules of faults are those of sim_network.hpp, sim_bus.hpp and
// sim_disk.hpp.
#pragma once

#include "tests/sim/sim_checks.hpp"
#include "tests/sim/sim_node.hpp"
#include "tests/sim/sim_outcome.hpp"
#include "tests/sim/sim_trace.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace fragcast::sim {

struct WorldOptions {
    std::uint64_t seed = 1;
    LinkNotice notice = LinkNotice::told;
    BusOptions bus;
    std::uint32_t buses = 1;
    std::function<void(const std::string& line)> trace;  // messages and actions, for people
};

class World final : NetworkObserver, NodeObserver, BusObserver {
public:
    explicit World(WorldOptions options);

    // A node with these buses (all, if none are named); not started.
    SimNode& add(NodeOptions options, bool with_buses = true);
    SimBus& bus(std::size_t index = 0) { return buses_.at(index); }
    SimNetwork& network() { return network_; }
    std::deque<SimNode>& nodes() { return nodes_; }
    SimClock& clock() { return clock_; }
    SimRandom& random() { return random_; }
    void crash(SimNode& node);

    // Runs until the condition holds (looked at every kLookEvery); false when `limit` passed first.
    bool run_until(const std::function<bool()>& condition, Duration limit);
    void run(Duration time);
    Duration since_start() const { return clock_.now() - began_; }

    // --- what is so ---
    // Of the fragments' bytes, sent by one to the other, and of those thrown away there.
    std::uint64_t sent() const;
    std::uint64_t sent(const SimNode& from) const;
    std::uint64_t sent(const SimNode& from, const SimNode& to) const;
    std::uint64_t wasted() const { return wasted_; }
    std::size_t reports(const std::string& kind) const { return outcome_.reports(kind); }
    std::uint64_t messages() const { return messages_; }
    bool complete(const AssetId& asset) const;  // at everybody who is alive
    // The first thing in which a node's or a bus's picture of the others is not the truth, or "".
    std::string untrue(const std::vector<AssetId>& assets) const;
    // What `who` thinks that `whom` has is so (and nothing, of who is not alive).
    bool knows(SimNode& who, const SimNode& whom, const std::vector<AssetId>& assets) const;
    // From now on: when a beacon of a peer got to a node for the first time.
    void watch_beacons() {
        beacons_.clear();
        watching_ = true;
    }
    const std::map<std::pair<NodeId, PeerId>, Time>& beacons() const { return beacons_; }
    // Over all that are alive.
    std::map<std::string, std::uint64_t> counted();
    std::uint64_t trace() const { return trace_.digest(); }
    std::vector<std::string> outcome() const { return outcome_.lines(nodes_); }
    // Throws with the time and the name.
    [[noreturn]] void fail(const std::string& who, const std::string& what) const;

private:
    // --- observers
    void on_sent(NodeId from, LinkId link, NodeId to, const Packet& packet) override;
    void on_delivered(NodeId to, LinkId link, NodeId from, const Packet& packet) override;
    void on_link_gone(NodeId node, LinkId link) override;
    void on_load(SimNode& node, const ChunkRef& chunk) override;
    void on_kept(SimNode& node, const ChunkRef& chunk, StoreVerdict verdict) override;
    void on_fragment_done(SimNode& node, const FragmentRef& fragment) override;
    void on_report(SimNode& node, const Report& report) override;
    void on_started(SimNode& node) override;
    void on_actions(SimNode& node, const Actions& actions) override;
    void on_wrong(SimNode& node, const std::string& what) override;
    void on_told_bus(NodeId from, BusId bus, const Packet& packet) override;
    void on_published(NodeId from, const Message& message) override;
    void on_bus_answer(NodeId to, BusId bus, const Packet& packet) override;
    void on_announced(NodeId to, const Message& message) override;

    SimNode& at(NodeId node) { return nodes_[node.value]; }
    std::string name(NodeId node) const;
    void show(const char* what, NodeId from, NodeId to, const Message& message, bool good);
    void check_all();

    WorldOptions options_;
    SimClock clock_;
    SimRandom random_;
    Time began_;
    Time next_look_;
    Time checked_;
    SimNetwork network_;
    std::deque<SimBus> buses_;
    std::deque<SimNode> nodes_;
    SimChecks checks_;
    SimTrace trace_;
    SimOutcome outcome_;
    std::map<std::pair<NodeId, PeerId>, Time> beacons_;
    bool watching_ = false;
    std::uint64_t wasted_ = 0;
    std::uint64_t messages_ = 0;
};

}  // namespace fragcast::sim

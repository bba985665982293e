// One thread (the test's).
//
// The trace of a run as one number: every message that is sent (time, ends, header, body, whether
// its payload is good), every action that a swarm returns, in order, and what stores answered.
// When a timer woke somebody who then did nothing is not in it. Two runs with one trace did the
// same; a step of a refactoring that is meant to change nothing changes no trace.
#pragma once

#include "peer/swarm/actions.hpp"
#include "tests/sim/sim_fold.hpp"
#include "tests/sim/sim_network.hpp"

#include <cstdint>
#include <map>
#include <unordered_map>

namespace fragcast::sim {

class SimTrace {
public:
    // A process began: its counters begin anew.
    void started(Time now, NodeId node, Epoch epoch);
    void acted(Time now, NodeId node, const Actions& actions);
    void stored(NodeId node, const ChunkRef& chunk, StoreVerdict verdict);
    void fragment_done(NodeId node, const FragmentRef& fragment);

    void sent(Time now, NodeId from, LinkId link, NodeId to, const Packet& packet);
    // Questions get their numbers where they come in, so that the answers bear the same.
    void heard(NodeId to, LinkId link, const Message& message);
    void link_gone(NodeId node, LinkId link);

    void told_bus(Time now, NodeId from, BusId bus, const Packet& packet);
    void bus_answered(Time now, BusId bus, NodeId to, const Packet& packet);
    void published(Time now, NodeId from, const Message& message);
    void announced(NodeId to, const Message& message);

    std::uint64_t digest() const { return fold_.value(); }

private:
    enum class What : std::uint8_t {
        started,
        acted,
        stored,
        done,
        sent,
        told_bus,
        bus_answered,
        published,
        announced
    };
    struct Requests {  // of one link's or bus's two ends
        Renumbered ours, theirs;
    };
    struct Node {
        Renumbered links;
        std::unordered_map<std::uint64_t, Requests> by_link;
        std::map<BusId, Requests> by_bus;
        Requests local;
    };
    class Fields;

    Fields begin(What what, NodeId node);
    void packet(Fields& fields, const Packet& packet);

    Fold fold_;
    std::map<NodeId, Node> nodes_;
};

}  // namespace fragcast::sim

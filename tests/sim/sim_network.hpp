// One thread (the test's).
//
// The links between neighbours. The fault model is ZeroMQ's, not IP's: whole messages, in order for
// each connection, none twice; loss comes by disconnect, crash and full queues only. Who dialled
// holds a socket, who accepted a routing id, and each is told as little as ZeroMQ tells:
//
// - the acceptor learns of a new link by its first message, and of a lost one only by sending;
// - the dialler is told of failure (LinkNotice::told, as with a socket monitor) or of nothing at
//   all (blind, a bare DEALER: up at once, and after the other's restart the same link reaches the
//   new process, which sees a new link that never said hello).
//
// Who hangs up on who dialled in hears nothing of it any more; what was sent goes out for
// limits::kFarewell, then the connection is cut, and the dialler is told as above.
#pragma once

#include "messages/wire/message.hpp"
#include "peer/swarm/swarm.hpp"
#include "tests/sim/sim_clock.hpp"

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace fragcast::sim {

using NodeId = Number<struct NodeIdTag, std::uint32_t>;
inline constexpr NodeId kNobody{0xffffffff};

// A message on its way. There are no payload bytes of chunks and proofs: `good` says whether they
// would match their hash.
struct Packet {
    Message message;
    std::uint32_t payload_bytes = 0;
    bool good = true;
    std::shared_ptr<const Bytes> payload = nullptr;             // of a ManifestPart only
    std::uint64_t size() const { return payload_bytes + 200; }  // with what a small message costs
};

class Host {
public:
    virtual ~Host() = default;
    virtual void on_link_up(LinkId link, bool dialled) = 0;
    virtual void on_dial_failed(LinkId link, const Error& why) = 0;
    virtual void on_link_down(LinkId link) = 0;
    virtual void on_packet(LinkId from, Packet packet) = 0;
};

enum class LinkNotice { told, blind };

struct HostOptions {
    Duration latency{5'000};      // to the middle: a pair's is the sum of both
    std::uint64_t up_rate = 0;    // bytes per second, shared fairly by all links; 0: no limit
    std::uint64_t down_rate = 0;  // the same, inwards
    std::uint64_t pair_rate = 0;  // of each link by itself, outwards
};

// Sees all traffic; for invariants, statistics and the trace.
class NetworkObserver {
public:
    virtual ~NetworkObserver() = default;
    virtual void on_sent(NodeId from, LinkId link, NodeId to, const Packet& packet) = 0;
    virtual void on_delivered(NodeId to, LinkId link, NodeId from, const Packet& packet) = 0;
    virtual void on_link_gone(NodeId node, LinkId link) = 0;
};

class SimNetwork {
public:
    SimNetwork(SimClock& clock, NetworkObserver& observer, LinkNotice notice)
        : clock_(clock), observer_(observer), notice_(notice) {}

    // Not alive yet.
    NodeId attach(Host& host, std::string endpoint, HostOptions options);
    const std::string& endpoint(NodeId node) const { return at(node).endpoint; }

    // --- what a node does ---
    void dial(NodeId from, LinkId link, const std::string& endpoint);
    void hang_up(NodeId node, LinkId link);
    // Payload is refused as full where NeighbourLinks would (untaken.hpp): for what lies already,
    // for this link or others.
    SendVerdict send(NodeId from, LinkId link, Packet packet);
    bool takes(NodeId from, LinkId link) const;
    // kNobody for a link that is not there.
    NodeId remote_of(NodeId node, LinkId link) const;

    // --- faults ---
    // The process dies (its connections with it) or starts.
    void set_alive(NodeId node, bool alive);
    // Nothing gets from one to the other. Connections last kZmtpHeartbeatTimeout of it.
    void block(NodeId from, NodeId to);
    void unblock(NodeId from, NodeId to);
    // All links of two nodes die without a word: what is sent vanishes, nobody is told.
    void kill_silently(NodeId a, NodeId b);
    // All links of two nodes break as when a router restarts.
    void disconnect(NodeId a, NodeId b);
    // A paused process reads nothing; what it is sent waits.
    void pause(NodeId node);
    void resume(NodeId node);

private:
    struct Lane {  // one direction of a connection
        std::deque<Packet> waiting;
        std::vector<Packet> stalled;  // arrived at a partition's edge
        std::uint64_t underway = 0;   // bytes of payload not delivered yet
        std::uint64_t taken = 0;      // bytes that were delivered
        bool ready = false;           // in its sender's queue for the uplink
        Time wire_free;
    };
    struct Connection {
        NodeId dialler, acceptor;
        LinkId dialler_link, acceptor_link;  // 0: none (yet)
        bool dialler_open = true;
        bool silent = false;           // everything vanishes
        bool leaving = false;          // the acceptor hung up, and will cut it
        std::uint64_t generation = 0;  // raised when it breaks: what was underway is lost
        Lane forth, back;
        Lane& lane(bool forwards) { return forwards ? forth : back; }
        const Lane& lane(NodeId from, LinkId link) const {
            return from == dialler && link == dialler_link ? forth : back;
        }
    };
    using ConnectionId = std::uint64_t;
    struct Seat {  // a host
        Host* host = nullptr;
        std::string endpoint;
        HostOptions options;
        bool alive = false;
        bool paused = false;
        bool sending = false;
        std::deque<std::pair<ConnectionId, bool>> ready;
        std::vector<std::function<void()>> inbox;  // while paused
        Time down_free;
        std::map<LinkId, ConnectionId> links;
        std::set<LinkId> dialling;
        std::uint64_t accepted = 0;
        std::uint64_t incarnation = 0;
    };

    Seat& at(NodeId node) { return seats_[node.value]; }
    const Seat& at(NodeId node) const { return seats_[node.value]; }
    Connection* find(ConnectionId id);
    bool blocked(NodeId from, NodeId to) const { return blocks_.contains({from, to}); }
    Duration latency(NodeId a, NodeId b) const {
        return at(a).options.latency + at(b).options.latency;
    }
    std::vector<ConnectionId> between(NodeId a, NodeId b) const;
    void forget(ConnectionId id);

    // Runs `what` in the process that is there now: later while it is paused, never in another.
    void run(NodeId node, Duration delay, std::function<void()> what);
    void enter(NodeId node, std::uint64_t incarnation, std::function<void()> what);
    void end_dial(NodeId from, LinkId link, NodeId to);
    void fail_dial(NodeId from, LinkId link, Duration delay, Error why);
    void connect(NodeId from, LinkId link, NodeId to);
    void offer(ConnectionId id, bool forwards);
    void pump(NodeId node);
    void launch(ConnectionId id, bool forwards, Packet packet);
    void arrive(ConnectionId id, bool forwards, Packet packet);
    void deliver(ConnectionId id, std::uint64_t generation, bool forwards, Packet packet);
    void hand_over(ConnectionId id, bool forwards, Packet packet);
    void accept(ConnectionId id);
    void forget_link(NodeId node, LinkId link);
    void lose_dialler(ConnectionId id);
    void leave(ConnectionId id);
    void lose_acceptor(ConnectionId id);
    void tell_dialler(ConnectionId id);

    SimClock& clock_;
    NetworkObserver& observer_;
    LinkNotice notice_;
    std::deque<Seat> seats_;
    std::map<ConnectionId, Connection> connections_;
    std::map<std::pair<NodeId, NodeId>, std::set<ConnectionId>> pairs_;  // of a and b, a <= b
    ConnectionId last_connection_ = 0;
    std::map<std::pair<NodeId, NodeId>, std::uint64_t> blocks_;  // and which block of them it is
    std::uint64_t last_block_ = 0;
};

}  // namespace fragcast::sim

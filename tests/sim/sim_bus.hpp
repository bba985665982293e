// One thread (the test's).
//
// A bus: the real DirectorySession, and a forwarder that loses announcements as ZeroMQ does: for
// late joiners, and as told by its options. Killed, it forgets everything. Its clients are told
// (LinkNotice::told) and connect anew, or are told nothing (blind) and their sockets reach the next
// one by themselves.
#pragma once

#include "bus/directory_session.hpp"
#include "tests/sim/sim_network.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>

namespace fragcast::sim {

// What a bus is to a node.
class BusClient {
public:
    virtual ~BusClient() = default;
    virtual void on_bus_packet(BusId bus, const Packet& packet) = 0;
    virtual void on_bus_failed(BusId bus, const Error& why) = 0;
    virtual void on_announcement(BusId bus, const Message& message) = 0;
};

struct BusOptions {
    Duration latency{5'000};
    Duration subscriber_delay{2'000};  // at most; each announcement to each subscriber its own
    std::uint32_t drop_percent = 0;    // of announcements, for each subscriber by itself
};

// A bus is named as the node knows it.
class BusObserver {
public:
    virtual ~BusObserver() = default;
    virtual void on_told_bus(NodeId from, BusId bus, const Packet& packet) = 0;
    virtual void on_published(NodeId from, const Message& message) = 0;
    virtual void on_bus_answer(NodeId to, BusId bus, const Packet& packet) = 0;
    virtual void on_announced(NodeId to, const Message& message) = 0;
};

class SimBus {
public:
    SimBus(SimClock& clock, BusObserver& observer, BusOptions options, LinkNotice notice,
           std::uint64_t seed);

    // `bus`: the name that the node knows this bus by.
    void add_client(NodeId node, BusClient& client, BusId bus);
    // A new DEALER, a new PUB and SUB; the old ones are gone.
    void connect_directory(NodeId node);
    void connect_forwarder(NodeId node);
    // The node's process is gone.
    void disconnect(NodeId node);
    void tell(NodeId node, Packet packet);
    void publish(NodeId node, const Message& message);

    void start();
    void kill();
    bool alive() const { return session_ != nullptr; }
    const DirectorySession& session() const { return *session_; }
    // A node's way to the bus is cut (both ways), or mended. Nobody is told.
    void cut(NodeId node) { cut_.insert(node); }
    void mend(NodeId node) { cut_.erase(node); }
    // No announcement gets to this one.
    void deafen(NodeId node) { deaf_.insert(node); }
    void undeafen(NodeId node) { deaf_.erase(node); }
    void drop(std::uint32_t percent) { options_.drop_percent = percent; }
    // Announcements that do not get to this one.
    using Loss = std::function<bool(NodeId to, const Message& message)>;
    void lose(Loss which) { lose_ = std::move(which); }

private:
    struct Client {
        BusClient* client = nullptr;
        BusId bus;
        std::uint64_t route = 0;       // of its DEALER; 0: none
        std::uint64_t subscriber = 0;  // of its SUB; 0: none
        Time subscribed_at = kNever;
        Time free;  // announcements to it stay in order
    };
    // Runs in the bus that is there now, or not at all.
    void in_bus(Duration delay, std::function<void()> what);
    void perform(DirectoryActions actions);
    void answer(const DirectorySend& send);
    void forward(const Message& message);
    void arm();
    void connect_again(Client& client);
    void fail_client(NodeId node, const char* why);

    SimClock& clock_;
    BusObserver& observer_;
    BusOptions options_;
    LinkNotice notice_;
    SimRandom random_;
    std::unique_ptr<DirectorySession> session_;
    std::uint64_t incarnation_ = 0;
    std::uint64_t last_route_ = 0;
    std::map<NodeId, Client> clients_;
    Time armed_ = kNever;
    std::set<NodeId> cut_;
    std::set<NodeId> deaf_;
    Loss lose_;
};

}  // namespace fragcast::sim

// Loop thread. Pure.
//
// Our side of one bus (PROTOCOL.md, "A bus, as a peer sees it"): joins and joins again for ever,
// keeps the lease, tells what changed until it is acknowledged. Questions go past it.
#pragma once

#include "messages/wire/message.hpp"
#include "peer/swarm/buses/book.hpp"
#include "peer/swarm/buses/bus_self.hpp"
#include "peer/swarm/turn.hpp"

#include <optional>
#include <set>
#include <string>

namespace fragcast {

class BusSession {
public:
    enum class State { away, joining, settling, joined, left };
    enum class Event {
        none,
        welcomed,   // lists are to be read, and all others' holdings asked for
        duplicate,  // this id lives elsewhere: nothing more until on_new_identity
        lost        // it was joined, and is away now
    };

    // Who we are and what we hold is told as it is by then: both must outlive the session.
    BusSession(BusId bus, std::string endpoint, const BusSelf& self, const Book& book);

    void start(Turn& turn);
    // Any message of the bus. Those that are no part of joining and telling only count as a sign of
    // life.
    Event on_message(const Body& body, Turn& turn);
    Event on_failed(const Error& why, Turn& turn);
    Event on_tick(Turn& turn);
    // We hold more or less of this asset than it was told.
    void on_change(const AssetId& asset, Turn& turn);
    void on_new_identity(Turn& turn);
    // Our record says something else: the bus is told.
    void join_again(Turn& turn) { join(turn); }
    void leave(Turn& turn);

    BusId bus() const { return bus_; }
    State state() const { return state_; }
    bool joined() const { return state_ == State::joined || state_ == State::settling; }
    bool settling() const { return state_ == State::settling; }
    // All that we hold was told and acknowledged.
    bool in_sync() const { return joined() && untold_.empty() && !update_; }
    const std::string& endpoint() const { return endpoint_; }
    std::uint32_t tries() const { return tries_; }
    Time since() const { return since_; }
    Time next_tick() const;
    // For tests and the simulator: the rule that does not hold; nullptr: all do.
    const char* broken() const;

private:
    struct Sent {  // an update that was not acknowledged yet
        RequestId request;
        std::set<AssetId> assets;
        Time at;
        std::uint32_t tries = 1;
    };

    void enter(State state, Time now);
    void connect(Turn& turn);
    void join(Turn& turn);
    Event away(const std::string& why, Turn& turn);
    Event on_welcome(const Welcome& welcome, Turn& turn);
    Event on_heartbeat_ack(const HeartbeatAck& ack, Turn& turn);
    Event on_duplicate(const Duplicate& told, Turn& turn);
    Event on_ack(const Ack& ack, Turn& turn);
    Event on_tell(const Tell& tell, Turn& turn);
    Event on_refused(const Refused& refused, Turn& turn);
    void on_full(const Refused& refused, Turn& turn);
    void send_digests(Turn& turn);
    void flush(Turn& turn);
    void send_update(const std::set<AssetId>& assets, std::uint32_t tries, Turn& turn);

    BusId bus_;
    std::string endpoint_;
    const BusSelf& self_;
    const Book& book_;
    State state_ = State::away;
    Time since_{};
    Time heard_{};
    Time try_at_ = kNever;  // away: the next try
    Time sent_at_{};        // joining: our last join
    Duration welcome_in_;   // then it should be answered
    Time beat_at_ = kNever;
    Duration wait_{};  // before the next try
    Duration heartbeat_{};
    std::uint32_t tries_ = 0;
    RequestId join_request_;
    bool was_joined_ = false;  // since it was last away
    std::set<AssetId> untold_;
    std::optional<Sent> update_;
    Time room_at_{};     // before it nothing is told: the bus had no room
    bool full_ = false;  // since it last took something
};

}  // namespace fragcast

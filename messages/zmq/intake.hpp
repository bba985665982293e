// messages_zmq. One thread: the owner of the socket.
//
// What a tcp socket receives, before anybody looks at it. libzmq takes in all that is sent
// (link.hpp), so each turn all of it comes over here, sorted by connection and counted
// (budget.hpp): who has more waiting than its budget loses it unread, and its connection. The rest
// is given out a message of each connection at a time, so that nobody waits behind who sends much.
#pragma once

#include "messages/zmq/budget.hpp"
#include "messages/zmq/guard.hpp"
#include "messages/zmq/link.hpp"
#include "messages/zmq/loop.hpp"
#include "messages/zmq/wire.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include <zmq.hpp>

namespace fragcast {

class Intake {
public:
    // `on_readable` is called in each turn of the loop in which something waits; it calls next().
    // Sockets may share a budget. `socket` outlives the intake. `post`: of the guard, if there is
    // one. Not destroyed inside its handler.
    Intake(Loop& loop, zmq::socket_t& socket, std::shared_ptr<Budget> budget,
           std::shared_ptr<Guard::Post> post, Loop::Handler on_readable);
    ~Intake();
    Intake(const Intake&) = delete;
    Intake& operator=(const Intake&) = delete;

    // The next message, or nothing: none waits, or this turn's time is over (kReadsPerTurn,
    // kReadTime).
    std::optional<Incoming> next();
    // The same, undecoded and without those bounds.
    bool next_frames(Frames& out);
    // The connection of the last message.
    const Wire& from() const { return from_; }
    // Takes over what libzmq has now, and calls on_readable.
    void turn();
    bool waiting() const { return !turns_.empty(); }
    // Connections that were beyond their budget since the last call.
    std::uint64_t take_cut();
    // Calls its handler no more.
    void silence();

private:
    // Of one connection, as long as something of it waits.
    struct Pile {
        const void* whose = nullptr;
        Budget::Connection connection = 0;
        Wire wire;
        Budget::Asked asked;
        std::deque<zmq::message_t> frames;
        std::deque<std::uint8_t> sizes;  // frames of each message
        zmq::message_t first;            // keeps `whose` what it is
    };
    bool pull();  // whether there may be more
    Pile& pile_of(const Frames& frames);
    void add(Frames& frames);
    void note_taken(const Wire& wire, const Frames& frames);
    void drop_who_is_over();
    void end(Pile& pile);

    Loop& loop_;
    zmq::socket_t& socket_;
    const std::shared_ptr<Budget> budget_;
    const std::shared_ptr<Guard::Post> post_;
    Loop::Handler on_readable_;
    const int type_;
    std::unordered_map<const void*, std::unique_ptr<Pile>> piles_;
    std::deque<Pile*> turns_;
    Frames frames_;
    Wire from_;
    std::vector<Guard::Taken> taken_;
    std::uint64_t cut_ = 0;
    int reads_ = 0;
    Time read_until_{};
    Loop::Handle reading_ = 0;
    Loop::Handle again_ = 0;
};

}  // namespace fragcast

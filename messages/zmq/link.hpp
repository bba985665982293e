// messages_zmq. One thread: the owner of the socket.
//
// Messages over sockets: options that every tcp socket of ours has, sending and receiving of whole
// messages with their payload, and bad input counted instead of thrown. Large frames are handed to
// zmq without a copy. The only file that makes a tcp socket.
#pragma once

#include "messages/wire/codec.hpp"
#include "messages/wire/endpoint.hpp"
#include "messages/wire/limits.hpp"
#include "messages/wire/payload.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <zmq.hpp>

namespace fragcast {

// The name by which a ROUTER knows one connection: its routing id. A handle, never stored or told.
using RoutingId = std::string;

// A socket with the options of PROTOCOL.md, "Roles and sockets": MAXMSGSIZE, ZMTP heartbeats,
// linger 0, handshake limit, IPv6 on, mandatory for ROUTER. Its input never stops (RCVHWM 0): where
// it can, libzmq ends the process when a connection ends. So what is received is bounded by its
// reader: messages/zmq/intake.
Result<zmq::socket_t> make_socket(zmq::context_t& context, zmq::socket_type type);

// Binds; the error says what to do: "cannot bind tcp://…: in use. Choose another: --listen …".
// Returns the endpoint with the port that was picked. `flag` names the option in the error.
Result<Endpoint> bind_socket(zmq::socket_t& socket, const Endpoint& wanted, std::string_view flag);
// Literal addresses only (libzmq resolves names in its I/O thread; PROTOCOL.md, "Roles and
// sockets").
Status connect_socket(zmq::socket_t& socket, const Endpoint& literal);

enum class SendResult {
    sent,
    full,         // the queue is at its high-water mark: nothing was sent
    unreachable,  // a ROUTER that does not know the routing id (any more)
};

// Bytes handed to libzmq and not yet released by it: written to the kernel, or dropped with their
// connection. libzmq gives them back from its I/O thread. Copies are the same account.
class Account {
public:
    // What it counts is counted by `whole`, too.
    static Account part_of(const Account& whole) {
        Account part;
        part.state_->whole = whole.state_;
        return part;
    }
    std::uint64_t unsent() const { return state_->unsent; }
    // Bytes released so far.
    std::uint64_t taken() const { return state_->taken; }
    // The same bytes, in the account until they are released.
    Payload count(Payload payload) const;
    // Whether a connection with this account, among others with `whole`, is to be given more.
    bool has_room(const Account& whole) const {
        return unsent() < limits::kMaxUnsentSmallBytes &&
               (unsent() == 0 || whole.unsent() < limits::kMaxUnsentTotalBytes);
    }

private:
    struct State {
        std::shared_ptr<State> whole;
        std::atomic<std::uint64_t> unsent{0};
        std::atomic<std::uint64_t> taken{0};
    };
    struct Counted;
    std::shared_ptr<State> state_ = std::make_shared<State>();
};

// `to` for a ROUTER, `topic` for PUB. `payload` is consumed when sent. Frames of
// kCountedFrameBytes and more count in `account`; shorter ones are bounded by SNDHWM.
SendResult send_message(zmq::socket_t& socket, const Message& message, Payload payload = {},
                        const RoutingId* to = nullptr, const std::string* topic = nullptr,
                        const Account* account = nullptr);

// One encoded message without payload; only when sent, libzmq holds a share of it.
SendResult send_frame(zmq::socket_t& socket, const Payload& frame, const RoutingId* to,
                      const Account& account);

// A frame that is passed on; the account counts it once, to however many it goes.
zmq::message_t counted_frame(zmq::message_t frame, const Account& account);

struct Received {
    RoutingId from;     // of a ROUTER
    std::string topic;  // of a SUB
    Message message;
    Payload payload;  // owns the zmq frame
};
// What came in and was no message of ours; to be counted and logged once per sender.
struct Garbage {
    RoutingId from;
    DecodeError error;
};
using Incoming = std::variant<Received, Garbage>;

// The frames of one message; a ROUTER's begin with the routing id. More than kMaxFrames of them are
// not kept: then the last one here says that there were more.
using Frames = std::vector<zmq::message_t>;
// Replaces `out`. False: nothing has arrived.
bool receive_frames(zmq::socket_t& socket, Frames& out);
// Extra frames, too few frames, a payload where none belongs and the reverse are garbage.
Incoming read_frames(int socket_type, Frames& frames);
// Both at once, for tools and tests: nothing bounds what waits at the socket.
std::optional<Incoming> receive_message(zmq::socket_t& socket);

}  // namespace fragcast

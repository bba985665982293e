// messages_zmq. One thread: the owner of the socket.
//
// Messages over sockets: options that every socket of ours has, sending and receiving of whole
// messages with their payload, and bad input counted instead of thrown. Payload frames are handed
// to zmq without a copy where they are large.
#pragma once

#include "messages/codec.hpp"
#include "messages/endpoint.hpp"
#include "messages/payload.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include <zmq.hpp>

namespace fragcast {

// The name by which a ROUTER knows one connection: its routing id. A handle, never stored or told.
using RoutingId = std::string;

// A socket with the options of PROTOCOL.md, "Sockets": bounded HWM, MAXMSGSIZE, ZMTP heartbeats,
// linger 0, handshake limit, IPv6 on, mandatory for ROUTER; XPUB_VERBOSE not set.
Result<zmq::socket_t> make_socket(zmq::context_t& context, zmq::socket_type type);

// Binds; the error says what to do: "cannot bind tcp://…: in use. Choose another: --listen …".
// Returns the endpoint with the port that was picked. `flag` names the option in the error.
Result<Endpoint> bind_socket(zmq::socket_t& socket, const Endpoint& wanted, std::string_view flag);
// Literal addresses only (libzmq resolves names in its I/O thread; PROTOCOL.md, "Sockets").
Status connect_socket(zmq::socket_t& socket, const Endpoint& literal);

enum class SendResult {
    sent,
    full,         // the queue is at its high-water mark: nothing was sent
    unreachable,  // a ROUTER that does not know the routing id (any more)
};

// `to` for a ROUTER, `topic` for PUB. `payload` is consumed when sent.
SendResult send_message(zmq::socket_t& socket, const Message& message, Payload payload = {},
                        const RoutingId* to = nullptr, const std::string* topic = nullptr);

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
// One whole message, or nothing at once. Extra frames, too few frames, a payload where none belongs
// and the reverse are garbage.
std::optional<std::variant<Received, Garbage>> receive_message(zmq::socket_t& socket);

}  // namespace fragcast

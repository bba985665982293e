// bus. The handle belongs to the bus's loop thread; the sockets to a thread of their own.
//
// Announcements in by XSUB, out by XPUB, each whole and as it came. The forwarder takes everything
// that a publisher has and passes no subscriptions on, so nobody learns from it who listens to
// what. What is no announcement, or travels under another topic than its own, goes no further; nor
// does what only a bus says, for that comes by publish(). What the directory keeps a record of is
// noted and handed to it, as far as it keeps up.
#pragma once

#include "bus/forward_counts.hpp"
#include "messages/wire/endpoint.hpp"
#include "messages/wire/message.hpp"
#include "messages/zmq/actor.hpp"

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <zmq.hpp>

namespace fragcast {

// Since the last one.
struct Forwarded {
    ForwardCounts counts;
    std::vector<Bytes> noted;  // message frames
};

class Forwarder {
public:
    // Port 0 picks a free one. Errors of binding say what is wrong, not what to do.
    static Result<std::unique_ptr<Forwarder>> start(zmq::context_t& context, const Endpoint& in,
                                                    const Endpoint& out);

    const Endpoint& in() const { return in_; }
    const Endpoint& out() const { return out_; }
    // An announcement of the bus itself. False: the forwarder is busy beyond its queue; dropped.
    bool publish(const Message& announcement);
    // For Loop::add; readable: receive().
    zmq::socket_ref socket() { return actor_.pipe().socket(); }
    std::optional<Forwarded> receive() { return actor_.pipe().receive(); }

private:
    struct Stop {};
    struct Publish {
        std::string topic;
        Bytes frame;
    };
    using Command = std::variant<Stop, Publish>;
    using ForwarderActor = Actor<Command, Forwarded>;
    class Thread;

    Forwarder(zmq::context_t& context, zmq::socket_t in, zmq::socket_t out, Endpoint in_endpoint,
              Endpoint out_endpoint);

    Endpoint in_;
    Endpoint out_;
    ForwarderActor actor_;
};

}  // namespace fragcast

// messages_zmq. A thread of its own, and the thread of those whose sockets it guards.
//
// libzmq takes in all that comes (link.hpp), as fast as it comes, whatever the owner of the socket
// is doing. So a thread looks at each connection every limits::kGuardEvery: the kernel says what
// came in, the owner's posts what was taken from libzmq (backlog.hpp). Who has too much there is
// cut, and nobody new is let in to that socket until its owner has taken what was left: who
// connects meanwhile is held by the kernel, and tries again by itself a second later.
//
// It also hears of strangers: who connects and does not get through ZeroMQ's handshake (a browser,
// a port scanner, another protocol) is cut by libzmq, and nothing of it reaches the socket's owner.
// An oversized frame costs its connection as well, but of that libzmq says nothing.
#pragma once

#include "messages/wire/codec.hpp"
#include "messages/wire/endpoint.hpp"
#include "messages/zmq/actor.hpp"
#include "messages/zmq/backlog.hpp"
#include "messages/zmq/loop.hpp"
#include "messages/zmq/wire.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <zmq.hpp>

namespace fragcast {

class Guard {
public:
    struct News {
        std::uint64_t strangers = 0;
        std::uint64_t cut = 0;
    };
    // `on_news`: in the loop's turn; all guarded sockets are to be read then, until nothing is
    // left.
    Guard(zmq::context_t& context, Loop& loop, const Backlog::Limits& limits,
          std::function<void(const News&)> on_news);
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

    struct Taken {
        Wire wire;
        std::size_t bytes = 0;   // of the wire
        std::size_t memory = 0;  // that they were in libzmq's hands
    };
    struct State;
    // Where the owner of a socket says what it did. Outlives the guard; says nothing to nobody
    // then.
    class Post {
    public:
        Post(std::shared_ptr<State> state, std::size_t socket)
            : state_(std::move(state)), socket_(socket) {}
        // `dry`: and there was no more.
        void taken(const std::vector<Taken>& all, bool dry);
        // We are about to connect there: what comes may come before we know that it is up. As often
        // `dialled`: with this descriptor, or given up (-1).
        void dials(const Endpoint& literal);
        void dialled(const Endpoint& literal, int fd);
        // So many bytes are asked there and have not come.
        void asks(const Wire& wire, std::uint64_t bytes);
        std::uint64_t asked(const Wire& wire) const;
        // The connection to this socket that has this descriptor; none, if it is over, whoever has
        // the descriptor now.
        Wire wire(int fd) const;

    private:
        std::shared_ptr<State> state_;
        std::size_t socket_;
    };

    // A bound socket, which outlives the guard. `each`: bytes of one connection, other than the
    // guard's limits say.
    std::shared_ptr<Post> listening(zmq::socket_t& socket, std::size_t each = 0);
    // For all sockets that connect.
    std::shared_ptr<Post> dialling();

    // What to count and log one as.
    static DecodeError stranger();
    static DecodeError flooder();

private:
    void read_news();

    zmq::context_t& context_;
    Loop& loop_;
    std::function<void(const News&)> on_news_;
    std::shared_ptr<State> state_;
    Loop::Handle reading_ = 0;
    std::optional<ActorThread> thread_;
};

}  // namespace fragcast

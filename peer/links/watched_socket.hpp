// Loop thread.
//
// One outgoing connection: a socket that connects once, to a literal address, and says when it is
// up and when it is over: after all that came before its end was read. It never reconnects: a
// connection that is over is told to whoever asked for it, who decides whether to make a new one.
// (libzmq does not always reconnect: a connecting socket that met an oversized message is dead for
// good and says nothing to its owner; its monitor does.)
#pragma once

#include "messages/wire/endpoint.hpp"
#include "messages/wire/result.hpp"
#include "messages/zmq/intake.hpp"
#include "messages/zmq/loop.hpp"
#include "messages/zmq/monitor.hpp"
#include "messages/zmq/wire.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <zmq.hpp>

namespace fragcast {

// What bounds what is received: shared by the sockets of one kind.
struct Reception {
    std::shared_ptr<Budget> budget = std::make_shared<Budget>();
    std::shared_ptr<Guard::Post> post = {};  // for those who dial
};

class WatchedSocket {
public:
    struct Handlers {
        std::function<void()> up;                          // both sides have shaken hands
        std::function<void(const std::string& why)> down;  // at most once: "refused", "lost" …
        std::function<void()> readable;                    // next() has something
    };
    // What it receives and nobody has read yet counts in `reception`; beyond it the connection
    // is over. `prepare` sets what must be set before connecting (subscriptions). A handler may
    // destroy the object that calls it only by retire().
    static Result<std::unique_ptr<WatchedSocket>> connect(
        zmq::context_t& context, Loop& loop, const Reception& reception, zmq::socket_type type,
        const Endpoint& literal, Handlers handlers,
        const std::function<void(zmq::socket_t&)>& prepare = {});
    ~WatchedSocket();
    WatchedSocket(const WatchedSocket&) = delete;
    WatchedSocket& operator=(const WatchedSocket&) = delete;

    zmq::socket_t& socket() { return socket_; }
    std::optional<Incoming> next() { return intake_.next(); }
    bool up() const { return up_; }
    const Wire& wire() const { return wire_; }  // once connected
    // Destroys `socket` when its handlers have returned; none of them is called again. What was
    // sent before goes out for up to limits::kFarewell.
    static void retire(Loop& loop, std::unique_ptr<WatchedSocket> socket);

private:
    WatchedSocket(Loop& loop, const Reception& reception, zmq::socket_t socket, Monitor monitor,
                  Endpoint literal, Handlers handlers);
    void dialled(int fd);
    void silence();
    void read();
    void read_monitor();
    void over(const std::string& why);

    Loop& loop_;
    zmq::socket_t socket_;
    Monitor monitor_;  // goes before what it watches
    const Endpoint literal_;
    Handlers handlers_;
    std::shared_ptr<Guard::Post> post_;
    Intake intake_;
    Time begun_;
    Wire wire_;
    Loop::Handle watching_ = 0;
    bool dials_ = false;
    bool up_ = false;
    bool ended_ = false;  // but not all is read
    bool over_ = false;
};

}  // namespace fragcast

// messages_zmq. One thread: the owner of the listening socket.
//
// Somebody who connects and does not get through ZeroMQ's handshake (a browser, a port scanner,
// another protocol) is cut by libzmq, and nothing of it reaches the socket's owner: this tells.
// An oversized frame after the handshake costs its connection as well, but of that libzmq says
// nothing that could be told from an ordinary end.
#pragma once

#include "messages/wire/codec.hpp"
#include "messages/zmq/loop.hpp"

#include <functional>

#include <zmq.hpp>

namespace fragcast {

class StrangerWatch {
public:
    // `listening` must outlive the watch. `on_stranger`: once for each.
    StrangerWatch(zmq::context_t& context, Loop& loop, zmq::socket_t& listening,
                  std::function<void()> on_stranger);
    ~StrangerWatch();
    StrangerWatch(const StrangerWatch&) = delete;
    StrangerWatch& operator=(const StrangerWatch&) = delete;

    // What to count and log one as.
    static DecodeError what();

private:
    void read();

    Loop& loop_;
    zmq::socket_t& listening_;
    zmq::socket_t monitor_;
    std::function<void()> on_stranger_;
    Loop::Handle reading_ = 0;
};

}  // namespace fragcast

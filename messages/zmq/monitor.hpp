// messages_zmq. The thread of the socket that is watched; next() in any one thread.
//
// What libzmq says of a socket's connections. zmq::monitor_t says the same and keeps its own socket
// to itself, so that it cannot be polled beside others.
#pragma once

#include "messages/wire/result.hpp"

#include <cstdint>
#include <optional>

#include <zmq.hpp>

namespace fragcast {

class Monitor {
public:
    struct Event {
        std::uint16_t what = 0;   // ZMQ_EVENT_…
        std::uint32_t value = 0;  // a descriptor, an error: by what it is
    };
    static constexpr int kHandshakeFailed = ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                                            ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                                            ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;

    Monitor() = default;  // of nothing
    // `watched` must outlive it. full: there is no socket left to watch with.
    static Result<Monitor> of(zmq::context_t& context, zmq::socket_t& watched, int events);
    ~Monitor() { stop(); }
    Monitor(Monitor&& other) noexcept;
    Monitor& operator=(Monitor&& other) noexcept;
    Monitor(const Monitor&) = delete;
    Monitor& operator=(const Monitor&) = delete;

    // The next event, or nothing at once.
    std::optional<Event> next();
    zmq::socket_t& socket() { return socket_; }  // to be polled
    void stop();

private:
    void* watched_ = nullptr;  // libzmq's handle: it stays where a zmq::socket_t moves
    zmq::socket_t socket_;
};

}  // namespace fragcast

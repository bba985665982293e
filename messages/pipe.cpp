#include "messages/pipe.hpp"

#if defined(__SANITIZE_THREAD__)
#define FRAGCAST_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define FRAGCAST_TSAN 1
#endif
#endif
#ifdef FRAGCAST_TSAN
#include <sanitizer/tsan_interface.h>
#endif

#include <atomic>
#include <string>

namespace fragcast::pipe_detail {

// libzmq is not built with ThreadSanitizer, so the order that its mailbox makes is told by hand.
static void released([[maybe_unused]] void* address) {
#ifdef FRAGCAST_TSAN
    __tsan_release(address);
#endif
}
static void acquired([[maybe_unused]] void* address) {
#ifdef FRAGCAST_TSAN
    __tsan_acquire(address);
#endif
}

bool send_address(zmq::socket_t& socket, void* address) {
    released(address);
    return socket.send(zmq::const_buffer(&address, sizeof(address)), zmq::send_flags::dontwait)
        .has_value();
}

void* receive_address(zmq::socket_t& socket) {
    void* address = nullptr;
    const auto got =
        socket.recv(zmq::mutable_buffer(&address, sizeof(address)), zmq::recv_flags::dontwait);
    if (!got) return nullptr;
    assert(got->size == sizeof(address));
    acquired(address);
    return address;
}

std::pair<zmq::socket_t, zmq::socket_t> connected_pair(zmq::context_t& context, int limit) {
    static std::atomic<std::uint64_t> count{0};
    const std::string name = "inproc://pipe-" + std::to_string(++count);
    // A PAIR's queue holds the sender's plus the receiver's high-water mark: half each.
    const int half = limit > 1 ? limit / 2 : 1;
    zmq::socket_t near(context, zmq::socket_type::pair);
    zmq::socket_t far(context, zmq::socket_type::pair);
    for (zmq::socket_t* socket : {&near, &far}) {
        socket->set(zmq::sockopt::sndhwm, half);
        socket->set(zmq::sockopt::rcvhwm, half);
        socket->set(zmq::sockopt::linger, 0);
    }
    near.bind(name);
    far.connect(name);
    return {std::move(near), std::move(far)};
}

}  // namespace fragcast::pipe_detail

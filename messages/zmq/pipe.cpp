#include "messages/zmq/pipe.hpp"

#include "messages/zmq/poller.hpp"
#include "messages/zmq/tsan.hpp"

#include <atomic>
#include <string>

namespace fragcast::pipe_detail {

bool send_address(zmq::socket_t& socket, void* address) {
    tsan_give(address);
    Poller::touched(socket.handle());
    return socket.send(zmq::const_buffer(&address, sizeof(address)), zmq::send_flags::dontwait)
        .has_value();
}

void* receive_address(zmq::socket_t& socket) {
    Poller::touched(socket.handle());
    void* address = nullptr;
    const auto got =
        socket.recv(zmq::mutable_buffer(&address, sizeof(address)), zmq::recv_flags::dontwait);
    if (!got) return nullptr;
    assert(got->size == sizeof(address));
    tsan_take(address);
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

#include "messages/zmq/monitor.hpp"

#include "messages/zmq/poller.hpp"

#include <atomic>
#include <cstring>
#include <string>
#include <utility>

namespace fragcast {
namespace {

std::string monitor_address() {
    static std::atomic<std::uint64_t> next{0};
    return "inproc://fragcast-monitor-" + std::to_string(next++);
}

}  // namespace

Result<Monitor> Monitor::of(zmq::context_t& context, zmq::socket_t& watched, int events) {
    const auto none = [] {
        return fail(ErrorKind::full, "no socket left to watch a connection with");
    };
    const std::string address = monitor_address();
    if (zmq_socket_monitor(watched.handle(), address.c_str(), events) != 0) return none();
    Monitor monitor;
    monitor.watched_ = watched.handle();
    try {
        monitor.socket_ = zmq::socket_t(context, zmq::socket_type::pair);
        monitor.socket_.set(zmq::sockopt::linger, 0);
        // Where this is full libzmq's I/O thread waits.
        monitor.socket_.set(zmq::sockopt::rcvhwm, 0);
        monitor.socket_.connect(address);
    } catch (const zmq::error_t&) {
        return none();
    }
    return monitor;
}

Monitor::Monitor(Monitor&& other) noexcept
    : watched_(std::exchange(other.watched_, nullptr)), socket_(std::move(other.socket_)) {}

Monitor& Monitor::operator=(Monitor&& other) noexcept {
    stop();
    watched_ = std::exchange(other.watched_, nullptr);
    socket_ = std::move(other.socket_);
    return *this;
}

// Its end last: an I/O thread with an event for one that is gone waits for ever, and every
// connection with it.
void Monitor::stop() {
    if (watched_ != nullptr) zmq_socket_monitor(std::exchange(watched_, nullptr), nullptr, 0);
    socket_.close();
}

// Two frames that come together: what, and at which address.
std::optional<Monitor::Event> Monitor::next() {
    if (!socket_) return std::nullopt;
    Poller::touched(socket_.handle());
    zmq::message_t event, address;
    try {
        if (!socket_.recv(event, zmq::recv_flags::dontwait)) return std::nullopt;
        (void)socket_.recv(address, zmq::recv_flags::dontwait);
    } catch (const zmq::error_t&) {
        return std::nullopt;
    }
    Event out;
    if (event.size() < sizeof out.what + sizeof out.value) return out;
    std::memcpy(&out.what, event.data(), sizeof out.what);
    std::memcpy(&out.value, event.data<char>() + sizeof out.what, sizeof out.value);
    return out;
}

}  // namespace fragcast

#include "messages/zmq/stranger_watch.hpp"

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>

namespace fragcast {

namespace {

constexpr int kFailures = ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                          ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;

std::string monitor_address() {
    static std::atomic<std::uint64_t> next{0};
    return "inproc://fragcast-strangers-" + std::to_string(next++);
}

// One event: two frames that come together.
bool take_event(zmq::socket_t& monitor) {
    zmq::message_t event, address;
    if (!monitor.recv(event, zmq::recv_flags::dontwait)) return false;
    (void)monitor.recv(address, zmq::recv_flags::dontwait);
    return true;
}

}  // namespace

StrangerWatch::StrangerWatch(zmq::context_t& context, Loop& loop, zmq::socket_t& listening,
                             std::function<void()> on_stranger)
    : loop_(loop), listening_(listening), on_stranger_(std::move(on_stranger)) {
    const std::string address = monitor_address();
    // Without a socket to spare we serve on, and do not see strangers.
    if (zmq_socket_monitor(listening.handle(), address.c_str(), kFailures) != 0) return;
    try {
        monitor_ = zmq::socket_t(context, zmq::socket_type::pair);
        monitor_.set(zmq::sockopt::linger, 0);
        monitor_.connect(address);
    } catch (const zmq::error_t&) {
        monitor_.close();
        zmq_socket_monitor(listening.handle(), nullptr, 0);
        return;
    }
    reading_ = loop_.add(monitor_, [this] { read(); });
}

StrangerWatch::~StrangerWatch() {
    if (reading_ == 0) return;
    loop_.remove(reading_);
    // libzmq's I/O thread waits where this queue is full, and ending the monitor waits for it.
    while (take_event(monitor_)) {
    }
    zmq_socket_monitor(listening_.handle(), nullptr, 0);
}

DecodeError StrangerWatch::what() {
    return {DecodeError::Why::foreign, "a connection that does not speak ZeroMQ; it was closed"};
}

void StrangerWatch::read() {
    for (int reads = 0; reads < kReadsPerTurn && take_event(monitor_); ++reads)
        on_stranger_();
}

}  // namespace fragcast

// messages_zmq. Any thread.
//
// One tcp connection as the kernel knows it, apart from libzmq, whose descriptor it is.
#pragma once

#include "messages/wire/endpoint.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

namespace fragcast {

// Descriptors are used again, the kernel's cookies are not.
struct Wire {
    int fd = -1;
    std::uint64_t cookie = 0;  // 0: it is over, or none
    auto operator<=>(const Wire&) const = default;
};
// The connection that has this descriptor now.
Wire wire_of(int fd);
// Ends it, if it is still there.
bool cut(const Wire& wire);
// Bytes of the connection that libzmq has read from the kernel; nothing: it is over.
std::optional<std::uint64_t> received_of(const Wire& wire);
// Of its other end, as far as one machine or household has it for itself: an IPv4 address, or the
// first 64 bits of an IPv6 one; "": it is over.
std::string address_of(const Wire& wire);
// Bytes of ours that the other end has taken; nothing: it is over.
std::optional<std::uint64_t> taken_of(const Wire& wire);
// The local port of a tcp socket; 0: it is none.
std::uint16_t local_port(int fd);
// Whether it is connected to that literal address.
bool leads_to(int fd, const Endpoint& literal);
bool listens(int fd);
// Whether who connects to a socket that listens waits until it is opened again.
void close_door(int listening, bool closed);

}  // namespace fragcast

#include "messages/zmq/wire.hpp"

#include "messages/wire/vicinity.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace fragcast {

Wire wire_of(int fd) {
    Wire wire{fd, 0};
    socklen_t size = sizeof wire.cookie;
    if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &wire.cookie, &size) != 0) wire.cookie = 0;
    return wire;
}

bool cut(const Wire& wire) {
    if (wire.cookie == 0 || wire_of(wire.fd) != wire) return false;
    // libzmq has no call for it, and takes it as any other end. Not shutdown(): libzmq would still
    // read what the kernel holds, which is megabytes.
    sockaddr nobody{};
    nobody.sa_family = AF_UNSPEC;
    return connect(wire.fd, &nobody, sizeof nobody) == 0;
}

std::optional<std::uint64_t> received_of(const Wire& wire) {
    tcp_info info{};
    socklen_t size = sizeof info;
    int unread = 0;
    if (wire.cookie == 0 || wire_of(wire.fd) != wire ||
        getsockopt(wire.fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
        ioctl(wire.fd, SIOCINQ, &unread) != 0)
        return std::nullopt;
    const auto waits = static_cast<std::uint64_t>(unread);
    return info.tcpi_bytes_received > waits ? info.tcpi_bytes_received - waits : 0;
}

std::string address_of(const Wire& wire) {
    sockaddr_in6 address{};  // the larger of both
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    if (wire.cookie == 0 || wire_of(wire.fd) != wire || getpeername(wire.fd, any, &size) != 0)
        return {};
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* bytes = &address.sin6_addr;
    if (address.sin6_family == AF_INET) {
        bytes = &reinterpret_cast<const sockaddr_in*>(any)->sin_addr;
    } else if (IN6_IS_ADDR_V4MAPPED(&address.sin6_addr)) {
        bytes = &address.sin6_addr.s6_addr[12];
    } else {
        return household_of(inet_ntop(AF_INET6, bytes, text.data(), text.size()));
    }
    return inet_ntop(AF_INET, bytes, text.data(), text.size());
}

std::optional<std::uint64_t> taken_of(const Wire& wire) {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (wire.cookie == 0 || wire_of(wire.fd) != wire ||
        getsockopt(wire.fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        return std::nullopt;
    return info.tcpi_bytes_acked;
}

std::uint16_t local_port(int fd) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
    if (address.ss_family == AF_INET)
        return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
    if (address.ss_family == AF_INET6)
        return ntohs(reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port);
    return 0;
}

bool leads_to(int fd, const Endpoint& literal) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return false;
    in_addr four{};
    in6_addr six{};
    const bool is_four = inet_pton(AF_INET, literal.host.c_str(), &four) == 1;
    const std::string unscoped = literal.host.substr(0, literal.host.find('%'));
    if (!is_four && inet_pton(AF_INET6, unscoped.c_str(), &six) != 1) return false;
    if (address.ss_family == AF_INET) {
        const auto& to = reinterpret_cast<const sockaddr_in&>(address);
        return is_four && to.sin_addr.s_addr == four.s_addr && ntohs(to.sin_port) == literal.port;
    }
    if (address.ss_family != AF_INET6) return false;
    const auto& to = reinterpret_cast<const sockaddr_in6&>(address);
    // As libzmq dials an IPv4 address.
    if (is_four && !IN6_IS_ADDR_V4MAPPED(&to.sin6_addr)) return false;
    const void* bytes = is_four ? static_cast<const void*>(&four) : &six;
    const std::size_t length = is_four ? sizeof four : sizeof six;
    return std::memcmp(to.sin6_addr.s6_addr + (sizeof six - length), bytes, length) == 0 &&
           ntohs(to.sin6_port) == literal.port;
}

bool listens(int fd) {
    int yes = 0;
    socklen_t size = sizeof yes;
    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &size) == 0 && yes != 0;
}

// The kernel drops the first packet of each, and whoever sent it sends it again.
void close_door(int listening, bool closed) {
    sock_filter nothing = {BPF_RET | BPF_K, 0, 0, 0};
    const sock_fprog program{1, &nothing};
    const int none = 0;
    if (closed)
        (void)setsockopt(listening, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
    else
        (void)setsockopt(listening, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof none);
}

}  // namespace fragcast

#include "tests/socket/raw_zmtp.hpp"

#include "tests/socket/attacks.hpp"

#include <cerrno>
#include <utility>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace fragcast::test {

namespace {
constexpr std::size_t kGreetingBytes = 64;
}

std::string zmtp_frame(const std::string& body, bool more) {
    REQUIRE(body.size() < 256);
    return std::string{static_cast<char>(more ? 1 : 0), static_cast<char>(body.size())} + body;
}

std::string zmtp_ping() {
    return std::string("\4\7\4PING\0\0", 9);
}

RawZmtp::RawZmtp(const Endpoint& to, const std::string& socket_type)
    : RawZmtp(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), socket_type) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(to.port);
    REQUIRE(inet_pton(AF_INET, to.host.c_str(), &address.sin_addr) == 1);
    if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        REQUIRE(errno == EINPROGRESS);
}

RawZmtp::RawZmtp(int accepted, const std::string& socket_type)
    : fd_(accepted), hello_(zmtp_hello(socket_type)) {
    REQUIRE(fcntl(fd_, F_SETFL, O_NONBLOCK) == 0);
}

RawZmtp::~RawZmtp() {
    close();
}

RawZmtp::RawZmtp(RawZmtp&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      hello_(std::move(other.hello_)),
      left_(std::move(other.left_)),
      heard_(other.heard_),
      over_(other.over_) {}

bool RawZmtp::write() {
    write(hello_);
    // Of what comes before the other's READY libzmq makes an error.
    if (heard_ <= kGreetingBytes + 2) (void)read();
    if (heard_ > kGreetingBytes + 2) write(left_);
    return !over_;
}

void RawZmtp::write(std::string& bytes) {
    std::size_t at = 0;
    while (at < bytes.size() && !over_) {
        const ssize_t sent = send(fd_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
        if (sent > 0)
            at += static_cast<std::size_t>(sent);
        else if (errno == EAGAIN || errno == ENOTCONN)
            break;
        else
            over_ = true;
    }
    bytes.erase(0, at);
}

std::size_t RawZmtp::read() {
    char buffer[65536];
    ssize_t got = 0;
    while (!over_ && (got = recv(fd_, buffer, sizeof buffer, 0)) > 0)
        heard_ += static_cast<std::size_t>(got);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != ENOTCONN)) over_ = true;
    return heard_;
}

bool RawZmtp::over() {
    (void)read();
    return over_;
}

void RawZmtp::reset() {
    const linger now{1, 0};
    REQUIRE(setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now) == 0);
    close();
}

void RawZmtp::close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    over_ = true;
}

RawListener::RawListener(bool version_6)
    : fd_(socket(version_6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_in four{};
    four.sin_family = AF_INET;
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_addr = in6addr_loopback;
    auto* any = version_6 ? reinterpret_cast<sockaddr*>(&six) : reinterpret_cast<sockaddr*>(&four);
    socklen_t size = version_6 ? sizeof six : sizeof four;
    REQUIRE(bind(fd_, any, size) == 0);
    REQUIRE(listen(fd_, 16) == 0);
    REQUIRE(getsockname(fd_, any, &size) == 0);
    endpoint_ = version_6 ? Endpoint{"::1", ntohs(six.sin6_port)}
                          : Endpoint{"127.0.0.1", ntohs(four.sin_port)};
}

RawListener::~RawListener() {
    ::close(fd_);
}

std::optional<RawZmtp> RawListener::accept(const std::string& socket_type) {
    const int accepted = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted < 0) return std::nullopt;
    return RawZmtp(accepted, socket_type);
}

bool has_version_6() {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    const int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool has =
        fd >= 0 && bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    if (fd >= 0) ::close(fd);
    if (!has) MESSAGE("this machine has no ::1: IPv6 is not tried");
    return has;
}

void stand_still(int milliseconds) {
    (void)poll(nullptr, 0, milliseconds);
}

}  // namespace fragcast::test

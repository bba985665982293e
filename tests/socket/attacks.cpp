#include "tests/socket/attacks.hpp"

#include "messages/wire/codec.hpp"
#include "messages/wire/limits.hpp"

#include <algorithm>
#include <cerrno>
#include <random>
#include <utility>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace fragcast::test {

namespace {

// ZMTP 3.0: signature, version, mechanism, as-server, filler.
std::string greeting(std::string mechanism = "NULL") {
    mechanism.resize(20, '\0');
    return std::string("\xff\0\0\0\0\0\0\0\1\x7f\3\0", 12) + mechanism + std::string(32, '\0');
}

std::string ready(const std::string& socket_type) {
    std::string body = "\5READY\13Socket-Type" + std::string(3, '\0') +
                       static_cast<char>(socket_type.size()) + socket_type;
    return std::string("\4") + static_cast<char>(body.size()) + body;
}

std::string random_bytes_of(std::size_t size) {
    std::mt19937 chance(7);
    std::string out(size, '\0');
    for (char& c : out)
        c = static_cast<char>(chance());
    out[0] = '\xff';  // else it may pass for an identity of the ZMTP of 2010, and wait for its rest
    return out;
}

}  // namespace

TcpStranger::TcpStranger(const Endpoint& to, std::string bytes)
    : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), left_(std::move(bytes)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(to.port);
    REQUIRE(inet_pton(AF_INET, to.host.c_str(), &address.sin_addr) == 1);
    REQUIRE(connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(fcntl(fd_, F_SETFL, O_NONBLOCK) == 0);
}

TcpStranger::~TcpStranger() {
    if (fd_ >= 0) close(fd_);
}

TcpStranger::TcpStranger(TcpStranger&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), left_(std::move(other.left_)), cut_(other.cut_) {}

bool TcpStranger::cut() {
    if (cut_) return true;
    if (!left_.empty()) {
        const ssize_t sent = send(fd_, left_.data(), left_.size(), MSG_NOSIGNAL);
        if (sent > 0) left_.erase(0, static_cast<std::size_t>(sent));
        if (sent < 0 && errno != EAGAIN) cut_ = true;
    }
    char buffer[4096];
    ssize_t got = 0;
    while ((got = recv(fd_, buffer, sizeof buffer, 0)) > 0) {
    }
    if (got == 0 || (got < 0 && errno != EAGAIN)) cut_ = true;
    return cut_;
}

std::string zmtp_hello(const std::string& socket_type) {
    return greeting() + ready(socket_type);
}

std::vector<Bytestream> broken_streams() {
    const std::string shaken = greeting() + ready("DEALER");
    return {
        {"a web browser",
         "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: a browser of some length that goes on "
         "and on\r\nAccept: */*\r\n\r\n"},
        {"noise", random_bytes_of(64 << 10)},
        {"nothing at all", ""},
        {"half a greeting", greeting().substr(0, 5)},
        {"a greeting without its end", greeting().substr(0, 40)},
        {"a greeting and no more", greeting()},
        {"a mechanism that we do not speak", greeting("PLAIN")},
        {"an unknown command", greeting() + std::string("\4\7\6NOISES", 9)},
        {"a command of 2^62 bytes", greeting() + std::string("\6\x40\0\0\0\0\0\0\0", 9)},
        {"a socket that belongs elsewhere", greeting() + ready("PAIR")},
        {"a frame of 2^40 bytes", shaken + std::string("\2\0\0\1\0\0\0\0\0", 9)},
        {"a frame of reserved flags", shaken + std::string("\xf8\1x", 3)},
    };
}

std::vector<BadFrames> broken_messages(const Message& good) {
    const Bytes frame = encode(good);
    const auto with = [&](std::size_t at, std::uint8_t value) {
        Bytes out = frame;
        out[at] = value;
        return out;
    };
    const auto body = [&](Bytes bytes) {
        Bytes out(kHeaderBytes + bytes.size());
        std::copy_n(frame.begin(), kHeaderBytes, out.begin());
        std::copy(bytes.begin(), bytes.end(), out.begin() + kHeaderBytes);
        return out;
    };
    const auto cut = [&](std::size_t size) { return Bytes(frame.begin(), frame.begin() + size); };
    return {
        {"another signature", {with(0, 'G')}, true},
        {"nothing", {Bytes{}}, true},
        {"another version", {with(2, 99)}, true},
        {"an unknown kind", {with(3, 250)}, true},
        {"half a header", {cut(kHeaderBytes / 2)}, true},
        {"no body", {cut(kHeaderBytes)}, false},
        {"a truncated body", {cut(frame.size() - 1)}, false},
        {"a body that is no msgpack", {body({0xc1, 0xc1, 0xc1})}, false},
        {"arrays in arrays", {body(Bytes(100'000, 0x91))}, false},
        {"an array of 2^32 elements", {body({0xdd, 0xff, 0xff, 0xff, 0xff})}, false},
        {"a string of 2^32 bytes", {body({0x91, 0xdb, 0xff, 0xff, 0xff, 0xff})}, false},
        {"a frame too many", {frame, Bytes{1}}, true},
        {"1,000 empty frames", std::vector<Bytes>(1000), true},
    };
}

}  // namespace fragcast::test

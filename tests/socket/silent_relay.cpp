#include "tests/socket/silent_relay.hpp"

#include <utility>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace fragcast::test {

namespace {

sockaddr_in address_of(const Endpoint& endpoint) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(endpoint.port);
    REQUIRE(inet_pton(AF_INET, endpoint.host.c_str(), &address.sin_addr) == 1);
    return address;
}

// Waits for room: the test's peers read, in threads of libzmq's own.
bool send_all(int fd, const char* data, ssize_t size) {
    while (size > 0) {
        const ssize_t sent = send(fd, data, static_cast<std::size_t>(size), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        data += sent;
        size -= sent;
    }
    return true;
}

}  // namespace

SilentRelay::SilentRelay(Loop& loop, Endpoint at)
    : loop_(loop), listening_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = address_of(at);
    const int again = 1;
    REQUIRE(setsockopt(listening_, SOL_SOCKET, SO_REUSEADDR, &again, sizeof again) == 0);
    socklen_t size = sizeof address;
    REQUIRE(bind(listening_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(listen(listening_, 16) == 0);
    REQUIRE(getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    endpoint_ = {std::move(at.host), ntohs(address.sin_port)};
    accepting_ = loop_.add_fd(listening_, [this] { accept_one(); });
}

SilentRelay::~SilentRelay() {
    loop_.remove(accepting_);
    close(listening_);
    for (auto& line : lines_)
        end(*line);
}

void SilentRelay::accept_one() {
    auto line = std::make_unique<Line>();
    line->fd[0] = accept(listening_, nullptr, nullptr);
    line->fd[1] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = address_of(to_);
    if (connect(line->fd[1], reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return end(*line);
    for (const int side : {0, 1})
        line->reading[side] =
            loop_.add_fd(line->fd[side], [this, raw = line.get(), side] { pass(*raw, side); });
    lines_.push_back(std::move(line));
}

void SilentRelay::pass(Line& line, int from) {
    char buffer[65536];
    const ssize_t got = recv(line.fd[from], buffer, sizeof buffer, MSG_DONTWAIT);
    if (got <= 0 || !send_all(line.fd[1 - from], buffer, got)) return end(line);
    passed_ += static_cast<std::uint64_t>(got);
}

// Nobody reads them any more, and they stay open.
void SilentRelay::swallow() {
    for (auto& line : lines_)
        for (Loop::Handle& reading : line->reading)
            if (reading != 0) loop_.remove(std::exchange(reading, 0));
}

void SilentRelay::end(Line& line) {
    for (const int side : {0, 1}) {
        if (line.reading[side] != 0) loop_.remove(std::exchange(line.reading[side], 0));
        if (line.fd[side] >= 0) close(std::exchange(line.fd[side], -1));
    }
}

}  // namespace fragcast::test

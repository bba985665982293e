#include "http_client.hpp"

#include "messages/http/http_text.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace fragcast::test {
namespace {

using Clock = std::chrono::steady_clock;

// Moves a whole chunked body from `raw` to `body`.
bool unchunk(std::string& raw, std::string& body) {
    std::size_t at = 0;
    for (;;) {
        const auto line = raw.find("\r\n", at);
        if (line == raw.npos) return false;
        const std::size_t size = std::strtoul(raw.c_str() + at, nullptr, 16);
        if (raw.size() < line + 2 + size + 2) return false;
        body.append(raw, line + 2, size);
        at = line + 2 + size + 2;
        if (size > 0) continue;
        raw.erase(0, at);
        return true;
    }
}

// Whether `answer` is now whole; what belongs to it is moved from `raw`.
bool parse(std::string& raw, Answer& answer, bool to_head, bool ended) {
    if (answer.status == 0) {
        const auto end = raw.find("\r\n\r\n");
        if (end == raw.npos) return false;
        const std::string head = raw.substr(0, end);
        raw.erase(0, end + 4);
        answer.status = std::atoi(head.c_str() + 9);
        for (const auto line : split_text(head, '\n')) {
            const auto colon = line.find(':');
            if (colon == line.npos) continue;
            auto value = trim_blanks(line.substr(colon + 1));
            if (value.ends_with('\r')) value.remove_suffix(1);
            answer.headers[lower_case(line.substr(0, colon))] = value;
        }
    }
    if (to_head || answer.status == 304) return true;
    answer.body.clear();
    if (answer.headers.contains("transfer-encoding")) {
        std::string rest = raw;
        const bool whole = unchunk(rest, answer.body);
        if (whole) raw = rest;
        return whole;
    }
    if (!answer.headers.contains("content-length")) {
        answer.body = raw;
        return ended;
    }
    const auto length = std::strtoull(answer.headers["content-length"].c_str(), nullptr, 10);
    answer.body = raw.substr(0, length);
    if (raw.size() < length) return false;
    raw.erase(0, length);
    return true;
}

}  // namespace

std::unique_ptr<HttpServer> start_http(HttpOptions options) {
    if (options.listen.host.empty()) options.listen = {"127.0.0.1", 0};
    auto server = HttpServer::start(std::move(options));
    REQUIRE_MESSAGE(server.ok(), server.error().text);
    return std::move(*server);
}

bool turn_until(HttpServer& server, const std::function<bool()>& condition, int client_fd) {
    const auto deadline = Clock::now() + std::chrono::seconds(60);
    while (!condition()) {
        if (Clock::now() > deadline) return false;
        std::array<pollfd, 2> fds{{{server.fd(), POLLIN, 0}, {client_fd, POLLIN, 0}}};
        const int next = server.next_turn_ms();
        poll(fds.data(), fds.size(), next < 0 ? 50 : std::min(next, 50));
        server.turn();
    }
    return true;
}

Client::Client(HttpServer& server, int receive_buffer, const char* from) : server_(server) {
    fd_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    REQUIRE(fd_ >= 0);
    if (receive_buffer > 0)
        setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    inet_pton(AF_INET, from, &address.sin_addr);
    REQUIRE(bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    address.sin_port = htons(server.endpoint().port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    pollfd wait{fd_, POLLOUT, 0};
    REQUIRE(poll(&wait, 1, 5000) == 1);
}

bool Client::try_send(std::string_view bytes) {
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return sent == static_cast<ssize_t>(bytes.size());
}

void Client::send(std::string_view bytes) {
    const bool all = turn_until(server_, [&] {
        const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
        return bytes.empty() || (sent < 0 && errno != EAGAIN);
    });
    REQUIRE(all);
}

void Client::close_sending() {
    shutdown(fd_, SHUT_WR);
}

void Client::leave() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
}

void Client::request(std::string_view method, std::string_view target, std::string_view headers,
                     std::string_view body) {
    std::string text;
    text.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: 127.0.0.1\r\n");
    if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    text.append(headers).append("\r\n").append(body);
    send(text);
}

bool Client::take() {
    std::array<char, 65536> buffer;
    const auto got = recv(fd_, buffer.data(), buffer.size(), 0);
    if (got > 0) received.append(buffer.data(), static_cast<std::size_t>(got));
    if (got == 0 || (got < 0 && errno != EAGAIN)) ended_ = true;
    return got > 0;
}

bool Client::wait(const std::function<bool()>& condition) {
    return turn_until(
        server_,
        [&] {
            while (take()) {
            }
            return condition();
        },
        fd_);
}

Answer Client::answer(bool to_head) {
    Answer answer;
    wait([&] { return (answer.whole = parse(received, answer, to_head, ended_)) || ended_; });
    return answer;
}

}  // namespace fragcast::test

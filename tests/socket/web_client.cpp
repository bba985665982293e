#include "web_client.hpp"

#include "wait.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace fragcast::test {

// Takes the frames of a chunked body off, as far as they are here; whether the last is.
static bool take_chunks_off(std::string& body) {
    std::string bare;
    bool ended = false;
    for (std::size_t at = 0; !ended;) {
        const std::size_t line = body.find("\r\n", at);
        if (line == std::string::npos) break;
        const std::size_t length = std::strtoul(body.c_str() + at, nullptr, 16);
        if (body.size() < line + 2 + length + 2) break;
        bare.append(body, line + 2, length);
        at = line + 2 + length + 2;
        ended = length == 0;
    }
    body = std::move(bare);
    return ended;
}

WebClient::WebClient(Loop& loop, const Endpoint& server, const std::string& from) : loop_(loop) {
    fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server.port);
    REQUIRE(inet_pton(AF_INET, server.host.c_str(), &address.sin_addr) == 1);
    sockaddr_in source{};
    source.sin_family = AF_INET;
    if (!from.empty()) {
        REQUIRE(inet_pton(AF_INET, from.c_str(), &source.sin_addr) == 1);
        REQUIRE(bind(fd_, reinterpret_cast<sockaddr*>(&source), sizeof source) == 0);
    }
    REQUIRE(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    fcntl(fd_, F_SETFL, O_NONBLOCK);
    reading_ = loop_.add_fd(fd_, [this] { take(); });
}

void WebClient::leave() {
    if (fd_ < 0) return;
    loop_.remove(reading_);
    close(fd_);
    fd_ = -1;
}

void WebClient::take() {
    char buffer[65536];
    const ssize_t got = read(fd_, buffer, sizeof buffer);
    if (got > 0) {
        received_.append(buffer, static_cast<std::size_t>(got));
    } else if (got == 0 || errno != EAGAIN) {
        ended_ = true;
        loop_.remove(reading_);
    }
}

void WebClient::request(std::string_view target, std::string_view headers,
                        std::string_view method) {
    send(std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: " + host + "\r\n" +
         std::string(headers) + "\r\n");
}

void WebClient::send(std::string_view bytes) {
    REQUIRE(wait_for(loop_, [&] {
        const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
        return bytes.empty();
    }));
}

WebAnswer WebClient::answer() const {
    WebAnswer answer;
    const std::size_t head = received_.find("\r\n\r\n");
    if (head == std::string::npos) return answer;
    answer.status = std::atoi(received_.c_str() + received_.find(' ') + 1);
    std::size_t at = received_.find("\r\n") + 2;
    while (at < head + 2) {
        const std::size_t end = received_.find("\r\n", at);
        const std::size_t colon = received_.find(": ", at);
        std::string name = received_.substr(at, colon - at);
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        answer.headers[name] = received_.substr(colon + 2, end - colon - 2);
        at = end + 2;
    }
    answer.body = received_.substr(head + 4);
    const auto length = answer.headers.find("content-length");
    if (length != answer.headers.end())
        answer.whole = answer.body.size() >= std::stoull(length->second);
    const auto coding = answer.headers.find("transfer-encoding");
    if (coding != answer.headers.end() && coding->second == "chunked")
        answer.whole = take_chunks_off(answer.body);
    return answer;
}

WebAnswer WebClient::get(std::string_view target, std::string_view headers) {
    received_.clear();
    request(target, headers);
    CHECK(wait_for(loop_, [this] { return answer().whole || ended_; }));
    WebAnswer all = answer();
    received_.clear();
    return all;
}

}  // namespace fragcast::test

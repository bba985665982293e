// What a tool takes of a server that says too much, or does not come to an end.
#include "messages/wire/limits.hpp"
#include "tools/http_client.hpp"

#include <string>
#include <thread>

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace fragcast;
using namespace fragcast::tools;

namespace {

// Answers one request, in a thread of its own: `piece` so often, with a pause after each, until who
// asked has left.
class Answering {
public:
    Answering(std::string piece, std::size_t times, int pause_ms = 0)
        : listening_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof at;
        auto* address = reinterpret_cast<sockaddr*>(&at);
        REQUIRE(bind(listening_, address, size) == 0);
        REQUIRE(listen(listening_, 1) == 0);
        REQUIRE(getsockname(listening_, address, &size) == 0);
        url = "http://127.0.0.1:" + std::to_string(ntohs(at.sin_port)) + "/";
        thread_ = std::thread([this, piece = std::move(piece), times, pause_ms] {
            const int asker = accept(listening_, nullptr, nullptr);
            if (asker < 0) return;
            answer(asker, piece, times, pause_ms);
            close(asker);
        });
    }
    ~Answering() {
        shutdown(listening_, SHUT_RDWR);
        thread_.join();
        close(listening_);
    }
    std::string url;

private:
    static bool send_all(int to, const std::string& text) {
        for (std::size_t sent = 0; sent < text.size();) {
            const ssize_t some = send(to, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
            if (some <= 0) return false;
            sent += static_cast<std::size_t>(some);
        }
        return true;
    }
    static void answer(int asker, const std::string& piece, std::size_t times, int pause_ms) {
        std::string request;
        char buffer[4096];
        while (request.find("\r\n\r\n") == std::string::npos) {
            const ssize_t got = recv(asker, buffer, sizeof buffer, 0);
            if (got <= 0) return;
            request.append(buffer, static_cast<std::size_t>(got));
        }
        if (!send_all(asker, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")) return;
        for (std::size_t i = 0; i < times; ++i) {
            if (!send_all(asker, piece)) return;
            pollfd left{asker, POLLIN, 0};
            if (pause_ms > 0 && poll(&left, 1, pause_ms) != 0) return;
        }
    }

    int listening_;
    std::thread thread_;
};

constexpr std::size_t kPiece = 1 << 20;

}  // namespace

TEST_CASE("http client: an answer of kMaxAnswerBytes comes, and one of more is an error") {
    constexpr std::size_t kPieces = limits::kMaxAnswerBytes / kPiece;
    Answering whole(std::string(kPiece, ' '), kPieces);
    const auto got = http_get(whole.url, "", 60);
    REQUIRE(got);
    CHECK(got->size() == limits::kMaxAnswerBytes);
    Answering more(std::string(kPiece, ' '), kPieces + 1);
    const auto refused = http_get(more.url, "", 60);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::invalid);
    CHECK(refused.error().text.find("more than the 16 MiB") != std::string::npos);
    Answering list(std::string(kPiece, ' '), kPieces + 1);
    CHECK(http_get(list.url, "", 60, limits_of(Answer::list)));
}

TEST_CASE("http client: an answer that comes and comes is given up when its time is over") {
    AnswerLimits most = limits_of(Answer::one);
    most.time = std::chrono::seconds(1);
    Answering slow(std::string(256, ' '), 500, 20);  // for 10 s, and never next to nothing
    const auto got = http_get(slow.url, "", 1, most);
    REQUIRE_FALSE(got);
    CHECK(got.error().kind == ErrorKind::unavailable);
    CHECK(got.error().text.find("Timeout") != std::string::npos);
}

// One outgoing connection: given up while it is still being made, it takes nothing else with it.
#include "peer/links/watched_socket.hpp"

#include "messages/zmq/link.hpp"
#include "tests/socket/link_pair.hpp"
#include "tests/socket/raw_zmtp.hpp"
#include "wait.hpp"

#include <memory>
#include <vector>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;

namespace {

// Listens, and has no room for another connection: who dials waits, as for a host that is off.
class Deaf {
public:
    Deaf() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* any = reinterpret_cast<sockaddr*>(&address);
        listening_ = socket(AF_INET, SOCK_STREAM, 0);
        REQUIRE(bind(listening_, any, size) == 0);
        REQUIRE(listen(listening_, 0) == 0);
        REQUIRE(getsockname(listening_, any, &size) == 0);
        endpoint = {"127.0.0.1", ntohs(address.sin_port)};
        for (int i = 0; i < 4; ++i) {
            waiting_.push_back(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
            (void)connect(waiting_.back(), any, size);
        }
    }
    ~Deaf() {
        for (const int fd : waiting_)
            close(fd);
        close(listening_);
    }
    Deaf(const Deaf&) = delete;
    Deaf& operator=(const Deaf&) = delete;

    Endpoint endpoint;

private:
    int listening_ = -1;
    std::vector<int> waiting_;
};

}  // namespace

TEST_CASE("watched socket: what came before an orderly end is read, however late") {
    constexpr int kMessages = 200;  // more than one turn reads
    for (const std::string host : {"127.0.0.1", "::1"}) {
        CAPTURE(host);
        zmq::context_t context;
        Loop loop;
        auto elsewhere = std::make_unique<zmq::context_t>();
        auto router =
            std::make_unique<zmq::socket_t>(socket_of(*elsewhere, zmq::socket_type::router));
        const auto endpoint = bind_socket(*router, {host, 0}, {});
        if (!endpoint) {
            MESSAGE("skipped: this machine has no ::1 (" << endpoint.error().text << ")");
            continue;
        }
        int read = 0, read_when_over = -1;
        bool up = false;
        std::unique_ptr<WatchedSocket> dialled;
        WatchedSocket::Handlers handlers;
        handlers.up = [&] { up = true; };
        handlers.readable = [&] {
            while (dialled->next())
                ++read;
        };
        handlers.down = [&](const std::string&) { read_when_over = read; };
        dialled = std::move(*WatchedSocket::connect(
            context, loop, Reception{}, zmq::socket_type::dealer, *endpoint, std::move(handlers)));
        REQUIRE(wait_for(loop, [&] { return up; }));
        REQUIRE(send_message(dialled->socket(), message(Ping{})) == SendResult::sent);
        const RoutingId to = next_good(*router).from;
        for (int i = 0; i < kMessages; ++i)
            REQUIRE(send_message(*router, message(Ping{}), {}, &to) == SendResult::sent);
        router->set(zmq::sockopt::linger, -1);
        router.reset();
        elsewhere.reset();  // when all is sent
        stand_still(300);
        CHECK(wait_for(loop, [&] { return read_when_over >= 0; }));
        CHECK(read_when_over == kMessages);
    }
}

TEST_CASE("watched socket: connections given up before they came about stop no other one") {
    zmq::context_t context;
    Loop loop;
    auto router = make_socket(context, zmq::socket_type::router);
    REQUIRE(router);
    const auto live = bind_socket(*router, {"127.0.0.1", 0}, {});
    REQUIRE(live);
    const Deaf deaf;
    const Reception reception;
    // Which of two threads is first decides what the I/O thread meets: so, many times.
    for (int i = 0; i < 100; ++i) {
        auto lost = WatchedSocket::connect(context, loop, reception, zmq::socket_type::dealer,
                                           deaf.endpoint, {});
        REQUIRE(lost);
        bool up = false;
        WatchedSocket::Handlers handlers;
        handlers.up = [&] { up = true; };
        auto found = WatchedSocket::connect(context, loop, reception, zmq::socket_type::dealer,
                                            *live, std::move(handlers));
        REQUIRE(found);
        REQUIRE(wait_for(loop, [&] { return up; }));
        WatchedSocket::retire(loop, std::move(*lost));
        WatchedSocket::retire(loop, std::move(*found));
        bool gone = false;
        loop.at(Time{}, [&] { gone = true; });
        REQUIRE(wait_for(loop, [&] { return gone; }));
    }
}

// The HTTP server with more connections than it keeps: who must go, and who is served.
#include "http_client.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;

namespace {

constexpr std::size_t kShared = 3;

struct Crowd {
    explicit Crowd(std::uint32_t most) {
        HttpOptions options;
        options.max_connections = most;
        server = start_http(options);
        server->route("GET", "/a", [](const HttpRequest&, HttpReply reply) { reply.send({}); });
        server->route("GET", "/held",
                      [this](const HttpRequest&, HttpReply reply) { held.push_back(reply); });
        server->route("GET", "/share", [this](const HttpRequest&, HttpReply reply) {
            server->make_room_to_hold(reply, kShared);
            held.push_back(reply);
        });
        server->route("GET", "/large", [](const HttpRequest&, HttpReply reply) {
            HttpResponse large;
            large.body.assign(16U << 20, 'x');
            reply.send(large);
        });
    }
    std::unique_ptr<Client> client(const char* from = "127.0.0.1") {
        return std::make_unique<Client>(*server, 64 << 10, from);
    }
    // Sends its request and has a first byte of the answer, but takes no more.
    std::unique_ptr<Client> unread() {
        auto slow = client();
        slow->request("GET", "/large");
        CHECK(turn_until(*server, [&] { return slow->take(); }));
        return slow;
    }
    bool holds(std::size_t many) {
        return turn_until(*server, [&] { return server->counters().held == many; });
    }

    std::unique_ptr<HttpServer> server;
    std::vector<HttpReply> held;
};

bool ended(Client& client) {
    return client.wait([&] { return client.ended(); });
}

}  // namespace

TEST_CASE("beyond the limit, who has kept us waiting for longest goes") {
    Crowd crowd(2);
    auto kept_alive = crowd.client();
    CHECK(kept_alive->get("/a").status == 200);
    auto half = crowd.client();
    half->send("GET /a HTTP/1.1\r\nHost");
    auto third = crowd.client();
    CHECK(third->get("/a").status == 200);
    CHECK(ended(*kept_alive));
    CHECK_FALSE(half->ended());
    auto fourth = crowd.client();
    CHECK(fourth->get("/a").status == 200);
    CHECK(ended(*half));
    CHECK(third->get("/a").status == 200);
    CHECK(crowd.server->counters().refused_limit == 2);
}

TEST_CASE("a hundred half requests neither keep others out nor end what is sent and held") {
    Crowd crowd(10);
    auto waiting = crowd.client();
    waiting->request("GET", "/held");
    REQUIRE(crowd.holds(1));
    auto slow = crowd.unread();
    std::vector<std::unique_ptr<Client>> halves;
    for (int number = 0; number < 100; ++number) {
        halves.push_back(crowd.client());
        halves.back()->try_send("GET /a HTTP/1.1\r\nHost: 127");
    }
    auto other = crowd.client();
    CHECK(other->get("/a").status == 200);
    CHECK(slow->answer().body.size() == 16U << 20);
    crowd.held.front().send({});
    CHECK(waiting->answer().status == 200);
}

TEST_CASE("answers that nobody reads make room too, before those who only ask now") {
    Crowd crowd(3);
    auto first = crowd.unread();
    auto second = crowd.unread();
    auto asking = crowd.client();
    asking->send("GET /a HT");
    auto other = crowd.client();
    CHECK(other->get("/a").status == 200);
    asking->send("TP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    CHECK(asking->answer().status == 200);
    CHECK(ended(*first));
    CHECK(second->answer().whole);
}

TEST_CASE("who waits for us is never cut: newcomers beyond the room for them wait") {
    Crowd crowd(1);
    std::vector<std::unique_ptr<Client>> waiting;
    for (std::size_t number = 0; number < limits::kHttpConnectionsBeyond + 1; ++number) {
        waiting.push_back(crowd.client());
        waiting.back()->request("GET", "/held");
        REQUIRE(crowd.holds(number + 1));
    }
    auto newcomer = crowd.client();
    newcomer->request("GET", "/a");
    crowd.held.front().send({});
    CHECK(waiting.front()->answer().status == 200);
    CHECK_FALSE(newcomer->take());
    waiting.front()->leave();
    CHECK(newcomer->answer().status == 200);
}

TEST_CASE("beyond the room to wait, the oldest request of who holds most is ended, and no other") {
    Crowd crowd(100);
    const auto waits = [&](const char* from, std::size_t many) {
        auto client = crowd.client(from);
        client->request("GET", "/share");
        const std::size_t asked = crowd.held.size() + 1;
        REQUIRE(turn_until(*crowd.server, [&] { return crowd.held.size() == asked; }));
        REQUIRE(crowd.holds(many));
        return client;
    };
    auto user = waits("127.0.0.2", 1);
    auto first = waits("127.0.0.1", 2);
    auto second = waits("127.0.0.1", 3);
    auto third = waits("127.0.0.1", 3);
    CHECK(first->answer().status == 503);
    CHECK(crowd.server->counters().refused_limit == 1);
    // A stream that waits for its next bytes is cut: its client must not take it for whole.
    crowd.held[2].stream(
        {}, 10, [] {}, [] {});
    CHECK(second->answer(true).status == 200);
    REQUIRE(crowd.holds(3));
    auto fourth = waits("127.0.0.1", 3);
    CHECK(ended(*second));
    crowd.held[0].send({});
    CHECK(user->answer().status == 200);
    for (HttpReply& reply : crowd.held)
        reply.send({});
    CHECK(third->answer().status == 200);
    CHECK(fourth->answer().status == 200);
}

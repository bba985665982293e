// The HTTP server's limits on real sockets: bodies, heads, connections, idle time.
#include "http_client.hpp"

#include <chrono>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;

namespace {

std::unique_ptr<HttpServer> start_small(std::uint64_t max_body) {
    HttpOptions options;
    options.max_body_bytes = max_body;
    auto server = start_http(options);
    const auto size = [](const HttpRequest& request, HttpReply reply) {
        HttpResponse response;
        response.body = std::to_string(request.body.size());
        reply.send(response);
    };
    server->route("POST", "/a", size);
    server->route("GET", "/a", size);
    return server;
}

std::string chunked(std::size_t bytes) {
    std::string text;
    for (std::size_t at = 0; at < bytes; at += 1000)
        text += "3e8\r\n" + std::string(1000, 'x') + "\r\n";
    return text + "0\r\n\r\n";
}

}  // namespace

TEST_CASE("what is tried smaller here is as limits.hpp says where nobody wishes otherwise") {
    const HttpOptions options;
    CHECK(options.max_body_bytes == limits::kHttpBodyBytes);
    CHECK(options.max_connections == limits::kHttpConnections);
    CHECK(options.idle_seconds == limits::kHttpIdle.count());
    CHECK(options.request_seconds == limits::kHttpRequest.count());
}

TEST_CASE("a body up to the limit is taken, one byte more gets 413, and the client reads it") {
    auto server = start_small(1000);
    Client client(*server);
    client.request("POST", "/a", kChange, std::string(1000, 'x'));
    CHECK(client.answer().body == "1000");
    client.request("POST", "/a", kChange, std::string(1001, 'x'));
    const auto refused = client.answer();
    CHECK(refused.status == 413);
    CHECK(refused.body.find("1000 bytes") != std::string::npos);
    CHECK(client.get("/a").status == 200);  // the rest was read and thrown away
    CHECK(server->counters().refused_limit == 1);
}

TEST_CASE("a body sent in chunks has the same limit") {
    auto server = start_small(2000);
    Client client(*server);
    client.request("POST", "/a", std::string(kChange) + "Transfer-Encoding: chunked\r\n");
    client.send(chunked(2000));
    CHECK(client.answer().body == "2000");
    client.request("POST", "/a", std::string(kChange) + "Transfer-Encoding: chunked\r\n");
    client.send(chunked(300'000));
    CHECK(client.answer().status == 413);
    CHECK(client.get("/a").status == 200);
}

TEST_CASE("a client that asks first is refused before it sends") {
    auto server = start_small(1000);
    Client client(*server);
    client.request("POST", "/a",
                   std::string(kChange) + "Expect: 100-continue\r\nContent-Length: 1001\r\n");
    CHECK(client.answer().status == 413);
    Client other(*server);
    other.request("POST", "/a",
                  std::string(kChange) + "Expect: 100-continue\r\nContent-Length: 4\r\n");
    CHECK(other.answer(true).status == 100);
    other.send("body");
    CHECK(other.answer().body == "4");
}

TEST_CASE("a refused body beyond what is worth reading is not read") {
    auto server = start_small(1000);
    Client client(*server);
    client.request("POST", "/a",
                   std::string(kChange) +
                       "Content-Length: " + std::to_string(limits::kHttpDrainBytes + 1) + "\r\n");
    CHECK(client.answer().status == 413);
    CHECK(client.wait([&] { return client.ended(); }));
    Client endless(*server);
    endless.request("POST", "/a", std::string(kChange) + "Transfer-Encoding: chunked\r\n");
    const std::string chunk = "10000\r\n" + std::string(65536, 'x') + "\r\n";
    std::uint64_t sent = 0;
    // Cut within what the kernel buffers beyond the limit.
    while (!endless.ended() && sent < 4 * limits::kHttpDrainBytes) {
        endless.send(chunk);
        sent += chunk.size();
        endless.take();
    }
    CHECK(endless.ended());
    CHECK(sent > limits::kHttpDrainBytes);
}

TEST_CASE("a head up to the limit is taken, a larger one gets 431") {
    auto server = start_small(1000);
    Client client(*server);
    const std::string rest = "GET /a HTTP/1.1\r\nHost: 127.0.0.1\r\nX: \r\n\r\n";
    const std::size_t room = limits::kHttpHeaderBytes - rest.size();
    CHECK(client.get("/a", "X: " + std::string(room, 'x') + "\r\n").status == 200);
    const auto refused = client.get("/a", "X: " + std::string(room + 1, 'x') + "\r\n");
    CHECK(refused.status == 431);
    CHECK(refused.headers.at("content-type") == "application/problem+json");
    CHECK(server->counters().refused_limit == 1);
    Client flood(*server);
    flood.request("GET", "/a", "X: " + std::string(200'000, 'x') + "\r\n");
    CHECK(flood.answer().status == 431);
    CHECK(flood.wait([&] { return flood.ended(); }));
    Client long_path(*server);
    CHECK(long_path.get("/" + std::string(200'000, 'x')).status == 414);
}

TEST_CASE("hundreds of slow connections do not slow the others") {
    auto server = start_small(1000);
    std::vector<std::unique_ptr<Client>> slow;
    for (int number = 0; number < 400; ++number) {
        slow.push_back(std::make_unique<Client>(*server));
        CHECK(slow.back()->try_send("GET /a HTTP/1.1\r\nHost: 127"));
    }
    Client client(*server);
    for (int number = 0; number < 20; ++number)
        CHECK(client.get("/a").status == 200);
    slow.back()->send(".0.0.1\r\n\r\n");
    CHECK(slow.back()->answer().status == 200);
}

TEST_CASE("an idle connection is closed, a held one is not") {
    HttpOptions options;
    options.idle_seconds = 1;
    auto server = start_http(options);
    std::optional<HttpReply> kept;
    server->route("GET", "/a", [](const HttpRequest&, HttpReply reply) { reply.send({}); });
    server->route("GET", "/held", [&](const HttpRequest&, HttpReply reply) { kept = reply; });
    Client holding(*server);
    holding.request("GET", "/held");
    REQUIRE(turn_until(*server, [&] { return kept.has_value(); }));
    Client silent(*server);
    Client half(*server);
    half.send("GET /a HT");
    Client kept_alive(*server);
    CHECK(kept_alive.get("/a").status == 200);
    CHECK(server->next_turn_ms() > 0);
    CHECK(server->next_turn_ms() <= 1001);
    CHECK(silent.wait([&] { return silent.ended(); }));
    CHECK(half.wait([&] { return half.ended(); }));
    CHECK(kept_alive.wait([&] { return kept_alive.ended(); }));
    CHECK_FALSE(holding.take());
    CHECK_FALSE(holding.ended());
    kept->send({});
    CHECK(holding.answer().status == 200);
}

TEST_CASE("a request that trickles in for too long is cut, an upload and a held one are not") {
    HttpOptions options;
    options.request_seconds = 1;
    auto server = start_http(options);
    std::optional<HttpReply> kept;
    std::size_t uploaded = 0;
    server->route("GET", "/held", [&](const HttpRequest&, HttpReply reply) { kept = reply; });
    server->route_upload("POST", "/u", [&](const HttpRequest&, HttpReply reply) {
        return HttpSink{[&](std::string_view bytes) { return uploaded += bytes.size(), true; },
                        [reply]() mutable { reply.send({}); }};
    });
    Client holding(*server);
    holding.request("GET", "/held");
    Client uploading(*server);
    uploading.request("POST", "/u", "X-Fragcast: 1\r\nContent-Length: 100000\r\n");
    Client trickling(*server);
    trickling.send("GET /a HTTP/1.1\r\nX: ");
    using Clock = std::chrono::steady_clock;
    auto next = Clock::now();
    CHECK(trickling.wait([&] {
        if (trickling.ended() || Clock::now() < next) return trickling.ended();
        next += std::chrono::milliseconds(50);
        trickling.try_send("x");
        uploading.try_send("x");
        return false;
    }));
    CHECK(trickling.received.empty());
    uploading.take();
    CHECK_FALSE(uploading.ended());
    CHECK(uploaded > 0);
    REQUIRE(kept.has_value());
    kept->send({});
    CHECK(holding.answer().status == 200);
}

TEST_CASE("bytes that are no HTTP end their connection only") {
    // libmicrohttpd sees the end of a client that sends it with its last bytes by idle time only.
    HttpOptions options;
    options.idle_seconds = 1;
    auto server = start_http(options);
    server->route("GET", "/a", [](const HttpRequest&, HttpReply reply) { reply.send({}); });
    server->route("POST", "/a", [](const HttpRequest&, HttpReply reply) { reply.send({}); });
    std::vector<std::unique_ptr<Client>> clients;
    for (const char* bytes :
         {"", "\r\n\r\n\r\n", "GET\r\n\r\n", "\x16\x03\x01\x02\x01\x01", "GET /a HTTP/9.9\r\n\r\n",
          "POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
          "POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n",
          "POST /a HTTP/1.1\r\nHost: localhost\r\nX-Fragcast: 1\r\n"
          "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
          "GET /a HTTP/1.1\r\nno colon here\r\n\r\n"}) {
        clients.push_back(std::make_unique<Client>(*server));
        clients.back()->send(bytes);
        clients.back()->close_sending();
    }
    for (std::size_t at = 0; at < clients.size(); ++at) {
        CAPTURE(at);
        CHECK(clients[at]->wait([&] { return clients[at]->ended(); }));
    }
    Client client(*server);
    CHECK(client.get("/a").status == 200);
}

// The HTTP server on real sockets: routing, what is refused, held requests, connections.
#include "http_client.hpp"

#include <doctest/doctest.h>
#include <poll.h>

using namespace fragcast;
using namespace fragcast::test;

namespace {

// Answers with what it was asked.
void echo(const HttpRequest& request, HttpReply reply) {
    HttpResponse response;
    response.type = "text/plain";
    response.body = request.method + " " + request.path;
    for (const auto& part : request.parts)
        response.body += " [" + part + "]";
    for (const auto& [name, value] : request.query)
        response.body += " " + name + "=" + value;
    response.body += request.body;
    reply.send(std::move(response));
}

// Keeps the reply, to answer later.
HttpServer::Handler keep_in(std::optional<HttpReply>& kept, int& closed) {
    return [&](const HttpRequest&, HttpReply reply) {
        reply.on_closed([&closed] { ++closed; });
        kept = std::move(reply);
    };
}

HttpResponse text(std::string body) {
    HttpResponse response;
    response.body = std::move(body);
    return response;
}

}  // namespace

TEST_CASE("a route gets the decoded path, its parts and the query") {
    auto server = start_http();
    server->route("GET", "/a/{}/b/{*}", echo);
    Client client(*server);
    const auto answer = client.get("/a/x%20y/b/c/d?q=1%2B1");
    CHECK(answer.status == 200);
    CHECK(answer.whole);
    CHECK(answer.body == "GET /a/x y/b/c/d [x y] [c/d] q=1+1");
    CHECK(answer.headers.at("content-type") == "text/plain");
}

TEST_CASE("every answer carries the safety headers, and a route may set its own") {
    auto server = start_http();
    server->route("GET", "/a", [](const HttpRequest&, HttpReply reply) {
        HttpResponse response;
        response.headers["cache-control"] = "public";
        reply.send(response);
    });
    Client client(*server);
    for (const std::string path : {"/a", "/nothing", "/a from elsewhere"}) {
        const bool foreign = path.size() > 10;
        const auto answer =
            client.get(foreign ? "/a" : path, foreign ? "Origin: http://evil.example\r\n" : "");
        CHECK(answer.headers.at("content-security-policy").starts_with("default-src 'self';"));
        CHECK(answer.headers.at("x-content-type-options") == "nosniff");
        CHECK(answer.headers.at("referrer-policy") == "no-referrer");
        CHECK(answer.headers.at("cross-origin-resource-policy") == "same-origin");
        CHECK_FALSE(answer.headers.contains("access-control-allow-origin"));
        CHECK(answer.headers.at("cache-control") == (path == "/a" ? "public" : "no-store"));
    }
}

TEST_CASE("what is not there gets 404, a method that is not there 405 with Allow") {
    auto server = start_http();
    server->route("GET", "/a", echo);
    server->route("POST", "/a", echo);
    Client client(*server);
    const auto missing = client.get("/b");
    CHECK(missing.status == 404);
    CHECK(missing.headers.at("content-type") == "application/problem+json");
    CHECK(missing.body.find("there is nothing at /b") != std::string::npos);
    client.request("OPTIONS", "/a");
    const auto wrong = client.answer();
    CHECK(wrong.status == 405);
    CHECK(wrong.headers.at("allow") == "GET, HEAD, POST");
}

TEST_CASE("HEAD is GET without its body, and the connection goes on") {
    auto server = start_http();
    server->route("GET", "/a", echo);
    Client client(*server);
    client.request("HEAD", "/a");
    const auto head = client.answer(true);
    CHECK(head.status == 200);
    CHECK(head.headers.at("content-length") == "6");
    CHECK(client.get("/a").body == "GET /a");
    CHECK(client.received.empty());
}

TEST_CASE("a host that is not ours gets 421 before any route is asked") {
    auto server = start_http();
    bool asked = false;
    server->route("GET", "/a", [&](const HttpRequest&, HttpReply reply) {
        asked = true;
        reply.send({});
    });
    Client client(*server);
    client.send("GET /a HTTP/1.1\r\nHost: evil.example\r\n\r\n");
    CHECK(client.answer().status == 421);
    client.send("GET /nothing HTTP/1.1\r\nHost: evil.example:80\r\n\r\n");
    CHECK(client.answer().status == 421);
    client.send("GET /a HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n");
    CHECK(client.answer().status == 400);
    client.send("GET /a HTTP/1.0\r\n\r\n");
    CHECK(client.answer().status == 400);
    CHECK_FALSE(asked);
}

TEST_CASE("a name that was allowed is a host of ours") {
    HttpOptions options;
    options.allowed_hosts = {"film.example"};
    auto server = start_http(options);
    server->route("GET", "/a", echo);
    Client client(*server);
    client.send("GET /a HTTP/1.1\r\nHost: Film.example:81\r\n\r\n");
    CHECK(client.answer().status == 200);
}

TEST_CASE("what changes state needs the header that no other site can send") {
    auto server = start_http();
    server->route("POST", "/a", echo);
    Client client(*server);
    client.request("POST", "/a", "", "body");
    const auto refused = client.answer();
    CHECK(refused.status == 403);
    CHECK(refused.body.find("X-Fragcast: 1") != std::string::npos);
    client.request("POST", "/a", "X-Fragcast: 0\r\n", "body");
    CHECK(client.answer().status == 403);
    client.request("POST", "/a", "X-Fragcast: 1\r\n", "body");
    CHECK(client.answer().body == "POST /abody");
}

TEST_CASE("what a browser says of other origins' pages is believed") {
    auto server = start_http();
    server->route("POST", "/a", echo);
    server->route("GET", "/a", echo);
    Client client(*server);
    const auto post = [&](const std::string& headers) {
        client.request("POST", "/a", "X-Fragcast: 1\r\n" + headers, "");
        return client.answer().status;
    };
    CHECK(post("Origin: http://127.0.0.1\r\nSec-Fetch-Site: same-origin\r\n") == 200);
    CHECK(post("Origin: https://127.0.0.1\r\nSec-Fetch-Site: none\r\n") == 200);
    for (const std::string site : {"cross-site", "same-site", "anything"})
        CHECK(post("Sec-Fetch-Site: " + site + "\r\n") == 403);
    for (const std::string origin : {"http://evil.example", "null", "", "http://127.0.0.1:81",
                                     "http://127.0.0.1.evil.example"})
        CHECK(post("Origin: " + origin + "\r\n") == 403);
    // Links from elsewhere are followed, what its pages load is not given.
    const std::string site = "Sec-Fetch-Site: cross-site\r\n";
    CHECK(client.get("/a", site).status == 403);
    CHECK(client.get("/nothing", site).status == 403);
    CHECK(client.get("/a", site + "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n")
              .status == 200);
}

TEST_CASE("a path that leaves its place is refused") {
    auto server = start_http();
    server->route("GET", "/files/{*}", echo);
    for (const char* path : {"/files/../x", "/files/%2e%2e/x", "/files/a%2fb", "/files/a%00b",
                             "http://127.0.0.1/files/a", "/files/%0d%0aX:y"}) {
        CAPTURE(path);
        Client client(*server);
        CHECK(client.get(path).status == 400);
    }
}

TEST_CASE("a held request is answered later, beside others that are answered now") {
    auto server = start_http();
    std::optional<HttpReply> kept;
    int closed = 0;
    server->route("GET", "/held", keep_in(kept, closed));
    server->route("GET", "/a", echo);
    Client holding(*server);
    Client other(*server);
    holding.request("GET", "/held");
    REQUIRE(turn_until(*server, [&] { return kept.has_value(); }));
    CHECK(server->counters().held == 1);
    CHECK(other.get("/a").status == 200);
    CHECK_FALSE(holding.take());
    kept->send(text("late"));
    CHECK(holding.answer().body == "late");
    CHECK(closed == 1);
    CHECK(server->counters().held == 0);
    kept->send(text("again"));  // harmless
    kept.reset();
    CHECK(holding.get("/a").body == "GET /a");
}

TEST_CASE("an answer to a held request wakes who polls the descriptor, and is due at once") {
    auto server = start_http();
    std::optional<HttpReply> kept;
    int closed = 0;
    server->route("GET", "/held", keep_in(kept, closed));
    Client client(*server);
    client.request("GET", "/held");
    REQUIRE(turn_until(*server, [&] { return kept.has_value(); }));
    pollfd descriptor{server->fd(), POLLIN, 0};
    CHECK(poll(&descriptor, 1, 0) == 0);
    CHECK(server->next_turn_ms() == -1);
    kept->send(text("late"));
    CHECK(poll(&descriptor, 1, 0) == 1);
    CHECK(server->next_turn_ms() == 0);
    server->turn();
    CHECK(client.take());
    CHECK(turn_until(*server, [&] { return poll(&descriptor, 1, 0) == 0; }));
}

TEST_CASE("a client that leaves a held request is learnt of at once") {
    auto server = start_http();
    std::optional<HttpReply> kept;
    int closed = 0;
    server->route("GET", "/held", keep_in(kept, closed));
    {
        Client client(*server);
        client.request("GET", "/held");
        REQUIRE(turn_until(*server, [&] { return kept.has_value(); }));
        CHECK(closed == 0);
    }
    CHECK(turn_until(*server, [&] { return closed == 1; }));
    CHECK(server->counters().held == 0);
    kept->send(text("to nobody"));
    kept->fail();
    kept->on_closed([&] { ++closed; });  // told at once: it is over
    CHECK(closed == 2);
}

TEST_CASE("a client that leaves its second held request is learnt of too") {
    auto server = start_http();
    std::optional<HttpReply> kept;
    int closed = 0;
    server->route("GET", "/held", keep_in(kept, closed));
    Client client(*server);
    client.request("GET", "/held");
    REQUIRE(turn_until(*server, [&] { return kept.has_value(); }));
    kept->send(text("one"));
    CHECK(client.answer().body == "one");
    kept.reset();
    client.request("GET", "/held");
    REQUIRE(turn_until(*server, [&] { return kept.has_value(); }));
    client.leave();
    CHECK(turn_until(*server, [&] { return closed == 2; }));
}

TEST_CASE("a held request that is failed cuts the connection without an answer") {
    auto server = start_http();
    std::optional<HttpReply> kept;
    int closed = 0;
    server->route("GET", "/held", keep_in(kept, closed));
    Client client(*server);
    client.request("GET", "/held");
    REQUIRE(turn_until(*server, [&] { return kept.has_value(); }));
    kept->fail();
    CHECK(client.wait([&] { return client.ended(); }));
    CHECK(client.received.empty());
    CHECK(closed == 1);
}

TEST_CASE("a reply that is dropped, and a handler that throws, mean 500") {
    auto server = start_http();
    std::optional<HttpReply> kept;
    int closed = 0;
    server->route("GET", "/dropped", [](const HttpRequest&, HttpReply) {});
    server->route("GET", "/throws",
                  [](const HttpRequest&, HttpReply) { throw std::runtime_error("no"); });
    server->route("GET", "/held", keep_in(kept, closed));
    server->route("GET", "/split", [](const HttpRequest&, HttpReply reply) {
        HttpResponse response;
        response.headers["X-Name"] = "a\r\nSet-Cookie: b";
        reply.send(response);
    });
    Client client(*server);
    for (const char* path : {"/dropped", "/throws", "/split"}) {
        const auto answer = client.get(path);
        CHECK(answer.status == 500);
        CHECK_FALSE(answer.headers.contains("set-cookie"));
    }
    client.request("GET", "/held");
    REQUIRE(turn_until(*server, [&] { return kept.has_value(); }));
    kept.reset();
    CHECK(client.answer().status == 500);
}

TEST_CASE("requests of one connection share its number, those of another do not") {
    auto server = start_http();
    std::vector<std::uint64_t> numbers;
    std::string address;
    server->route("GET", "/a", [&](const HttpRequest& request, HttpReply reply) {
        numbers.push_back(request.connection);
        address = request.client;
        reply.send({});
    });
    Client one(*server);
    Client two(*server);
    one.get("/a");
    two.get("/a");
    one.get("/a");
    REQUIRE(numbers.size() == 3);
    CHECK(numbers[0] == numbers[2]);
    CHECK(numbers[0] != numbers[1]);
    CHECK(address.starts_with("127.0.0.1:"));
}

TEST_CASE("requests that come together are answered in order") {
    auto server = start_http();
    server->route("GET", "/{}", echo);
    Client client(*server);
    client.send(
        "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\nGET /b HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(client.answer().body == "GET /a [a]");
    CHECK(client.answer().body == "GET /b [b]");
}

TEST_CASE("a file of the page has a type and an etag, and is sent once to who keeps it") {
    auto server = start_http();
    server->asset("/app.js", "", "let a");
    server->asset("/app.js", "", "pressed", true);
    server->asset("/", "", "<html>");
    Client client(*server);
    const auto first = client.get("/app.js", "Accept-Encoding: gzip, br\r\n");
    CHECK(first.body == "pressed");
    CHECK(first.headers.at("content-type") == "text/javascript; charset=utf-8");
    CHECK(first.headers.at("content-encoding") == "gzip");
    const auto again = client.get(
        "/app.js", "Accept-Encoding: gzip\r\nIf-None-Match: " + first.headers.at("etag") + "\r\n");
    CHECK(again.status == 304);
    CHECK(client.get("/app.js").body == "let a");
    CHECK(client.get("/").headers.at("content-type") == "text/html; charset=utf-8");
}

TEST_CASE("the server ends while requests are held and streams are open") {
    auto server = start_http();
    std::optional<HttpReply> held;
    std::optional<HttpReply> streamed;
    int closed = 0;
    server->route("GET", "/held", keep_in(held, closed));
    server->route("GET", "/stream", [&](const HttpRequest&, HttpReply reply) {
        reply.stream({}, std::nullopt, nullptr, [&] { ++closed; });
        streamed = std::move(reply);
    });
    Client one(*server);
    Client two(*server);
    one.request("GET", "/held");
    two.request("GET", "/stream");
    REQUIRE(turn_until(*server, [&] { return held && server->counters().streams == 1; }));
    server.reset();
    CHECK(closed == 2);
    held->send(text("to nobody"));
    streamed->write(Payload(Bytes{1}));
    streamed->finish();
}

TEST_CASE("a port in use, and an address that is not ours, are said plainly") {
    auto server = start_http();
    HttpOptions options;
    options.listen = server->endpoint();
    const auto second = HttpServer::start(options);
    REQUIRE_FALSE(second.ok());
    CHECK(second.error().kind == ErrorKind::busy);
    CHECK(second.error().text.find("in use. Choose another: --http 127.0.0.1:0") !=
          std::string::npos);
    options.listen = {"192.0.2.1", 0};
    const auto foreign = HttpServer::start(options);
    REQUIRE_FALSE(foreign.ok());
    CHECK(foreign.error().kind == ErrorKind::invalid);
    options.listen = {"not-resolved.example", 0};
    const auto name = HttpServer::start(options);
    REQUIRE_FALSE(name.ok());
    CHECK(name.error().kind == ErrorKind::invalid);
}

TEST_CASE("IPv6 is served like IPv4") {
    HttpOptions options;
    options.listen = {"::1", 0};
    auto server = HttpServer::start(options);
    if (!server) {
        MESSAGE("skipped, no IPv6 here: ", server.error().text);
        return;
    }
    CHECK((*server)->endpoint().port != 0);
}

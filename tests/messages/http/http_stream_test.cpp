// Bodies that are made while they are sent: media with a known length, events without.
#include "http_client.hpp"

#include <algorithm>
#include <cstring>
#include <list>
#include <stdexcept>
#include <utility>

#include <doctest/doctest.h>
#include <poll.h>

using namespace fragcast;
using namespace fragcast::test;

namespace {

Payload payload(std::string_view text) {
    return Payload(Bytes(text.begin(), text.end()));
}

HttpResponse head(std::string type) {
    HttpResponse response;
    response.type = std::move(type);
    return response;
}

// A route /s that hands its reply to the test, streaming `length` bytes.
struct Streamed {
    explicit Streamed(std::optional<std::uint64_t> length) : server(start_http()) {
        server->route("GET", "/s", [this, length](const HttpRequest&, HttpReply its_reply) {
            reply = its_reply;
            its_reply.stream(
                head("video/mp4"), length, [this] { ++wanted; }, [this] { ++closed; });
        });
        server->route("GET", "/other",
                      [](const HttpRequest&, HttpReply its_reply) { its_reply.send({}); });
    }
    bool turn_until_wanted(int times) {
        return turn_until(*server, [&] { return wanted >= times; });
    }
    std::unique_ptr<HttpServer> server;
    std::optional<HttpReply> reply;
    int wanted = 0;
    int closed = 0;
};

}  // namespace

TEST_CASE("a stream of known length is pulled, piece by piece") {
    Streamed stream(10);
    Client client(*stream.server);
    client.request("GET", "/s");
    REQUIRE(stream.turn_until_wanted(1));
    CHECK(client.answer(true).headers.at("content-length") == "10");
    stream.reply->write(payload("hello"));
    CHECK(client.wait([&] { return client.received == "hello"; }));
    CHECK(stream.turn_until_wanted(2));
    CHECK(stream.closed == 0);
    CHECK(stream.server->counters().streams == 1);
    stream.reply->write(payload("wo"));
    stream.reply->write(payload("rld, and what is too much"));
    stream.reply->finish();
    CHECK(client.wait([&] { return client.received == "helloworld"; }));
    CHECK(turn_until(*stream.server, [&] { return stream.closed == 1; }));
    CHECK(stream.wanted == 2);
    CHECK(stream.server->counters().streams == 0);
    client.received.clear();
    CHECK(client.get("/other").status == 200);
}

TEST_CASE("a client that took all it got is not idle, for however long we stood still") {
    Streamed stream(1ULL << 30);
    Client client(*stream.server, 65536);
    client.request("GET", "/s");
    REQUIRE(stream.turn_until_wanted(1));
    stream.reply->write(payload(std::string(16 << 20, 'x')));
    // Until nothing more goes out: what is for it waits with us, and it takes nothing.
    CHECK(turn_until(*stream.server, [&] { return stream.reply->idle().count() > 50; }));
    CHECK(stream.reply->queued() > 0);
    std::size_t taken = 0;
    for (int nothing = 0; nothing < 20; ++nothing) {
        if (client.take()) nothing = 0;
        taken = client.received.size();
        (void)poll(nullptr, 0, 1);
    }
    CHECK(taken > 65536);
    CHECK(stream.reply->idle().count() == 0);
    (void)poll(nullptr, 0, 60);  // there is nothing that it could take
    CHECK(stream.reply->idle().count() == 0);
}

TEST_CASE("want_more may write at once, for as long as the client takes") {
    auto server = start_http();
    const std::uint64_t size = 5'000'000;
    std::uint64_t made = 0;
    std::optional<HttpReply> kept;
    const auto bytes = payload(std::string(70'000, 'x'));
    server->route("GET", "/s", [&](const HttpRequest&, HttpReply reply) {
        kept = reply;
        reply.stream(
            head("video/mp4"), size,
            [&] {
                const auto next = std::min<std::uint64_t>(bytes.size(), size - made);
                made += next;
                kept->write(Payload(bytes.data(), next, nullptr));
                if (made == size) kept->finish();
            },
            nullptr);
    });
    Client client(*server);
    const auto answer = client.get("/s");
    CHECK(answer.whole);
    CHECK(answer.body == std::string(size, 'x'));
}

TEST_CASE("a client that does not take makes the stream wait, not grow") {
    auto server = start_http();
    std::uint64_t made = 0;
    std::optional<HttpReply> kept;
    const auto bytes = payload(std::string(256 * 1024, 'x'));
    server->route("GET", "/s", [&](const HttpRequest&, HttpReply reply) {
        kept = reply;
        reply.stream(
            head("video/mp4"), 1ULL << 30,
            [&] {
                made += bytes.size();
                kept->write(bytes.share());
            },
            nullptr);
    });
    server->route("GET", "/other", [](const HttpRequest&, HttpReply reply) { reply.send({}); });
    Client slow(*server, 4096);
    Client other(*server);
    slow.request("GET", "/s");
    // Until the kernel's buffers are full: what is asked for stays the same over an answer.
    std::uint64_t before = 0;
    for (int calm = 0; calm < 3; calm = made == before ? calm + 1 : 0) {
        before = made;
        REQUIRE(other.get("/other").status == 200);
        REQUIRE(made < (64U << 20));
    }
    CHECK(kept->queued() <= 1);
    CHECK(slow.wait([&] { return slow.received.size() > before; }));
    CHECK(made > before);
}

TEST_CASE("fail, and a finish before the length, cut the connection") {
    for (const bool by_fail : {true, false}) {
        CAPTURE(by_fail);
        Streamed stream(10);
        Client client(*stream.server);
        client.request("GET", "/s");
        REQUIRE(stream.turn_until_wanted(1));
        stream.reply->write(payload("hel"));
        REQUIRE(client.wait([&] { return client.received.ends_with("hel"); }));
        by_fail ? stream.reply->fail() : stream.reply->finish();
        CHECK(client.wait([&] { return client.ended(); }));
        CHECK(stream.closed == 1);
        CHECK(client.received.ends_with("hel"));
    }
}

TEST_CASE("a stream that loses its last reply is cut") {
    Streamed stream(10);
    Client client(*stream.server);
    client.request("GET", "/s");
    REQUIRE(stream.turn_until_wanted(1));
    stream.reply.reset();
    CHECK(client.wait([&] { return client.ended(); }));
    CHECK(stream.closed == 1);
}

TEST_CASE("events are sent as they come, without length, to a proper end") {
    Streamed stream(std::nullopt);
    Client client(*stream.server);
    client.request("GET", "/s");
    REQUIRE(stream.turn_until_wanted(1));
    stream.reply->write(payload("data: 1\n\n"));
    CHECK(client.wait([&] { return client.received.find("data: 1\n\n") != std::string::npos; }));
    stream.reply->write(payload("data: 2\n\n"));
    CHECK(client.wait([&] { return client.received.find("data: 2\n\n") != std::string::npos; }));
    stream.reply->finish();
    const auto answer = client.answer();
    CHECK(answer.whole);
    CHECK(answer.headers.at("transfer-encoding") == "chunked");
    CHECK(answer.body == "data: 1\n\ndata: 2\n\n");
    CHECK(client.get("/other").status == 200);
}

TEST_CASE("an event stream that fails has no last chunk") {
    Streamed stream(std::nullopt);
    Client client(*stream.server);
    client.request("GET", "/s");
    REQUIRE(stream.turn_until_wanted(1));
    stream.reply->write(payload("data: 1\n\n"));
    REQUIRE(client.wait([&] { return client.received.find("data: 1") != std::string::npos; }));
    stream.reply->fail();
    CHECK_FALSE(client.answer().whole);
    CHECK(client.ended());
}

TEST_CASE("a client that leaves an idle stream is learnt of at once") {
    for (const auto length : {std::optional<std::uint64_t>(10), std::optional<std::uint64_t>()}) {
        Streamed stream(length);
        {
            Client client(*stream.server);
            client.request("GET", "/s");
            REQUIRE(stream.turn_until_wanted(1));
        }
        CHECK(turn_until(*stream.server, [&] { return stream.closed == 1; }));
        stream.reply->write(payload("to nobody"));
        CHECK(stream.reply->queued() == 0);
    }
}

TEST_CASE("a client that leaves in the middle of sending is learnt of too") {
    auto server = start_http();
    int closed = 0;
    std::optional<HttpReply> kept;
    const auto bytes = payload(std::string(256 * 1024, 'x'));
    server->route("GET", "/s", [&](const HttpRequest&, HttpReply reply) {
        kept = reply;
        reply.stream(
            head("video/mp4"), 1ULL << 30, [&] { kept->write(bytes.share()); }, [&] { ++closed; });
    });
    Client client(*server);
    client.request("GET", "/s");
    REQUIRE(client.wait([&] { return client.received.size() > 1'000'000; }));
    client.leave();
    CHECK(turn_until(*server, [&] { return closed == 1; }));
}

TEST_CASE("HEAD of a stream has its head and pulls nothing") {
    Streamed stream(10);
    Client client(*stream.server);
    client.request("HEAD", "/s");
    CHECK(client.answer(true).headers.at("content-length") == "10");
    CHECK(turn_until(*stream.server, [&] { return stream.closed == 1; }));
    CHECK(stream.wanted == 0);
    CHECK(client.get("/other").status == 200);
}

TEST_CASE("an empty stream is whole at once") {
    Streamed stream(0);
    Client client(*stream.server);
    const auto answer = client.get("/s");
    CHECK(answer.status == 200);
    CHECK(answer.whole);
    CHECK(turn_until(*stream.server, [&] { return stream.closed == 1; }));
}

TEST_CASE("a held request may become a stream later") {
    auto server = start_http();
    std::optional<HttpReply> kept;
    int held_closed = 0;
    int stream_closed = 0;
    server->route("GET", "/s", [&](const HttpRequest&, HttpReply reply) {
        reply.on_closed([&] { ++held_closed; });
        kept = reply;
    });
    Client client(*server);
    client.request("GET", "/s");
    REQUIRE(turn_until(*server, [&] { return kept.has_value(); }));
    kept->stream(head("video/mp4"), 3, nullptr, [&] { ++stream_closed; });
    kept->write(payload("abc"));
    kept->finish();
    CHECK(client.answer().body == "abc");
    CHECK(turn_until(*server, [&] { return stream_closed == 1; }));
    CHECK(held_closed == 0);
}

TEST_CASE("what is written beyond the stream's limit cuts it") {
    Streamed stream(std::nullopt);
    Client client(*stream.server);
    client.request("GET", "/s");
    REQUIRE(stream.turn_until_wanted(1));
    const auto mebibyte = payload(std::string(1 << 20, 'x'));
    for (std::uint64_t written = 0; written < limits::kHttpStreamBytes; written += 1 << 20)
        stream.reply->write(mebibyte.share());
    CHECK(stream.server->counters().refused_limit == 0);
    stream.reply->write(payload("y"));
    CHECK(stream.server->counters().refused_limit == 1);
    CHECK(client.wait([&] { return client.ended(); }));
    CHECK(turn_until(*stream.server, [&] { return stream.closed == 1; }));
}

TEST_CASE("lists are made kListPiecesPerTurn pieces a turn, of all who ask, and arrive whole") {
    const auto server = start_http();
    int made = 0;
    server->route("GET", "/list", [&](const HttpRequest&, HttpReply reply) {
        reply.send_text([&made, left = 20]() mutable -> std::optional<std::string> {
            if (left-- == 0) return std::nullopt;
            ++made;
            return std::string(limits::kListPieceBytes, 'x');
        });
    });
    std::list<Client> clients;
    for (int i = 0; i < 2 * limits::kListPiecesPerTurn; ++i)
        clients.emplace_back(*server).request("GET", "/list");
    int most = 0;
    for (int before = 0; made < 20; before = made) {
        server->turn();
        most = std::max(most, made - before);
    }
    CHECK(most > limits::kListPiecesPerTurn);       // a first piece looks for the second …
    CHECK(most <= 2 * limits::kListPiecesPerTurn);  // … and so counts for two
    for (Client& client : clients) {
        const Answer answer = client.answer();
        CHECK(answer.whole);
        CHECK(answer.body.size() == 20 * limits::kListPieceBytes);
    }
}

TEST_CASE("a list that cannot be made is cut, and its server goes on") {
    const auto server = start_http();
    server->route("GET", "/list", [](const HttpRequest&, HttpReply reply) {
        reply.send_text([first = true]() mutable -> std::optional<std::string> {
            if (!std::exchange(first, false)) throw std::runtime_error("gone");
            return std::string(limits::kListPieceBytes, 'x');
        });
    });
    Client client(*server);
    CHECK_FALSE(client.get("/list").whole);
    Client other(*server);
    CHECK(other.get("/nothing").status == 404);
}

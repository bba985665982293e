// Large bodies taken in pieces, with the client slowed down to what their sink takes.
#include "http_client.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;

namespace {

// A route POST /u whose sink counts, and says `ready` to each piece.
struct Uploaded {
    Uploaded() : server(start_http()) {
        server->route_upload("POST", "/u", [this](const HttpRequest&, HttpReply its_reply) {
            reply = its_reply;
            its_reply.on_closed([this] { ++closed; });
            if (refuse_with != 0) its_reply.send(problem(refuse_with, "not this"));
            return HttpSink{[this](std::string_view bytes) {
                                received += bytes.size();
                                largest = std::max(largest, bytes.size());
                                if (refuse_after != 0 && received >= refuse_after)
                                    reply->send(problem(507, "the disk is full"));
                                return ready;
                            },
                            [this] {
                                ended = true;
                                HttpResponse response;
                                response.body = std::to_string(received);
                                reply->send(response);
                            }};
        });
        server->route("GET", "/other",
                      [](const HttpRequest&, HttpReply its_reply) { its_reply.send({}); });
    }
    void begin(Client& client, std::uint64_t length, std::string_view more = "") const {
        client.request("POST", "/u",
                       std::string(kChange) + "Content-Length: " + std::to_string(length) + "\r\n" +
                           std::string(more));
    }

    std::unique_ptr<HttpServer> server;
    std::optional<HttpReply> reply;
    bool ready = true;
    int refuse_with = 0;
    std::uint64_t refuse_after = 0;
    std::uint64_t received = 0;
    std::size_t largest = 0;
    bool ended = false;
    int closed = 0;
};

}  // namespace

TEST_CASE("an upload comes in pieces, then is answered") {
    Uploaded upload;
    Client client(*upload.server);
    upload.begin(client, 20'000'000);
    client.send(std::string(20'000'000, 'x'));
    const auto answer = client.answer();
    CHECK(answer.body == "20000000");
    CHECK(upload.largest <= 64 * 1024);
    CHECK(turn_until(*upload.server, [&] { return upload.closed == 1; }));
    CHECK(client.get("/other").status == 200);
}

TEST_CASE("an upload without a body is whole at once") {
    Uploaded upload;
    Client client(*upload.server);
    client.request("POST", "/u", kChange);
    CHECK(client.answer().body == "0");
}

TEST_CASE("a sink that is not ready stops the client until it asks for more") {
    Uploaded upload;
    upload.ready = false;
    Client client(*upload.server);
    Client other(*upload.server);
    upload.begin(client, 30'000'000);
    const std::string body(30'000'000, 'x');
    std::string_view rest = body;
    // Until the kernel's buffers are full.
    std::size_t sent = 0;
    while (client.try_send(rest.substr(0, 65536))) {
        rest.remove_prefix(std::min<std::size_t>(rest.size(), 65536));
        sent += 65536;
        REQUIRE(sent < body.size());
    }
    REQUIRE(turn_until(*upload.server, [&] { return upload.received > 0; }));
    const auto before = upload.received;
    CHECK(other.get("/other").status == 200);
    CHECK(other.get("/other").status == 200);
    CHECK(upload.received == before);
    CHECK(upload.received <= 64 * 1024);
    upload.reply->more();
    CHECK(turn_until(*upload.server, [&] { return upload.received > before; }));
    CHECK(upload.received <= 2 * before + 64 * 1024);
    CHECK_FALSE(upload.ended);
}

TEST_CASE("every piece of an upload may wait, and the end comes all the same") {
    Uploaded upload;
    upload.ready = false;
    Client client(*upload.server);
    upload.begin(client, 100'000);
    REQUIRE(client.try_send(std::string(100'000, 'x')));
    std::uint64_t seen = 0;
    while (!upload.ended) {
        REQUIRE(turn_until(*upload.server, [&] { return upload.received > seen || upload.ended; }));
        seen = upload.received;
        upload.reply->more();
    }
    CHECK(client.answer().body == "100000");
}

TEST_CASE("an upload is refused before its body when the client asks first") {
    Uploaded upload;
    upload.refuse_with = 409;
    Client client(*upload.server);
    upload.begin(client, 1000, "Expect: 100-continue\r\n");
    CHECK(client.answer().status == 409);
    CHECK(upload.received == 0);
}

TEST_CASE("an upload needs the header that no other site can send") {
    Uploaded upload;
    Client client(*upload.server);
    client.request("POST", "/u", "", "body");
    CHECK(client.answer().status == 403);
    CHECK_FALSE(upload.reply.has_value());
}

TEST_CASE("an upload refused in the middle is read to its end, unseen, for the answer to arrive") {
    Uploaded upload;
    upload.refuse_after = 100'000;
    Client client(*upload.server);
    upload.begin(client, 3'000'000);
    client.send(std::string(3'000'000, 'x'));
    const auto answer = client.answer();
    CHECK(answer.status == 507);
    CHECK(upload.received < 200'000);
    CHECK_FALSE(upload.ended);
    CHECK(client.get("/other").status == 200);
}

TEST_CASE("a client that leaves an upload, going on or waiting, is learnt of") {
    for (const bool ready : {true, false}) {
        CAPTURE(ready);
        Uploaded upload;
        upload.ready = ready;
        Client client(*upload.server);
        upload.begin(client, 100'000);
        REQUIRE(client.try_send("some"));
        REQUIRE(turn_until(*upload.server, [&] { return upload.received > 0; }));
        client.leave();
        CHECK(turn_until(*upload.server, [&] { return upload.closed == 1; }));
        CHECK_FALSE(upload.ended);
        upload.reply->more();
    }
}

TEST_CASE("a client whose last bytes and end come together is learnt of") {
    Uploaded upload;
    upload.ready = false;
    Client client(*upload.server);
    upload.begin(client, 100'000);
    REQUIRE(client.try_send("some"));
    REQUIRE(turn_until(*upload.server, [&] { return upload.received > 0; }));
    REQUIRE(client.try_send("more"));
    client.leave();
    upload.ready = true;
    upload.reply->more();  // before the server could see that it has left
    CHECK(turn_until(*upload.server, [&] { return upload.closed == 1; }));
    CHECK(upload.received == 8);

    // Nor does it take that the upload waited before.
    Client quick(*upload.server);
    upload.begin(quick, 100'000, "\r\nsome");
    quick.leave();
    CHECK(turn_until(*upload.server, [&] { return upload.closed == 2; }));
    CHECK_FALSE(upload.ended);
}

TEST_CASE("the server ends while an upload waits") {
    Uploaded upload;
    upload.ready = false;
    Client client(*upload.server);
    upload.begin(client, 100'000);
    REQUIRE(client.try_send("some"));
    REQUIRE(turn_until(*upload.server, [&] { return upload.received > 0; }));
    upload.server.reset();
    CHECK(upload.closed == 1);
}

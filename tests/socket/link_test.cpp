// Whole messages over real sockets: there, back, by topic, with payload, and to nobody.
#include "tests/socket/link_pair.hpp"

#include <algorithm>
#include <memory>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;

TEST_CASE("a message and its payload cross and are answered over the same connection") {
    zmq::context_t context;
    auto router = socket_of(context, zmq::socket_type::router);
    auto dealer = socket_of(context, zmq::socket_type::dealer);
    REQUIRE(connect_socket(dealer, bound(router)));

    for (const std::size_t size : {std::size_t{1}, std::size_t{4095}, std::size_t{256 * 1024}}) {
        const Bytes bytes(size, 0x5A);
        REQUIRE(send_message(dealer, data(7), Payload(bytes)) == SendResult::sent);
        const Received asked = next_good(router);
        CHECK(asked.message == data(7));
        CHECK(std::ranges::equal(asked.payload.view(), bytes));

        REQUIRE(send_message(router, message(Pong{}, 2), {}, &asked.from) == SendResult::sent);
        const Received answer = next_good(dealer);
        CHECK(answer.message == message(Pong{}, 2));
        CHECK(answer.payload.empty());
        CHECK(answer.from.empty());
    }
}

TEST_CASE("a large payload is not copied, and its owner is released once it is sent") {
    zmq::context_t context;
    auto router = socket_of(context, zmq::socket_type::router);
    auto dealer = socket_of(context, zmq::socket_type::dealer);
    REQUIRE(connect_socket(dealer, bound(router)));

    auto buffer = std::make_shared<Bytes>(256 * 1024, 0x11);
    const std::weak_ptr<Bytes> watch = buffer;
    Payload payload(buffer->data(), buffer->size(), buffer);
    buffer.reset();
    REQUIRE(send_message(dealer, data(0), std::move(payload)) == SendResult::sent);
    CHECK(next_good(router).payload.size() == 256 * 1024);
    Loop loop;
    CHECK(loop.run_until([&] { return watch.expired(); }, 60s));
}

TEST_CASE("an announcement arrives under its topic only") {
    zmq::context_t context;
    auto pub = socket_of(context, zmq::socket_type::xpub);
    auto sub = socket_of(context, zmq::socket_type::sub);
    REQUIRE(connect_socket(sub, bound(pub)));
    sub.set(zmq::sockopt::subscribe, "peer.alive.");
    zmq::message_t subscription;
    REQUIRE(pub.recv(subscription));

    const std::string other = "viewer.entered.x.";
    const std::string topic = "peer.alive.x.";
    CHECK(send_message(pub, message(ViewerEntered{}), {}, nullptr, &other) == SendResult::sent);
    CHECK(send_message(pub, message(PeerAlive{}), {}, nullptr, &topic) == SendResult::sent);
    const Received got = next_good(sub);
    CHECK(got.topic == topic);
    CHECK(got.message == message(PeerAlive{}));
}

TEST_CASE("a router says that it does not know a connection, or does not any more") {
    zmq::context_t context;
    auto router = socket_of(context, zmq::socket_type::router);
    const Endpoint endpoint = bound(router);
    const RoutingId nobody = "nobody";
    CHECK(send_message(router, message(Ping{}), {}, &nobody) == SendResult::unreachable);

    RoutingId gone;
    {
        auto dealer = socket_of(context, zmq::socket_type::dealer);
        REQUIRE(connect_socket(dealer, endpoint));
        REQUIRE(send_message(dealer, message(Ping{})) == SendResult::sent);
        gone = next_good(router).from;
        CHECK(send_message(router, message(Pong{}), {}, &gone) == SendResult::sent);
    }
    Loop loop;
    const auto lost = [&] {
        return send_message(router, message(Pong{}), {}, &gone) == SendResult::unreachable;
    };
    // A turn of the loop at least each millisecond, or the condition would not be looked at again.
    std::function<void()> tick = [&] { loop.at(Loop::now() + 1ms, tick); };
    tick();
    CHECK(loop.run_until(lost, 60s));
}

TEST_CASE("binding says what is wrong and what to do") {
    zmq::context_t context;
    auto first = socket_of(context, zmq::socket_type::router);
    const Endpoint taken = bound(first);
    auto second = socket_of(context, zmq::socket_type::router);

    const auto in_use = bind_socket(second, taken, "--listen");
    REQUIRE_FALSE(in_use);
    CHECK(in_use.error().kind == ErrorKind::busy);
    CHECK(in_use.error().text.starts_with("cannot bind " + taken.text() + ": in use. Choose " +
                                          "another: --listen tcp://127.0.0.1:"));
    const auto elsewhere = bind_socket(second, {"192.0.2.1", 5550}, "--listen");
    REQUIRE_FALSE(elsewhere);
    CHECK(elsewhere.error().kind == ErrorKind::invalid);
    CHECK(elsewhere.error().text ==
          "cannot bind tcp://192.0.2.1:5550: not an address of this machine. Choose another: "
          "--listen tcp://192.0.2.1:6550");

    const auto by_name = bind_socket(second, {"localhost", 0}, "--listen");
    REQUIRE(by_name);
    CHECK(by_name->host == "127.0.0.1");
}

TEST_CASE("names are never given to libzmq to connect to, nor is port 0") {
    zmq::context_t context;
    auto dealer = socket_of(context, zmq::socket_type::dealer);
    for (const Endpoint& endpoint : {Endpoint{"example.org", 5550}, Endpoint{"127.0.0.1", 0}}) {
        const auto status = connect_socket(dealer, endpoint);
        REQUIRE_FALSE(status);
        CHECK(status.error().kind == ErrorKind::invalid);
    }
}

TEST_CASE("links work over IPv6 too") {
    zmq::context_t context;
    auto router = socket_of(context, zmq::socket_type::router);
    const auto endpoint = bind_socket(router, {"::1", 0}, "--listen");
    if (!endpoint) {
        MESSAGE("skipped: this machine has no ::1 (" << endpoint.error().text << ")");
        return;
    }
    auto dealer = socket_of(context, zmq::socket_type::dealer);
    REQUIRE(connect_socket(dealer, *endpoint));
    REQUIRE(send_message(dealer, message(Ping{})) == SendResult::sent);
    CHECK(next_good(router).message == message(Ping{}));
}

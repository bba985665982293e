// A whole bus on real sockets: joining, announcing, strangers, many peers, and a sudden end.
#include "messages/wire/limits.hpp"
#include "messages/wire/topic.hpp"
#include "tests/socket/running_bus.hpp"

#include <deque>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;

namespace {

AssetRecord film() {
    AssetRecord record;
    record.id = asset_id(0x10);
    record.name = "film";
    record.fragments = 10;
    return record;
}

std::uint64_t counter(BusGuest& guest, const std::string& name) {
    for (const auto& one : guest.ask<Stats>(AskStats{}).counters)
        if (one.name == name) return one.value;
    return 0;
}

}  // namespace

TEST_CASE("peers join, find each other's holdings, and leave; subscribers are told") {
    RunningBus bus;
    BusGuest first(bus, 1), second(bus, 2);
    const auto welcome = first.ask<Welcome>(first.join({{film(), {{0, 4}}}}));
    CHECK(welcome.settling);
    CHECK(welcome.in_port == bus.in().port);
    CHECK(welcome.out_port == bus.out().port);

    zmq::context_t context;
    auto sub = socket_of(context, zmq::socket_type::sub);
    sub.set(zmq::sockopt::subscribe, "");
    REQUIRE(connect_socket(sub, bus.out()));
    std::vector<Message> told;
    const auto announced = [&](const Body& body) {
        return bus.until([&] {
            while (auto got = receive_message(sub))
                told.push_back(std::get<Received>(*got).message);
            return std::any_of(told.begin(), told.end(),
                               [&](const Message& one) { return one.body == body; });
        });
    };
    // The subscription is there when the counters come, every 5 s: the bus speaks by itself.
    REQUIRE(bus.until(
        [&] {
            auto got = receive_message(sub);
            return got && std::holds_alternative<BusStats>(std::get<Received>(*got).message.body);
        },
        60s));

    second.ask<Welcome>(second.join());
    CHECK(announced(PeerJoined{second.self()}));
    const auto located = second.ask<Located>(Locate{RequestId{3}, {}, "film", 2});
    REQUIRE(located.holders.size() == 1);
    CHECK(located.holders[0].peer == first.self());
    first.ask<Ack>(Leave{RequestId{4}});
    CHECK(announced(PeerLeft{first.self().id, false}));
}

TEST_CASE("after a sudden end and a start at the same address, a peer is told to join again") {
    RunningBus bus{RunningBus::Lasting{}};
    const Endpoint directory = bus.directory();
    BusGuest guest(bus, 1);
    guest.ask<Welcome>(guest.join({{film(), {{0, 4}}}}));
    bus.kill();
    bus.start(directory);

    // The same socket reaches the new bus by itself.
    const auto ack = guest.ask<HeartbeatAck>(Heartbeat{});
    CHECK_FALSE(ack.known);
    CHECK(ack.settling);
    CHECK(guest.ask<Located>(Locate{{}, {}, "film", -1}).found == Found::settling);
    CHECK(guest.ask<Welcome>(guest.join({{film(), {{0, 4}}}})).settling);
    CHECK(guest.ask<Located>(Locate{{}, {}, "film", -1}).found == Found::ok);
}

TEST_CASE("what strangers send is counted and costs nobody else") {
    RunningBus bus;
    BusGuest guest(bus, 1);
    guest.ask<Welcome>(guest.join());

    zmq::context_t context;
    zmq::socket_t stranger(context, zmq::socket_type::dealer);
    stranger.set(zmq::sockopt::linger, 0);
    stranger.connect(bus.directory().text());
    const Bytes ping = encode(message(Ping{}));
    stranger.send(zmq::str_buffer("GET / HTTP/1.1"), zmq::send_flags::none);
    stranger.send(zmq::buffer(ping), zmq::send_flags::sndmore);
    stranger.send(zmq::buffer(ping), zmq::send_flags::none);
    stranger.send(zmq::buffer(ping), zmq::send_flags::none);  // not for a directory
    CHECK(bus.until([&] { return counter(guest, "garbage") == 3; }));
    const Bytes huge(limits::kMaxFrameBytes + 1, 0);
    stranger.send(zmq::buffer(huge), zmq::send_flags::none);
    // It reconnects by itself; what it said meanwhile may be lost with the old connection.
    CHECK(bus.until([&] {
        stranger.send(zmq::str_buffer("here again"), zmq::send_flags::dontwait);
        return counter(guest, "garbage") > 3;
    }));

    stranger.close();
    const std::uint64_t dealers = counter(guest, "garbage");
    zmq::socket_t publisher(context, zmq::socket_type::pub);
    publisher.set(zmq::sockopt::linger, 0);
    publisher.connect(bus.in().text());
    CHECK(bus.until([&] {
        publisher.send(zmq::str_buffer("nonsense"), zmq::send_flags::none);
        return counter(guest, "garbage") > dealers;
    }));
    publisher.send(zmq::buffer(huge), zmq::send_flags::none);
    const std::uint64_t before = counter(guest, "garbage");
    CHECK(bus.until([&] {
        publisher.send(zmq::str_buffer("nonsense"), zmq::send_flags::none);
        return counter(guest, "garbage") > before;
    }));
    CHECK(guest.ask<HeartbeatAck>(Heartbeat{}).known);
}

TEST_CASE("announcements that are forwarded get into the record") {
    RunningBus bus;
    BusGuest guest(bus, 1);
    guest.ask<Welcome>(guest.join());
    zmq::context_t context;
    auto pub = socket_of(context, zmq::socket_type::pub);
    REQUIRE(connect_socket(pub, bus.in()));
    const Message entered{{guest.self().id, Epoch{1}, Sequence{0}}, ViewerEntered{}};
    const std::string topic = topic_of(entered);
    std::vector<EventRecord> events;
    CHECK(bus.until([&] {
        REQUIRE(send_message(pub, entered, {}, nullptr, &topic) == SendResult::sent);
        events = guest.ask<Events>(AskEvents{RequestId{1}, 2, 0}).events;
        return !events.empty();
    }));
    REQUIRE_FALSE(events.empty());
    CHECK(events[0].text == "somebody opened the page of peer1");
}

TEST_CASE("many peers at once: all are in, and each is told of all") {
    RunningBus bus;
    constexpr std::uint32_t kPeers = 300;
    std::deque<BusGuest> guests;
    for (std::uint32_t i = 0; i < kPeers; ++i) {
        guests.emplace_back(bus, i);
        guests.back().say(guests.back().join({{film(), {{i % 10, i % 10 + 1}}}}));
    }
    std::size_t welcomed = 0;
    CHECK(bus.until(
        [&] {
            for (BusGuest& guest : guests)
                if (receive_message(guest.socket())) ++welcomed;
            return welcomed == kPeers;
        },
        60s));
    CHECK(guests[0].ask<Peers>(ListPeers{}).peers.size() == kPeers);
    CHECK(guests[0].ask<Located>(Locate{{}, {}, "film", 3}).holders.size() == kPeers / 10);
}

TEST_CASE("a port that is taken is named, with one that may be free") {
    const SignalMask mask;
    RunningBus first;
    for (const int offset : {0, 1, 2}) {
        BusOptions options;
        options.listen = first.in();
        options.listen.port = static_cast<std::uint16_t>(first.in().port - offset);
        options.http.reset();
        Bus second(options);
        const auto started = second.start();
        REQUIRE_FALSE(started);
        CHECK(started.error().kind == ErrorKind::busy);
        CHECK(started.error().text.starts_with("cannot bind tcp://127.0.0.1:"));
        CHECK(started.error().text.find(": in use. Choose another: --listen tcp://127.0.0.1:") !=
              std::string::npos);
    }
}

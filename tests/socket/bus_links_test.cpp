// Connections to a bus, with raw sockets in its place.
#include "peer/links/bus_links.hpp"

#include "messages/wire/limits.hpp"
#include "messages/wire/topic.hpp"
#include "wait.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;
using namespace std::chrono_literals;

namespace {

struct Diary : BusLinks::Owner {
    void bus_message(BusId, Received& received) override { messages.push_back(received.message); }
    void announcement(BusId, Received& received) override {
        announcements.push_back(received.message);
    }
    void bus_failed(BusId, const Error& why) override { failures.push_back(why.text); }
    void bus_garbage(BusId, const DecodeError&) override { ++garbage; }

    std::vector<Message> messages, announcements;
    std::vector<std::string> failures;
    int garbage = 0;
};

Endpoint bind(zmq::socket_t& socket) {
    socket.set(zmq::sockopt::linger, 0);
    socket.bind("tcp://127.0.0.1:*");
    return parse_endpoint(socket.get(zmq::sockopt::last_endpoint).c_str(), "test").value();
}

// A bus's three sockets, without a bus behind them.
struct RawBus {
    explicit RawBus(zmq::context_t& context)
        : directory(context, zmq::socket_type::router),
          in(context, zmq::socket_type::xsub),
          out(context, zmq::socket_type::xpub) {
        at = bind(directory);
        in_port = bind(in).port;
        out_port = bind(out).port;
        in.send(zmq::str_buffer("\x01"), zmq::send_flags::none);  // everything
    }
    zmq::socket_t directory, in, out;
    Endpoint at;
    std::uint16_t in_port = 0, out_port = 0;
};

struct Stage {
    explicit Stage(std::vector<Endpoint> buses)
        : links(context, loop, resolver, std::move(buses), diary) {}
    bool wait(const std::function<bool()>& condition) { return wait_for(loop, condition); }

    zmq::context_t context;
    Loop loop;
    Resolver resolver{loop};
    Diary diary;
    BusLinks links;
};

std::optional<Received> hear(zmq::socket_t& socket) {
    auto got = receive_message(socket);
    if (!got || !std::holds_alternative<Received>(*got)) return std::nullopt;
    return std::move(std::get<Received>(*got));
}

}  // namespace

TEST_CASE("bus links: what is said before the connection is up arrives, and is answered") {
    zmq::context_t context;
    RawBus bus(context);
    Stage stage({{"localhost", bus.at.port}});
    stage.links.connect(BusId{0});
    stage.links.send(BusId{0}, {{}, Heartbeat{}});
    std::optional<Received> heard;
    REQUIRE(stage.wait([&] { return (heard = hear(bus.directory)).has_value(); }));
    CHECK(kind_of(heard->message.body) == Kind::heartbeat);
    CHECK(send_message(bus.directory, {{}, HeartbeatAck{true, true, false}}, {}, &heard->from) ==
          SendResult::sent);
    CHECK(stage.wait([&] { return stage.diary.messages.size() == 1; }));
    CHECK(stage.diary.failures.empty());
}

TEST_CASE("bus links: kSendQueueMessages wait for a connection and arrive; one more is a failure") {
    for (const bool more : {false, true}) {
        CAPTURE(more);
        zmq::context_t context;
        RawBus bus(context);
        Stage stage({bus.at});
        stage.links.connect(BusId{0});
        for (std::size_t i = 0; i < limits::kSendQueueMessages + (more ? 1 : 0); ++i)
            stage.links.send(BusId{0}, {{}, Heartbeat{}});
        std::size_t heard = 0;
        REQUIRE(stage.wait([&] {
            while (hear(bus.directory))
                ++heard;
            return !stage.diary.failures.empty() || heard == limits::kSendQueueMessages;
        }));
        CHECK(stage.diary.failures.empty() != more);
    }
}

TEST_CASE("bus links: an absent bus is refused, each time it is tried") {
    Stage stage({nobody()});
    for (std::size_t tries = 1; tries <= 3; ++tries) {
        stage.links.connect(BusId{0});
        REQUIRE(stage.wait([&] { return stage.diary.failures.size() == tries; }));
        CHECK(stage.diary.failures.back() == "refused");
    }
}

TEST_CASE("bus links: a bus that dies is told, and found again at the same address") {
    Stage stage({{"127.0.0.1", 0}});
    auto context = std::make_unique<zmq::context_t>();
    auto bus = std::make_unique<RawBus>(*context);
    const Endpoint at = bus->at;
    Diary diary;
    BusLinks links(stage.context, stage.loop, stage.resolver, {at}, diary);
    links.connect(BusId{0});
    links.send(BusId{0}, {{}, Heartbeat{}});
    REQUIRE(stage.wait([&] { return hear(bus->directory).has_value(); }));
    bus.reset();
    context.reset();  // all its connections are closed now
    REQUIRE(stage.wait([&] { return diary.failures.size() == 1; }));
    CHECK(diary.failures.front() == "connection lost");

    zmq::context_t second;
    zmq::socket_t directory(second, zmq::socket_type::router);
    directory.set(zmq::sockopt::linger, 0);
    directory.bind(at.text());
    links.connect(BusId{0});
    links.send(BusId{0}, {{}, Heartbeat{}});
    CHECK(stage.wait([&] { return hear(directory).has_value(); }));
}

TEST_CASE("bus links: announcements go out and come in under their topics") {
    zmq::context_t context;
    RawBus bus(context);
    Stage stage({bus.at});
    stage.links.connect(BusId{0});
    stage.links.send(BusId{0}, {{}, Heartbeat{}});
    REQUIRE(stage.wait([&] { return hear(bus.directory).has_value(); }));
    stage.links.connect_forwarder(BusId{0}, bus.in_port, bus.out_port);
    zmq::message_t topic;
    REQUIRE(stage.wait([&] {
        stage.links.publish({{}, PeerLeaving{}});
        return bus.in.recv(topic, zmq::recv_flags::dontwait).has_value();
    }));
    CHECK(topic.to_string().starts_with("peer.leaving."));

    // Each subscription is told to the forwarder before anything can come through.
    std::size_t subscriptions = 0;
    REQUIRE(stage.wait([&] {
        zmq::message_t subscription;
        while (bus.out.recv(subscription, zmq::recv_flags::dontwait))
            ++subscriptions;
        return subscriptions >= std::size(kSubscriptions);
    }));
    const Message joined{{}, PeerJoined{}};
    const std::string under = topic_of(joined);
    CHECK(send_message(bus.out, joined, {}, nullptr, &under) == SendResult::sent);
    CHECK(stage.wait([&] { return stage.diary.announcements.size() == 1; }));
}

TEST_CASE("bus links: rubbish from a bus is counted, and the bus is heard on") {
    zmq::context_t context;
    RawBus bus(context);
    Stage stage({bus.at});
    stage.links.connect(BusId{0});
    stage.links.send(BusId{0}, {{}, Heartbeat{}});
    std::optional<Received> heard;
    REQUIRE(stage.wait([&] { return (heard = hear(bus.directory)).has_value(); }));
    bus.directory.send(zmq::buffer(heard->from), zmq::send_flags::sndmore);
    bus.directory.send(zmq::str_buffer("rubbish"), zmq::send_flags::none);
    CHECK(send_message(bus.directory, {{}, HeartbeatAck{}}, {}, &heard->from) == SendResult::sent);
    CHECK(stage.wait([&] { return stage.diary.messages.size() == 1; }));
    CHECK(stage.diary.garbage == 1);
}

TEST_CASE("bus links: an oversized announcement ends only the subscription, which is made anew") {
    zmq::context_t context;
    RawBus bus(context);
    Stage stage({bus.at});
    stage.links.connect(BusId{0});
    stage.links.send(BusId{0}, {{}, Heartbeat{}});
    REQUIRE(stage.wait([&] { return hear(bus.directory).has_value(); }));
    stage.links.connect_forwarder(BusId{0}, bus.in_port, bus.out_port);
    const auto subscribed = [&] {
        zmq::message_t subscription;
        bool any = false;
        while (bus.out.recv(subscription, zmq::recv_flags::dontwait))
            any = any || subscription.to_string() == "\x01peer.";
        return any;
    };
    REQUIRE(stage.wait(subscribed));
    bus.out.send(zmq::str_buffer("peer.joined."), zmq::send_flags::sndmore);
    bus.out.send(zmq::buffer(std::string(limits::kMaxFrameBytes + 1, 'x')), zmq::send_flags::none);
    REQUIRE(stage.wait(subscribed));  // again
    const Message joined{{}, PeerJoined{}};
    const std::string topic = topic_of(joined);
    CHECK(send_message(bus.out, joined, {}, nullptr, &topic) == SendResult::sent);
    CHECK(stage.wait([&] { return stage.diary.announcements.size() == 1; }));
    CHECK(stage.diary.failures.empty());
}

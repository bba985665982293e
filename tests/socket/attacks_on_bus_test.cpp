// What strangers send to the three sockets of a bus: each is counted and logged once, costs nobody
// but its sender, and meanwhile everybody else is served.
#include "messages/wire/limits.hpp"
#include "messages/wire/topic.hpp"
#include "tests/socket/attacks.hpp"
#include "tests/socket/raw_zmtp.hpp"
#include "tests/socket/running_bus.hpp"

#include <sstream>

#include <doctest/doctest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

using namespace fragcast;
using namespace fragcast::test;

namespace {

// What the bus writes to its log meanwhile.
class LogLines {
public:
    LogLines()
        : before_(spdlog::default_logger()),
          sink_(std::make_shared<spdlog::sinks::ostream_sink_mt>(text_)) {
        spdlog::set_default_logger(std::make_shared<spdlog::logger>("test", sink_));
    }
    ~LogLines() { spdlog::set_default_logger(before_); }
    std::size_t with(const std::string& words) const {
        const std::string text = text_.str();
        std::size_t count = 0;
        for (std::size_t at = text.find(words); at != std::string::npos;
             at = text.find(words, at + 1))
            ++count;
        return count;
    }

private:
    std::shared_ptr<spdlog::logger> before_;
    std::ostringstream text_;
    std::shared_ptr<spdlog::sinks::sink> sink_;
};

// A bus with a member in good standing and a subscriber, who both notice when they are not served.
struct BesiegedBus {
    LogLines log;
    RunningBus bus;
    BusGuest member{bus, 1};
    zmq::context_t context;
    zmq::socket_t pub = socket_of(context, zmq::socket_type::pub);
    zmq::socket_t sub = socket_of(context, zmq::socket_type::sub);

    BesiegedBus() {
        member.ask<Welcome>(member.join());
        sub.set(zmq::sockopt::subscribe, "peer.leaving.");
        REQUIRE(connect_socket(sub, bus.out()));
        REQUIRE(connect_socket(pub, bus.in()));
        REQUIRE(announcement_arrives());
    }
    bool announcement_arrives() {
        const Message leaving = message(PeerLeaving{}, 5);
        const std::string topic = topic_of(leaving);
        return bus.until(
            [&] {
                REQUIRE(send_message(pub, leaving, {}, nullptr, &topic) == SendResult::sent);
                auto got = receive_message(sub);
                return got && std::get<Received>(*got).message == leaving;
            },
            60s);
    }
    void expect_served() {
        CHECK(member.ask<HeartbeatAck>(Heartbeat{}).known);
        CHECK(announcement_arrives());
    }
    std::uint64_t garbage() {
        for (const auto& one : member.ask<Stats>(AskStats{}).counters)
            if (one.name == "garbage") return one.value;
        return 0;
    }
    // What a socket that follows no rule sends.
    void send(zmq::socket_t& socket, const std::vector<Bytes>& frames) {
        for (std::size_t i = 0; i < frames.size(); ++i)
            REQUIRE(socket.send(zmq::buffer(frames[i]), i + 1 < frames.size()
                                                            ? zmq::send_flags::sndmore
                                                            : zmq::send_flags::none));
    }
    zmq::socket_t stranger(zmq::socket_type type, const Endpoint& to) {
        zmq::socket_t socket(context, type);
        socket.set(zmq::sockopt::linger, 0);
        socket.connect(to.text());
        return socket;
    }
};

}  // namespace

TEST_CASE("a bus at whose sockets strangers shout in plain bytes cuts them, and serves on") {
    BesiegedBus stage;
    struct Caller {
        std::string name;
        TcpStranger stranger;
    };
    std::vector<Caller> callers;
    for (const Endpoint& to : {stage.bus.directory(), stage.bus.in(), stage.bus.out()})
        for (const Bytestream& stream : broken_streams())
            callers.push_back({stream.name + " to " + to.text(), TcpStranger(to, stream.bytes)});
    const std::uint64_t before = stage.garbage();
    // The longest takes the time that a handshake may; all the while the bus answers.
    std::size_t answers = 0;
    const auto all_cut = [&] {
        bool all = true;
        for (Caller& caller : callers)
            all = caller.stranger.cut() && all;
        return all;
    };
    const Time end = Loop::now() + limits::kHandshake + 20s;
    while (!all_cut() && Loop::now() < end) {
        CHECK(stage.member.ask<HeartbeatAck>(Heartbeat{}).known);
        ++answers;
    }
    for (Caller& caller : callers) {
        CAPTURE(caller.name);
        CHECK(caller.stranger.cut());
    }
    CHECK(answers >= 100);
    stage.expect_served();
    // Of each that ended before its handshake did: more than half of them.
    CHECK(stage.bus.until([&] { return stage.garbage() >= before + callers.size() / 2; }));
    CHECK(stage.log.with("a connection that does not speak ZeroMQ") == 1);
    CHECK(stage.log.with("connected to the forwarder and does not speak ZeroMQ") == 1);
}

TEST_CASE("malformed messages to a directory are counted each and logged once per sender") {
    BesiegedBus stage;
    const auto attacks = broken_messages(message(Heartbeat{}, 2));
    const std::uint64_t before = stage.garbage();
    auto first = stage.stranger(zmq::socket_type::dealer, stage.bus.directory());
    auto second = stage.stranger(zmq::socket_type::dealer, stage.bus.directory());
    std::uint64_t sent = 0;
    for (const BadFrames& attack : attacks)
        for (zmq::socket_t* socket : {&first, &second}) {
            CAPTURE(attack.name);
            stage.send(*socket, attack.frames);
            ++sent;
            CHECK(stage.bus.until([&] { return stage.garbage() == before + sent; }));
        }
    stage.expect_served();
    CHECK(stage.log.with("[warning]") == 2);
}

TEST_CASE("malformed announcements are dropped and counted, or reach those who can judge them") {
    BesiegedBus stage;
    const Message alive = message(PeerAlive{}, 2);
    const std::string text = topic_of(alive);
    const Bytes topic(text.begin(), text.end());
    auto stranger = stage.stranger(zmq::socket_type::pub, stage.bus.in());
    auto all = socket_of(stage.context, zmq::socket_type::sub);
    all.set(zmq::sockopt::subscribe, "peer.alive.");
    REQUIRE(connect_socket(all, stage.bus.out()));
    // Until the stranger is heard, and the subscription is there.
    REQUIRE(stage.bus.until([&] {
        stage.send(stranger, {topic, encode(alive)});
        return receive_message(all).has_value();
    }));
    std::uint64_t dropped = 0;
    const std::uint64_t before = stage.garbage();
    for (const BadFrames& attack : broken_messages(alive)) {
        CAPTURE(attack.name);
        std::vector<Bytes> frames{topic};
        frames.insert(frames.end(), attack.frames.begin(), attack.frames.end());
        stage.send(stranger, frames);
        if (!attack.bad_header) {
            CHECK(stage.bus.until([&] {
                auto got = receive_message(all);
                return got && std::holds_alternative<Garbage>(*got);
            }));
            continue;
        }
        ++dropped;
        CHECK(stage.bus.until([&] { return stage.garbage() == before + dropped; }));
    }
    stage.expect_served();
    CHECK(stage.log.with("somebody publishes what is no announcement") == 1);
}

TEST_CASE("what is no subscription is counted; who subscribes to too much is cut, alone") {
    BesiegedBus stage;
    auto stranger = stage.stranger(zmq::socket_type::xsub, stage.bus.out());
    std::uint64_t before = stage.garbage();
    REQUIRE(stage.bus.until([&] {
        stage.send(stranger, {{9, 'x'}});
        return stage.garbage() > before;
    }));
    CHECK(stage.log.with("somebody publishes what is no announcement") == 1);
    stranger.close();

    auto greedy = stage.stranger(zmq::socket_type::xsub, stage.bus.out());
    const auto subscribe = [&](std::size_t number) {
        Bytes frame{1};
        const std::string prefix = "topic" + std::to_string(number) + '.';
        frame.insert(frame.end(), prefix.begin(), prefix.end());
        stage.send(greedy, {frame});
    };
    zmq::socket_t watch(stage.context, zmq::socket_type::pair);
    REQUIRE(zmq_socket_monitor(greedy.handle(), "inproc://greedy", ZMQ_EVENT_DISCONNECTED) == 0);
    watch.connect("inproc://greedy");
    zmq::message_t event;
    const auto is_cut = [&] { return watch.recv(event, zmq::recv_flags::dontwait).has_value(); };
    for (std::size_t i = 0; i < limits::kMaxSubscriptions; ++i)
        subscribe(i);
    stage.expect_served();
    CHECK_FALSE(is_cut());
    before = stage.garbage();
    subscribe(limits::kMaxSubscriptions);
    CHECK(stage.bus.until(is_cut, 60s));
    CHECK(stage.bus.until([&] { return stage.log.with("somebody subscribed to more than") == 1; }));
    CHECK(stage.garbage() > before);
    stage.expect_served();
}

TEST_CASE("who asks a directory and does not read its answers is sent no more than so many bytes") {
    BesiegedBus stage;
    std::vector<std::unique_ptr<BusGuest>> members;
    for (std::uint32_t number = 100; number < 300; ++number) {
        members.push_back(std::make_unique<BusGuest>(stage.bus, number));
        Join join = members.back()->join();
        join.self.name.assign(limits::kMaxNameBytes, 'n');
        join.self.http.assign(limits::kMaxTextBytes, 'h');
        members.back()->ask<Welcome>(join);
    }
    const auto stat = [&](const std::string& name) {
        for (const auto& one : stage.member.ask<Stats>(AskStats{}).counters)
            if (one.name == name) return one.value;
        return std::uint64_t{0};
    };
    const std::size_t page =
        encode(message(stage.member.ask<Peers>(ListPeers{RequestId{1}, {}}))).size();
    constexpr std::uint64_t kAsked = 300;
    REQUIRE(kAsked * page > (64U << 20));
    const std::uint64_t before = stat("messages_in");
    RawZmtp deaf(stage.bus.directory(), "DEALER");
    for (std::uint64_t i = 1; i <= kAsked; ++i) {
        const Bytes frame = encode(message(ListPeers{RequestId{i}, {}}, 9));
        deaf.say(zmtp_frame(std::string(frame.begin(), frame.end())));
    }
    REQUIRE(stage.bus.until([&] { return deaf.write() && deaf.unwritten() == 0; }));
    REQUIRE(stage.bus.until([&] { return stat("messages_in") > before + kAsked; }, 20s));
    CHECK(stat("unsent") > kAsked / 2);
    stage.expect_served();
    // What the kernel held aside.
    std::size_t heard = 0;
    stage.bus.until(
        [&] { return std::exchange(heard, deaf.read()) == deaf.read() && heard > page; });
    CHECK(heard < limits::kMaxUnsentSmallBytes + page + (16U << 20));
}

TEST_CASE("an oversized message to each socket of a bus costs its own connection only") {
    BesiegedBus stage;
    struct Blow {
        zmq::socket_type type;
        Endpoint to;
        std::size_t bytes;
    };
    for (const Blow& blow :
         {Blow{zmq::socket_type::dealer, stage.bus.directory(), limits::kMaxFrameBytes + 1},
          Blow{zmq::socket_type::pub, stage.bus.in(), limits::kMaxAnnouncementBytes + 1},
          Blow{zmq::socket_type::xsub, stage.bus.out(), limits::kMaxSubscriptionBytes + 1}}) {
        CAPTURE(blow.to.text());
        auto stranger = stage.stranger(blow.type, blow.to);
        zmq::socket_t watch(stage.context, zmq::socket_type::pair);
        const std::string where = "inproc://watch" + std::to_string(blow.to.port);
        REQUIRE(zmq_socket_monitor(stranger.handle(), where.c_str(), ZMQ_EVENT_DISCONNECTED) == 0);
        watch.connect(where);
        zmq::message_t event;
        CHECK(stage.bus.until(
            [&] {
                // A PUB drops what it is told before the other side has subscribed. To XPUB this is
                // a subscription.
                (void)stranger.send(zmq::buffer(Bytes(blow.bytes, 1)), zmq::send_flags::dontwait);
                return watch.recv(event, zmq::recv_flags::dontwait).has_value();
            },
            60s));
        stranger.close();
        stage.expect_served();
    }
}

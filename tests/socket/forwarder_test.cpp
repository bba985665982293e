// The forwarder between real publishers and subscribers.
#include "bus/forwarder.hpp"

#include "messages/wire/limits.hpp"
#include "messages/wire/topic.hpp"
#include "tests/socket/link_pair.hpp"
#include "tests/socket/raw_zmtp.hpp"

#include <memory>

#include <doctest/doctest.h>
#include <sys/socket.h>

using namespace fragcast;
using namespace fragcast::test;

namespace {

struct ForwarderStage {
    zmq::context_t context;
    std::unique_ptr<Forwarder> forwarder;
    zmq::socket_t pub{context, zmq::socket_type::pub};
    zmq::socket_t sub = subscriber();
    Forwarded seen;  // all that the forwarder told so far

    ForwarderStage() {
        pub.set(zmq::sockopt::linger, 0);
        pub.connect(forwarder->in().text());
        arrive();
    }
    zmq::socket_t subscriber(const std::string& prefix = "") {
        if (!forwarder) {
            auto started = Forwarder::start(context, {"127.0.0.1", 0}, {"127.0.0.1", 0});
            REQUIRE(started);
            forwarder = std::move(*started);
        }
        auto socket = socket_of(context, zmq::socket_type::sub);
        socket.set(zmq::sockopt::subscribe, prefix);
        REQUIRE(connect_socket(socket, forwarder->out()));
        return socket;
    }
    void raw(const std::vector<Bytes>& frames) {
        for (std::size_t i = 0; i < frames.size(); ++i)
            REQUIRE(pub.send(zmq::buffer(frames[i]), i + 1 < frames.size()
                                                         ? zmq::send_flags::sndmore
                                                         : zmq::send_flags::none));
    }
    void announce(const Message& message) {
        const std::string topic = topic_of(message);
        REQUIRE(send_message(pub, message, {}, nullptr, &topic) == SendResult::sent);
    }
    // Until what `announce` says comes through: both connections and the subscription are there.
    void arrive() {
        Loop loop;
        bool here = false;
        loop.add(sub, [&] { here = receive_message(sub).has_value(); });
        std::function<void()> knock = [&] {
            announce(message(PeerLeaving{}, 99));
            loop.at(Loop::now() + 5ms, knock);
        };
        knock();
        REQUIRE(loop.run_until([&] { return here; }, 60s));
        // The rest of the knocking, up to a message that comes once.
        announce(message(ViewerEntered{}, 98));
        while (next_good(sub).message != message(ViewerEntered{}, 98)) {
        }
    }
    void hear() {
        while (auto some = forwarder->receive()) {
            seen.counts.announcements += some->counts.announcements;
            seen.counts.garbage += some->counts.garbage;
            seen.counts.unrecorded += some->counts.unrecorded;
            seen.counts.slow += some->counts.slow;
            for (Bytes& frame : some->noted)
                seen.noted.push_back(std::move(frame));
        }
    }
    bool told(const std::function<bool(const Forwarded&)>& enough) {
        Loop loop;
        loop.add(forwarder->socket(), [this] { hear(); });
        return loop.run_until([&] { return enough(seen); }, 60s);
    }
};

Bytes bytes_of(const std::string& text) {
    return {text.begin(), text.end()};
}

}  // namespace

TEST_CASE("announcements pass whole, as they came, in order") {
    ForwarderStage stage;
    const std::vector<Message> sent{message(PeerAlive{}), message(ViewerEntered{}),
                                    message(FragmentGone{asset_id(1), {{0, 4}}}),
                                    message(AssetRemoved{asset_id(2)})};
    for (const Message& one : sent)
        stage.announce(one);
    for (const Message& one : sent) {
        const Received got = next_good(stage.sub);
        CHECK(got.message == one);
        CHECK(got.topic == topic_of(one));
    }
}

TEST_CASE("subscribers get what they asked for, and the bus's own words too") {
    ForwarderStage stage;
    auto picky = stage.subscriber("peer.joined.");
    PeerRecord peer;
    peer.id = peer_id(7);
    Loop loop;
    std::optional<Incoming> got;
    loop.add(picky, [&] { got = receive_message(picky); });
    std::function<void()> publish = [&] {
        stage.announce(message(ViewerEntered{}));
        CHECK(stage.forwarder->publish(message(PeerJoined{peer}, 9)));
        loop.at(Loop::now() + 5ms, publish);
    };
    publish();
    REQUIRE(loop.run_until([&] { return got.has_value(); }, 60s));
    CHECK(std::get<Received>(*got).message == message(PeerJoined{peer}, 9));
}

TEST_CASE(
    "what is no announcement, or goes under another topic, or only a bus may say, is dropped") {
    ForwarderStage stage;
    PeerRecord forged;
    forged.id = peer_id(7);
    const Message alive = message(PeerAlive{});
    const Bytes frame = encode(alive);
    const std::string topic = topic_of(alive);
    Bytes other_version = frame;
    other_version[2] = 2;
    const std::vector<std::vector<Bytes>> garbage{
        {bytes_of("hello")},
        {bytes_of("hello"), bytes_of("world")},
        {bytes_of(topic)},
        {bytes_of(topic), Bytes{}},
        {bytes_of(topic), frame, frame},
        {bytes_of(topic), frame, frame, frame, frame, frame, frame},
        {bytes_of(topic), other_version},
        {bytes_of("fragment.gone.x."), frame},
        {bytes_of(topic + std::string(limits::kMaxTopicBytes, 'x')), frame},
        {bytes_of("request."), encode(message(Ping{}))},
        {bytes_of(topic_of(message(PeerJoined{forged}))), encode(message(PeerJoined{forged}))},
        {bytes_of(topic_of(message(PeerLeft{forged.id}))), encode(message(PeerLeft{forged.id}))},
        {bytes_of("bus.stats."), encode(message(BusStats{}))},
    };
    for (const auto& frames : garbage)
        stage.raw(frames);
    stage.announce(alive);
    CHECK(next_good(stage.sub).message == alive);
    CHECK(stage.told([&](const Forwarded& all) { return all.counts.garbage == garbage.size(); }));
}

TEST_CASE("an announcement of a later version of this program passes") {
    ForwarderStage stage;
    Bytes later = encode(message(ViewerEntered{}));
    later[3] = 29;
    stage.raw({bytes_of("news.of.tomorrow."), later});
    const DecodeError error = next_bad(stage.sub);
    CHECK(error.why == DecodeError::Why::unknown);
}

TEST_CASE("what the directory records is handed to it, and all is counted") {
    ForwarderStage stage;
    CHECK(stage.told([](const Forwarded& all) { return all.noted.size() == 1; }));  // arrive()
    const std::uint64_t before = stage.seen.counts.announcements;
    const std::vector<Message> noted{
        message(FragmentAvailable{{.id = asset_id(1),
                                   .name = "film",
                                   .kind = AssetKind::file,
                                   .size = 1,
                                   .duration_us = 0,
                                   .fragments = 4,
                                   .replicas = 2},
                                  {{0, 4}}}),
        message(FragmentReceived{asset_id(1), FragmentIndex{3}, peer_id(2), 17, 1}),
        message(ViewerEntered{})};
    for (const Message& one : noted)
        stage.announce(one);
    stage.announce(message(PeerAlive{}));
    CHECK(stage.told([&](const Forwarded& all) {
        return all.noted.size() == 1 + noted.size() && all.counts.announcements >= before + 4;
    }));
    for (std::size_t i = 0; i < noted.size(); ++i)
        CHECK(stage.seen.noted[i + 1] == encode(noted[i]));
}

TEST_CASE("a directory that does not read costs the record, not the announcements") {
    ForwarderStage stage;
    RangeSet comb;
    for (std::uint32_t i = 0; i < limits::kMaxFragments; i += 2)
        comb.add(i);
    const Message large = message(FragmentGone{asset_id(1), comb});
    const std::size_t enough =
        (2 * limits::kForwarderPipe + 2) * (limits::kMaxNotedBytes / encode(large).size() + 1);
    for (std::size_t i = 0; i < enough; ++i) {
        stage.announce(large);
        CHECK(next_good(stage.sub).message == large);
    }
    CHECK(stage.told([](const Forwarded& all) { return all.counts.unrecorded > 0; }));
    CHECK(stage.seen.noted.size() < enough);
}

TEST_CASE("a subscriber that does not read costs nobody else") {
    ForwarderStage stage;
    zmq::context_t elsewhere;
    zmq::socket_t slow(elsewhere, zmq::socket_type::sub);
    slow.set(zmq::sockopt::linger, 0);
    slow.set(zmq::sockopt::rcvhwm, 1);
    slow.set(zmq::sockopt::subscribe, "");
    slow.connect(stage.forwarder->out().text());
    RangeSet comb;
    for (std::uint32_t i = 0; i < limits::kMaxFragments; i += 2)
        comb.add(i);
    const Message large = message(FragmentGone{asset_id(1), comb});
    for (int i = 0; i < 3 * limits::kSendQueueMessages; ++i) {
        stage.announce(large);
        REQUIRE(next_good(stage.sub).message == large);
    }
}

TEST_CASE(
    "subscribers that take nothing are cut when too many bytes wait for them; who reads is not") {
    ForwarderStage stage;
    std::vector<RawZmtp> deaf;
    for (int i = 0; i < 8; ++i) {
        deaf.emplace_back(stage.forwarder->out(), "SUB");
        deaf.back().say(zmtp_frame("\1"));
        const int small = 4096;
        setsockopt(deaf.back().fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
        while (deaf.back().write() && deaf.back().unwritten() != 0)
            stage.announce(message(PeerAlive{})), (void)next_good(stage.sub);
    }
    RangeSet comb;
    for (std::uint32_t i = 0; i < limits::kMaxFragments; i += 2)
        comb.add(i);
    const Message large = message(FragmentGone{asset_id(1), comb});
    const std::size_t each = encode(large).size();
    std::size_t sent = 0, when_cut = 0;
    for (int i = 0; i < 3 * limits::kSendQueueMessages && stage.seen.counts.slow < deaf.size();
         ++i) {
        // Alive, however slow this machine is: silent ones are dropped by heartbeat.
        for (RawZmtp& one : deaf)
            if (i % 50 == 0) one.say(zmtp_ping()), (void)one.write();
        stage.announce(large);
        sent += each;
        REQUIRE(next_good(stage.sub).message == large);
        stage.hear();
        if (when_cut == 0 && stage.seen.counts.slow > 0) when_cut = sent;
    }
    CHECK(when_cut > limits::kMaxUntakenBytes);
    CHECK(when_cut < limits::kMaxUntakenBytes + (16U << 20));  // what the kernel holds
    CHECK(stage.seen.counts.slow == deaf.size());
    for (RawZmtp& one : deaf)
        CHECK(one.over());
}

TEST_CASE("who subscribes and says anything else is cut; who comes after it starts afresh") {
    ForwarderStage stage;
    RawZmtp chatty(stage.forwarder->out(), "SUB");
    chatty.say(zmtp_frame("\1peer.") + zmtp_frame("hello"));
    for (int tries = 0; tries < 1000 && !chatty.over(); ++tries) {
        (void)chatty.write();
        stage.announce(message(PeerAlive{}));
        REQUIRE(next_good(stage.sub).message == message(PeerAlive{}));
    }
    CHECK(chatty.over());
    // Each of these has all the topics that one may have, and others have them, too. The next
    // gets its descriptor.
    std::string all;
    for (std::size_t i = 0; i < limits::kMaxSubscriptions; ++i)
        all += zmtp_frame('\1' + std::to_string(i));
    RawZmtp keeper(stage.forwarder->out(), "SUB");
    const auto lives = [&](RawZmtp& one) {
        one.say(all);
        for (int tries = 0; tries < 200; ++tries) {
            (void)one.write();
            stage.announce(message(PeerAlive{}));
            REQUIRE(next_good(stage.sub).message == message(PeerAlive{}));
        }
        return one.unwritten() == 0 && !one.over();
    };
    CHECK(lives(keeper));
    for (int i = 0; i < 3; ++i) {
        RawZmtp one(stage.forwarder->out(), "SUB");
        CHECK(lives(one));
    }
    keeper.say(zmtp_frame("\1one more"));
    for (int tries = 0; tries < 1000 && !keeper.over(); ++tries) {
        (void)keeper.write();
        stage.announce(message(PeerAlive{}));
        REQUIRE(next_good(stage.sub).message == message(PeerAlive{}));
    }
    CHECK(keeper.over());
}

TEST_CASE("an over-long subscription costs its own connection only") {
    ForwarderStage stage;
    zmq::socket_t greedy(stage.context, zmq::socket_type::xsub);
    greedy.set(zmq::sockopt::linger, 0);
    zmq::socket_t watch(stage.context, zmq::socket_type::pair);
    REQUIRE(zmq_socket_monitor(greedy.handle(), "inproc://greedy", ZMQ_EVENT_DISCONNECTED) == 0);
    watch.connect("inproc://greedy");
    greedy.connect(stage.forwarder->out().text());
    Bytes subscription(limits::kMaxSubscriptionBytes + 1, 'x');
    subscription[0] = 1;
    greedy.send(zmq::buffer(subscription), zmq::send_flags::none);
    Loop loop;
    bool cut = false;
    zmq::message_t event;
    loop.add(watch, [&] { cut = watch.recv(event, zmq::recv_flags::dontwait).has_value(); });
    CHECK(loop.run_until([&] { return cut; }, 60s));
    stage.announce(message(PeerAlive{}));
    CHECK(next_good(stage.sub).message == message(PeerAlive{}));
}

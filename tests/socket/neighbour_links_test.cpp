// Links on real sockets: both ways, broken, refused, and abused by raw zmq.
#include "peer/links/neighbour_links.hpp"

#include "messages/wire/limits.hpp"
#include "tests/socket/raw_zmtp.hpp"
#include "wait.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;
using namespace std::chrono_literals;

namespace {

Message ping() {
    return {{}, Ping{}};
}

// Writes down what it is told.
struct LinkDiary : NeighbourLinks::Owner {
    void link_up(LinkId link, bool dialled, const std::string& from) override {
        up[link] = dialled;
        CHECK(from == (dialled ? "" : "127.0.0.1"));
    }
    void dial_failed(LinkId link, const Error& why) override { failed[link] = why.text; }
    void link_down(LinkId link) override { down.insert(link); }
    void link_message(LinkId link, Received& received) override {
        ++messages[link];
        bytes += received.payload.size();
        last = link;
    }
    void link_garbage(LinkId link, const DecodeError&) override { ++garbage[link]; }

    std::map<LinkId, bool> up;
    std::map<LinkId, std::string> failed;
    std::set<LinkId> down;
    std::map<LinkId, int> messages;
    std::map<LinkId, int> garbage;
    std::uint64_t bytes = 0;
    LinkId last;
};

struct Two {
    Two() {
        const auto bound = listener.listen({"127.0.0.1", 0}, "--listen");
        REQUIRE(bound.ok());
        address = *bound;
    }
    bool wait(const std::function<bool()>& condition) { return wait_for(loop, condition); }
    // A link dialled and heard of at the other end.
    void connect() {
        dialler.dial(LinkId{1}, address);
        REQUIRE(wait([&] { return calls.up.contains(LinkId{1}); }));
        dialler.send(LinkId{1}, ping());
        REQUIRE(wait([&] { return !answers.up.empty(); }));
        accepted = answers.up.begin()->first;
    }

    zmq::context_t context;
    Loop loop;
    LinkDiary calls, answers;
    NeighbourLinks dialler{context, loop, calls};
    NeighbourLinks listener{context, loop, answers};
    Endpoint address;
    LinkId accepted;
};

// A socket that follows none of our rules, except that it connects.
zmq::socket_t stranger(zmq::context_t& context, zmq::socket_type type, const Endpoint& to) {
    zmq::socket_t socket(context, type);
    socket.set(zmq::sockopt::linger, 0);
    socket.connect(to.text());
    return socket;
}

void send_raw(zmq::socket_t& socket, const std::string& frame) {
    REQUIRE(socket.send(zmq::buffer(frame), zmq::send_flags::none).has_value());
}

}  // namespace

TEST_CASE("links: who dialled may be asked over the same connection") {
    Two two;
    two.connect();
    CHECK(two.calls.up.at(LinkId{1}));
    CHECK_FALSE(two.answers.up.at(two.accepted));
    CHECK(two.accepted.value >= kFirstAccepted);
    two.listener.send(two.accepted, ping());
    CHECK(two.wait([&] { return two.calls.messages[LinkId{1}] == 1; }));
}

TEST_CASE("links: a payload travels beside its message and its bytes are accounted for") {
    Two two;
    two.connect();
    Bytes bytes(limits::kChunkBytes, 7);
    auto owner = std::make_shared<int>(0);
    Payload payload(bytes.data(), bytes.size(), owner);
    CHECK(two.listener.send_payload(two.accepted, {{}, Data{}}, std::move(payload)) ==
          SendVerdict::sent);
    CHECK(two.wait([&] { return two.calls.bytes == limits::kChunkBytes; }));
    CHECK(two.wait([&] { return owner.use_count() == 1; }));
}

TEST_CASE("links: what is less than a chunk is copied, and a buffer of the store is free at once") {
    Two two;
    two.connect();
    const auto buffer = std::make_shared<Bytes>(limits::kChunkBytes, std::uint8_t{7});
    std::uint64_t sent = 0;
    long most = 0;
    REQUIRE(two.wait([&] {
        const std::size_t size = limits::kChunkBytes - 1;
        if (two.listener.send_payload(two.accepted, {{}, Data{}},
                                      Payload(buffer->data(), size, buffer)) == SendVerdict::sent)
            sent += size;
        most = std::max(most, buffer.use_count());
        return sent > limits::kMaxUnsentBytes;
    }));
    CHECK(most == 1);
    CHECK(two.wait([&] { return two.calls.bytes == sent; }));
}

TEST_CASE("links: a refused dial says so at once") {
    Two two;
    two.dialler.dial(LinkId{1}, nobody());
    REQUIRE(two.wait([&] { return two.calls.failed.contains(LinkId{1}); }));
    CHECK(two.calls.failed[LinkId{1}].find("refused") != std::string::npos);
    CHECK(two.dialler.size() == 0);
}

TEST_CASE("links: an address that is none fails, later") {
    Two two;
    two.dialler.dial(LinkId{1}, {"a.name.example", 5000});
    CHECK(two.calls.failed.empty());
    CHECK(two.wait([&] { return two.calls.failed.contains(LinkId{1}); }));
}

TEST_CASE("links: when the listener dies the dialler is told, once") {
    Two two;
    auto listener = std::make_unique<NeighbourLinks>(two.context, two.loop, two.answers);
    const Endpoint address = listener->listen({"127.0.0.1", 0}, "--listen").value();
    two.dialler.dial(LinkId{5}, address);
    REQUIRE(two.wait([&] { return two.calls.up.contains(LinkId{5}); }));
    listener.reset();
    CHECK(two.wait([&] { return two.calls.down.contains(LinkId{5}); }));
    CHECK(two.dialler.size() == 0);
}

TEST_CASE("links: when the dialler is gone, the next message to it finds out") {
    Two two;
    two.connect();
    two.dialler.hang_up(LinkId{1});
    REQUIRE(two.wait([&] {
        two.listener.send(two.accepted, ping());
        return two.answers.down.contains(two.accepted);
    }));
    CHECK(two.listener.send_payload(two.accepted, {{}, Data{}}, Payload(Bytes(1, 0))) ==
          SendVerdict::unreachable);
    CHECK(two.calls.down.empty());
}

TEST_CASE("links: what was sent before hanging up arrives") {
    Two two;
    two.connect();
    for (int i = 0; i < 20; ++i)
        two.dialler.send(LinkId{1}, ping());
    two.dialler.hang_up(LinkId{1});
    CHECK(two.wait([&] { return two.answers.messages[two.accepted] == 21; }));
}

TEST_CASE(
    "links: what a listener said before it stopped is heard by who is late, then it is down") {
    Two two;
    LinkDiary giver;
    auto listener = std::make_unique<NeighbourLinks>(two.context, two.loop, giver);
    const Endpoint address = listener->listen({"127.0.0.1", 0}, "--listen").value();
    two.dialler.dial(LinkId{5}, address);
    REQUIRE(two.wait([&] { return two.calls.up.contains(LinkId{5}); }));
    two.dialler.send(LinkId{5}, ping());
    REQUIRE(two.wait([&] { return !giver.up.empty(); }));
    for (int i = 0; i < 50; ++i)
        listener->send(giver.up.begin()->first, ping());
    listener->send(giver.up.begin()->first, {{}, Bye{}});
    listener.reset();
    stand_still(300);
    CHECK(two.wait([&] { return two.calls.down.contains(LinkId{5}); }));
    CHECK(two.calls.messages[LinkId{5}] == 51);
}

TEST_CASE(
    "links: who does not read what it asked for is cut after so many bytes, and its queue goes") {
    Two two;
    RawZmtp deaf(two.address, "DEALER");
    const Bytes frame = encode(ping());
    deaf.say(zmtp_frame(std::string(frame.begin(), frame.end())));
    REQUIRE(two.wait([&] { return deaf.write() && !two.answers.up.empty(); }));
    const LinkId link = two.answers.up.begin()->first;
    Have have;
    for (std::uint32_t i = 0; i < limits::kMaxFragments; i += 2)
        have.fragments.add(i);
    const std::size_t each = encode({{}, have}).size();
    std::size_t sent = 0;
    while (!two.answers.down.contains(link) && sent < (64U << 20)) {
        for (int i = 0; i < 10; ++i, sent += each)
            two.listener.send(link, {{}, have});
        (void)two.loop.run_until([&] { return two.answers.down.contains(link); }, 5ms);
    }
    CHECK(two.answers.down.contains(link));
    // What the kernel holds aside.
    CHECK(sent < limits::kMaxUnsentSmallBytes + limits::kLinkOverflowBytes + (16U << 20));
    CHECK(two.wait([&] { return deaf.over(); }));
}

TEST_CASE("links: a hung-up link hears nothing more") {
    Two two;
    two.connect();
    const Time hung_up = Loop::now();
    two.listener.hang_up(two.accepted);
    // Whatever it says, it is no new link to the listener; and its connection ends, but not before
    // what was said had its time.
    REQUIRE(two.wait([&] {
        two.dialler.send(LinkId{1}, ping());
        return two.calls.down.contains(LinkId{1});
    }));
    CHECK(Loop::now() - hung_up >= limits::kFarewell);
    CHECK(two.answers.up.size() == 1);
    CHECK(two.answers.messages[two.accepted] == 1);
    CHECK(two.listener.size() == 0);
}

TEST_CASE("links: a full link keeps small messages, and refuses payload") {
    Two two;
    auto mute = zmq::socket_t(two.context, zmq::socket_type::router);
    mute.set(zmq::sockopt::rcvhwm, 1);
    mute.set(zmq::sockopt::linger, 0);
    mute.bind("tcp://127.0.0.1:*");
    const std::string where = mute.get(zmq::sockopt::last_endpoint);
    two.dialler.dial(LinkId{1}, parse_endpoint(where.c_str(), "test").value());
    REQUIRE(two.wait([&] { return two.calls.up.contains(LinkId{1}); }));
    SendVerdict verdict = SendVerdict::sent;
    std::uint64_t sent = 0;
    while (verdict == SendVerdict::sent && sent < (1U << 30)) {
        verdict = two.dialler.send_payload(LinkId{1}, {{}, Data{}},
                                           Payload(Bytes(limits::kChunkBytes, 1)));
        sent += limits::kChunkBytes;
    }
    CHECK(verdict == SendVerdict::full);
    CHECK(sent <= limits::kMaxUnsentBytes + (64U << 20));
    two.dialler.send(LinkId{1}, ping());
    CHECK(two.calls.down.empty());
    CHECK(two.dialler.size() == 1);
}

TEST_CASE("links: a link that stays full is cut when its queue is full, too") {
    Two two;
    auto mute = zmq::socket_t(two.context, zmq::socket_type::router);
    mute.set(zmq::sockopt::rcvhwm, 1);
    mute.set(zmq::sockopt::linger, 0);
    mute.bind("tcp://127.0.0.1:*");
    const std::string where = mute.get(zmq::sockopt::last_endpoint);
    two.dialler.dial(LinkId{1}, parse_endpoint(where.c_str(), "test").value());
    REQUIRE(two.wait([&] { return two.calls.up.contains(LinkId{1}); }));
    Have have;  // large, so that the kernel's buffers fill as well
    for (std::uint32_t i = 0; i < limits::kMaxFragments; i += 2)
        have.fragments.add(i);
    REQUIRE(two.wait([&] {
        for (int i = 0; i < 100; ++i)
            two.dialler.send(LinkId{1}, {{}, have});
        return two.calls.down.contains(LinkId{1});
    }));
    CHECK(two.dialler.size() == 0);
}

TEST_CASE("links: kLinkOverflow messages wait for a link that is not up yet; one more ends it") {
    for (const bool more : {false, true}) {
        CAPTURE(more);
        Two two;
        two.dialler.dial(LinkId{1}, two.address);
        for (std::size_t i = 0; i < limits::kLinkOverflow + (more ? 1 : 0); ++i)
            two.dialler.send(LinkId{1}, ping());
        REQUIRE(two.wait([&] {
            return two.calls.down.contains(LinkId{1}) ||
                   (!two.answers.up.empty() &&
                    two.answers.messages.begin()->second == int{limits::kLinkOverflow});
        }));
        CHECK(two.calls.down.contains(LinkId{1}) == more);
    }
}

TEST_CASE("links: what waits for a link to be up is not tried before, and goes then") {
    zmq::context_t context;
    Loop loop;
    LinkDiary calls;
    NeighbourLinks dialler(context, loop, calls);
    RawListener listener;
    dialler.dial(LinkId{1}, listener.endpoint());
    dialler.send(LinkId{1}, ping());
    int turns = 0;
    loop.after_each_turn([&] { ++turns; });
    // It is connected, and does not shake hands.
    loop.run_until([] { return false; }, 40 * limits::kSendRetry);
    CHECK(turns < 20);
    auto raw = listener.accept("ROUTER");
    REQUIRE(raw);
    REQUIRE(wait_for(loop, [&] { return raw->write() && calls.up.contains(LinkId{1}); }));
    // A greeting, and READY with the socket's type and an empty identity; what waited is more.
    constexpr std::size_t kShaken = 64 + 2 + 6 + (12 + 4 + 6) + (9 + 4);
    CHECK(wait_for(loop,
                   [&] { return raw->read() > kShaken + kHeaderBytes || calls.down.size() > 0; }));
    CHECK(raw->read() == kShaken + 2 + encode(ping()).size());
    CHECK(calls.down.empty());
}

TEST_CASE("links: beyond kLinkOverflowTotalBytes that wait for all the fullest is cut") {
    Two two;
    RawListener mute;  // never shakes hands
    Have have;
    for (std::uint32_t i = 0; i < limits::kMaxFragments; i += 2)
        have.fragments.add(i);
    const std::size_t each = encode({{}, have}).size();
    std::size_t waits = 0;
    std::uint64_t link = 0;
    while (waits <= limits::kLinkOverflowTotalBytes) {
        two.dialler.dial(LinkId{++link}, mute.endpoint());
        const std::size_t own = limits::kLinkOverflowBytes - (link == 3 ? 0 : 2 * each);
        for (std::size_t bytes = 0; bytes < own && waits <= limits::kLinkOverflowTotalBytes;
             bytes += each, waits += each)
            two.dialler.send(LinkId{link}, {{}, have});
    }
    REQUIRE(link <= limits::kMaxDialled);
    REQUIRE(two.wait([&] { return !two.calls.down.empty() || !two.calls.failed.empty(); }));
    CHECK(two.calls.down == std::set<LinkId>{LinkId{3}});
}

TEST_CASE("links: who takes nothing leaves room to others, and is cut when they find none") {
    Two two;
    two.connect();
    const Bytes frame = encode(ping());
    std::vector<RawZmtp> deaf;
    std::vector<LinkId> links;
    for (std::size_t i = 0; i < 110; ++i) {
        deaf.emplace_back(two.address, "DEALER");
        deaf.back().say(zmtp_frame(std::string(frame.begin(), frame.end())));
        REQUIRE(two.wait([&] { return deaf.back().write() && two.answers.up.size() == i + 2; }));
        links.push_back(two.answers.last);
    }
    const auto bytes = std::make_shared<Bytes>(limits::kChunkBytes, std::uint8_t{1});
    const auto give = [&](LinkId link) {
        return two.listener.send_payload(link, {{}, Data{}},
                                         Payload(bytes->data(), bytes->size(), bytes));
    };
    const auto lie = [&] {
        return static_cast<std::uint64_t>(bytes.use_count() - 1) * limits::kChunkBytes;
    };
    std::uint64_t most = 0, given = 0;
    Time spoke{};
    const auto go_on = [&] {
        // They take nothing and speak on: libzmq itself does not end them.
        if (Loop::now() - spoke >= 1s) {
            spoke = Loop::now();
            for (RawZmtp& one : deaf) {
                one.say(zmtp_frame(std::string(frame.begin(), frame.end())));
                (void)one.write();
            }
        }
        for (const LinkId link : links)
            while (give(link) == SendVerdict::sent)
                most = std::max(most, lie());
        // Who reads is served meanwhile.
        if (give(two.accepted) == SendVerdict::sent) ++given;
        return !two.answers.down.empty() && given > 10;
    };
    REQUIRE(wait_for(two.loop, go_on, limits::kUntakenLongest / 2));
    CHECK(two.wait([&] { return two.calls.bytes == given * limits::kChunkBytes; }));
    CHECK(most <= limits::kMaxUnsentPayloadBytes);
    CHECK(most >= limits::kMaxUnsentPayloadBytes / 8 * 7 - limits::kChunkBytes);
    CHECK_FALSE(two.answers.down.contains(two.accepted));
    CHECK(two.wait([&] { return lie() <= limits::kMaxUnsentPayloadBytes / 2; }));
    CHECK(two.wait(
        [&] { return std::ranges::any_of(deaf, [](RawZmtp& one) { return one.over(); }); }));
}

TEST_CASE("links: malformed frames are counted, and others are served") {
    Two two;
    two.connect();
    auto noisy = stranger(two.context, zmq::socket_type::dealer, two.address);
    for (const std::string frame : {"", "GET / HTTP/1.1", "\xf7\xca"})
        send_raw(noisy, frame);
    REQUIRE(two.wait([&] { return two.answers.garbage[LinkId{}] == 3; }));
    CHECK(two.answers.up.size() == 1);
    two.dialler.send(LinkId{1}, ping());
    CHECK(two.wait([&] { return two.answers.messages[two.accepted] == 2; }));
}

TEST_CASE("links: garbage on a known link is told with its name") {
    Two two;
    auto other = stranger(two.context, zmq::socket_type::dealer, two.address);
    const Bytes hello = encode(ping());
    send_raw(other, std::string(hello.begin(), hello.end()));
    REQUIRE(two.wait([&] { return two.answers.up.size() == 1; }));
    send_raw(other, "rubbish");
    CHECK(two.wait([&] { return two.answers.garbage[two.answers.up.begin()->first] == 1; }));
}

TEST_CASE("links: an oversized frame to the listener costs only its own connection") {
    Two two;
    two.connect();
    auto big = stranger(two.context, zmq::socket_type::dealer, two.address);
    send_raw(big, std::string(limits::kMaxFrameBytes + 1, 'x'));
    send_raw(big, "small");  // after libzmq connected it again
    REQUIRE(two.wait([&] { return two.answers.garbage[LinkId{}] == 1; }));
    two.dialler.send(LinkId{1}, ping());
    CHECK(two.wait([&] { return two.answers.messages[two.accepted] == 2; }));
    CHECK(two.calls.down.empty());
}

TEST_CASE("links: an oversized frame to a dialler ends that link, and it can be dialled anew") {
    Two two;
    zmq::socket_t evil(two.context, zmq::socket_type::router);
    evil.set(zmq::sockopt::linger, 0);
    evil.bind("tcp://127.0.0.1:*");
    const auto where =
        parse_endpoint(evil.get(zmq::sockopt::last_endpoint).c_str(), "test").value();
    two.connect();
    two.dialler.dial(LinkId{2}, where);
    REQUIRE(two.wait([&] { return two.calls.up.contains(LinkId{2}); }));
    two.dialler.send(LinkId{2}, ping());
    zmq::message_t id;
    REQUIRE(two.wait([&] { return evil.recv(id, zmq::recv_flags::dontwait).has_value(); }));
    evil.send(zmq::buffer(id.to_string()), zmq::send_flags::sndmore);
    send_raw(evil, std::string(limits::kMaxFrameBytes + 1, 'x'));
    REQUIRE(two.wait([&] { return two.calls.down.contains(LinkId{2}); }));
    CHECK_FALSE(two.calls.down.contains(LinkId{1}));
    two.dialler.dial(LinkId{3}, where);
    CHECK(two.wait([&] { return two.calls.up.contains(LinkId{3}); }));
}

TEST_CASE("links: something that is no ZeroMQ at all is a failed dial") {
    Two two;
    // A plain TCP listener that answers like a web server.
    zmq::socket_t web(two.context, zmq::socket_type::stream);
    web.set(zmq::sockopt::linger, 0);
    web.bind("tcp://127.0.0.1:*");
    const auto where = parse_endpoint(web.get(zmq::sockopt::last_endpoint).c_str(), "test").value();
    two.dialler.dial(LinkId{1}, where);
    bool answered = false;
    const auto reading = two.loop.add(web, [&] {
        zmq::message_t id, data;
        (void)web.recv(id, zmq::recv_flags::dontwait);
        (void)web.recv(data, zmq::recv_flags::dontwait);
        if (std::exchange(answered, true)) return;
        web.send(zmq::buffer(id.to_string()), zmq::send_flags::sndmore);
        send_raw(web, "HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    CHECK(two.wait([&] { return two.calls.failed.contains(LinkId{1}); }));
    two.loop.remove(reading);
    CHECK(two.calls.up.empty());
}

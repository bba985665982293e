// Links on real sockets that take nothing, or not yet: what waits, how much of it, and who is cut.
#include "messages/wire/limits.hpp"
#include "tests/socket/raw_zmtp.hpp"
#include "two_ends.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;
using namespace std::chrono_literals;

// Link 1 of the dialler, to one who shakes hands and takes nothing.
static zmq::socket_t dialled_mute(TwoEnds& two) {
    auto mute = zmq::socket_t(two.context, zmq::socket_type::router);
    mute.set(zmq::sockopt::rcvhwm, 1);
    mute.set(zmq::sockopt::linger, 0);
    mute.bind("tcp://127.0.0.1:*");
    const std::string where = mute.get(zmq::sockopt::last_endpoint);
    two.dialler.dial(LinkId{1}, parse_endpoint(where.c_str(), "test").value());
    REQUIRE(two.wait([&] { return two.calls.up.contains(LinkId{1}); }));
    return mute;
}

TEST_CASE(
    "links: who does not read what it asked for is cut after so many bytes, and its queue goes") {
    TwoEnds two;
    RawZmtp deaf(two.address, "DEALER");
    const Bytes frame = encode(a_ping());
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
    // It gets nothing of what libzmq and the kernel held for it: it was cut, and is not just
    // silent.
    CHECK(deaf.read() < sent / 2);
}

TEST_CASE("links: a full link keeps small messages, and refuses payload") {
    TwoEnds two;
    const zmq::socket_t mute = dialled_mute(two);
    SendVerdict verdict = SendVerdict::sent;
    std::uint64_t sent = 0;
    while (verdict == SendVerdict::sent && sent < (1U << 30)) {
        verdict = two.dialler.send_payload(LinkId{1}, {{}, Data{}},
                                           Payload(Bytes(limits::kChunkBytes, 1)));
        sent += limits::kChunkBytes;
    }
    CHECK(verdict == SendVerdict::full);
    CHECK(sent <= limits::kMaxUnsentBytes + (64U << 20));
    two.dialler.send(LinkId{1}, a_ping());
    CHECK(two.calls.down.empty());
    CHECK(two.dialler.size() == 1);
}

TEST_CASE("links: a link that stays full is cut when its queue is full, too") {
    TwoEnds two;
    const zmq::socket_t mute = dialled_mute(two);
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
        TwoEnds two;
        two.dialler.dial(LinkId{1}, two.address);
        for (std::size_t i = 0; i < limits::kLinkOverflow + (more ? 1 : 0); ++i)
            two.dialler.send(LinkId{1}, a_ping());
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
    dialler.send(LinkId{1}, a_ping());
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
    CHECK(raw->read() == kShaken + 2 + encode(a_ping()).size());
    CHECK(calls.down.empty());
}

TEST_CASE("links: payload does not go before small messages that wait") {
    TwoEnds two;
    two.dialler.dial(LinkId{1}, two.address);
    CHECK(two.dialler.takes(LinkId{1}));
    two.dialler.send(LinkId{1}, a_ping());
    CHECK_FALSE(two.dialler.takes(LinkId{1}));
    REQUIRE(two.wait([&] { return two.answers.messages[two.answers.last] == 1; }));
    CHECK(two.dialler.takes(LinkId{1}));
}

TEST_CASE("links: what waited for those that were hung up counts no more") {
    TwoEnds two;
    RawListener mute;  // never shakes hands
    Have have;
    for (std::uint32_t i = 0; i < limits::kMaxFragments; i += 2)
        have.fragments.add(i);
    const std::size_t each = encode({{}, have}).size();
    std::uint64_t link = 0;
    for (std::size_t waited = 0; waited <= limits::kLinkOverflowTotalBytes;) {
        two.dialler.dial(LinkId{++link}, mute.endpoint());
        for (std::size_t own = 0; own + each < limits::kLinkOverflowBytes; own += each) {
            two.dialler.send(LinkId{link}, {{}, have});
            waited += each;
        }
        two.dialler.hang_up(LinkId{link});
    }
    two.dialler.dial(LinkId{++link}, two.address);
    two.dialler.send(LinkId{link}, {{}, have});
    CHECK(two.wait([&] { return two.answers.messages[two.answers.last] == 1; }));
    CHECK(two.calls.down.empty());
}

TEST_CASE("links: beyond kLinkOverflowTotalBytes that wait for all the fullest is cut") {
    TwoEnds two;
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
    TwoEnds two;
    two.connect();
    const Bytes frame = encode(a_ping());
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

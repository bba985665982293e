// Who answers nothing: how long that is borne, and how little is asked there until it does.
#include "peer/swarm/people/neighbour.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;

namespace {

constexpr Time kBegin{Duration(1'000'000)};

Neighbour linked(Duration trip) {
    Neighbour n(LinkId{1}, true, "tcp://10.0.0.1:4000", kBegin);
    n.on_connected(kBegin);
    n.hello_sent(kBegin);
    PeerRecord peer;
    peer.id.bytes[0] = 1;
    peer.epoch = {1};
    n.on_hello(peer, true, kBegin + trip);
    return n;
}

}  // namespace

TEST_CASE("neighbour: its first answer is due after two round trips and a little") {
    CHECK(linked(20ms).patience() == 40ms + limits::kFirstAnswer);
    CHECK(linked(1s).patience() == 2s + limits::kFirstAnswer);
    Neighbour accepted(LinkId{2}, false, "", kBegin);
    CHECK(accepted.patience() == 200ms + limits::kFirstAnswer);  // how far it is nobody knows yet
}

TEST_CASE("neighbour: little is asked at once until its first chunk came, whatever else it says") {
    Neighbour n = linked(20ms);
    CHECK(n.window() == limits::kMinInFlightBytes);
    n.heard_answer();
    CHECK(n.spoke());
    CHECK_FALSE(n.gave());
    CHECK(n.window() == limits::kMinInFlightBytes);
    n.asked(2 * limits::kChunkBytes, kBegin);
    n.answered(limits::kChunkBytes, kBegin);
    CHECK(n.gave());
    CHECK(n.window() == limits::kStartInFlightBytes);
    // Another process behind the same link has all that before it.
    n.on_hello(n.peer(), false, kBegin);
    CHECK_FALSE(n.gave());
    CHECK_FALSE(n.spoke());
}

TEST_CASE("neighbour: it is passed over longer each time, until it answers") {
    Neighbour n = linked(20ms);
    Time now = kBegin;
    CHECK_FALSE(n.passed_over(now));
    Duration wait = limits::kPassedOverMin;
    for (int i = 0; i < 8; ++i) {
        CAPTURE(i);
        n.pass_over(now);
        CHECK(n.passed_until() == now + wait);
        CHECK(n.passed_over(now + wait - 1us));
        now += wait;
        CHECK_FALSE(n.passed_over(now));
        wait = std::min<Duration>(wait * 2, limits::kPassedOverMax);
    }
    CHECK(wait == limits::kPassedOverMax);
    n.pass_over(now);
    n.heard_answer();
    CHECK_FALSE(n.passed_over(now));
    n.pass_over(now);
    CHECK(n.passed_until() == now + limits::kPassedOverMin);
}

TEST_CASE("neighbour: how long it gave nothing of what it was asked for") {
    Neighbour n = linked(20ms);
    const Time later = kBegin + 40s;
    CHECK(n.gives_nothing_for(later) == 0s);
    SUBCASE("a proof") {
        n.ask_other(kBegin);
        n.ask_other(kBegin + 10s);
        n.heard_answer();  // busy
        CHECK(n.gives_nothing_for(later) == 40s);
        n.gave_other();
    }
    SUBCASE("chunks") {
        n.asked(limits::kChunkBytes, kBegin);
        n.relieved(limits::kChunkBytes, kBegin + 10s);  // busy
        n.asked(2 * limits::kChunkBytes, kBegin + 20s);
        CHECK(n.gives_nothing_for(later) == 40s);
        n.gave_other();
        CHECK(n.gives_nothing_for(later) == 40s);
        n.answered(limits::kChunkBytes, later);
    }
    SUBCASE("chunks that were not wanted after all") {
        n.asked(limits::kChunkBytes, kBegin);
        n.excuse();
    }
    SUBCASE("and greets anew") {
        n.asked(limits::kChunkBytes, kBegin);
        n.on_hello(n.peer(), false, kBegin + 20s);
        CHECK(n.gives_nothing_for(later) == 40s);
        n.answered(limits::kChunkBytes, later);
    }
    CHECK(n.gives_nothing_for(later) == 0s);
}

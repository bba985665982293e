// When a peer lives, and when it wants to be woken.
#include "peer/swarm/life.hpp"

#include <set>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;

namespace {

struct Sleeper {
    Life life;
    Actions out;

    // A turn at that time, in which something says that it is due then.
    Time turn(Time now, Time due, bool ticked) {
        if (ticked) life.woken();
        Turn turn = life.turn(now, out);
        turn.wake_by(due);
        life.over(turn, ticked);
        return life.wake();
    }
};

}  // namespace

TEST_CASE("life: nothing is concluded before it starts and after it left, which it does once") {
    Life life;
    CHECK_FALSE(life.runs());
    CHECK_FALSE(life.has_left());
    life.start(Time{7s});
    CHECK(life.runs());
    CHECK(life.since() == Time{7s});
    CHECK(life.leave());
    CHECK_FALSE(life.leave());
    CHECK_FALSE(life.runs());
    CHECK(life.has_left());
}

TEST_CASE("life: who leaves before it starts never runs") {
    Life life;
    CHECK(life.leave());
    life.start(Time{1s});
    CHECK_FALSE(life.runs());
}

TEST_CASE("life: it wakes for the first of all that is due; a tick forgets what was") {
    Sleeper sleeper;
    sleeper.life.start(Time{1s});
    CHECK(sleeper.life.wake() == kNever);
    CHECK(sleeper.turn(Time{1s}, Time{9s}, false) == Time{9s});
    CHECK(sleeper.turn(Time{2s}, kNever, false) == Time{9s});
    CHECK(sleeper.turn(Time{3s}, Time{5s}, false) == Time{5s});
    CHECK(sleeper.turn(Time{4s}, Time{6s}, false) == Time{5s});
    CHECK(sleeper.turn(Time{5s}, Time{8s}, true) == Time{8s});
    CHECK(sleeper.turn(Time{8s}, kNever, true) == kNever);
}

TEST_CASE("life: after a tick it sleeps for a moment at least, after another fact not at all") {
    Sleeper sleeper;
    sleeper.life.start(Time{1s});
    CHECK(sleeper.turn(Time{2s}, Time{2s}, true) == Time{2s} + Life::kMoment);
    CHECK(sleeper.turn(Time{3s}, Time{3s} + Life::kMoment, true) == Time{3s} + Life::kMoment);
    CHECK(sleeper.turn(Time{4s}, Time{4s}, false) <= Time{4s});
    sleeper.life.leave();
    CHECK(sleeper.turn(Time{5s}, Time{5s}, true) == Time{5s});
}

TEST_CASE("life: no request has the number of another, in whichever turn it is made") {
    Life life;
    Actions out;
    std::set<RequestId> numbers;
    for (int i = 0; i < 3; ++i) {
        Turn turn = life.turn(Time{}, out);
        numbers.insert(turn.next_request());
        numbers.insert(turn.next_request());
    }
    CHECK(numbers.size() == 6);
    CHECK_FALSE(numbers.contains(RequestId{}));  // 0: none
}

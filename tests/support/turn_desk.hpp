// One thread (the test's). A turn as the core gives it to its owners, and what came of it: what is
// to be done, in order, and when it is to be called again.
#pragma once

#include "peer/swarm/turn.hpp"

#include <cstdint>

namespace fragcast::test {

struct TurnDesk {
    Actions out;
    std::uint64_t requests = 0;
    Time wake = kNever;  // as the last turn said

    // What `does` returns of a turn.
    template <class Does>
    auto turn(Time now, Does does) {
        Turn turn{now, out, requests};
        struct End {
            TurnDesk& desk;
            Turn& turn;
            ~End() { desk.wake = turn.wake; }
        } end{*this, turn};
        return does(turn);
    }
};

}  // namespace fragcast::test

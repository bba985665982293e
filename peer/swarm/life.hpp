// Loop thread. Pure.
//
// A peer's life: it begins with Started and is over with Leaving, and only between them is anything
// concluded. And its sleep: when it must be woken next.
#pragma once

#include "peer/swarm/turn.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace fragcast {

class Life {
public:
    // What is due within this of a tick waits for the next one: so each moves on.
    static constexpr Duration kMoment{1'000};

    void start(Time now) {
        started_ = true;
        since_ = now;
    }
    // False: it has left already.
    bool leave() { return !std::exchange(left_, true); }
    bool runs() const { return started_ && !left_; }
    bool has_left() const { return left_; }
    Time since() const { return since_; }

    // What follows from one fact. No request has the number of another.
    Turn turn(Time now, Actions& out) { return {now, out, last_request_}; }

    // --- sleep. A tick came: whoever waits for something says so again.
    void woken() { wake_ = kNever; }
    // That turn is over, and says when something is due.
    void over(const Turn& turn, bool ticked) {
        wake_ = std::min(wake_, turn.wake);
        if (ticked && runs()) wake_ = std::max(wake_, turn.now + kMoment);
    }
    Time wake() const { return wake_; }

private:
    bool started_ = false;
    bool left_ = false;
    Time since_{};
    Time wake_ = kNever;
    std::uint64_t last_request_ = 0;
};

}  // namespace fragcast

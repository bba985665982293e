// One thread (the test's). Virtual time: integer microseconds, no wall clock, no waiting.
//
// Events run in the order of (time, insertion), so that a run is a function of its inputs only.
#pragma once

#include "messages/wire/ids.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace fragcast::sim {

class SimClock {
public:
    Time now() const { return now_; }
    // `when` in the past counts as now. Events of one time run in the order in which they came.
    void at(Time when, std::function<void()> what);
    void after(Duration delay, std::function<void()> what) { at(now_ + delay, std::move(what)); }
    // Performs the next event that is not later than `until`; without one, moves to `until` and
    // returns false.
    bool step(Time until);
    std::uint64_t events() const { return performed_; }

private:
    struct Event {
        Time when;
        std::uint64_t number;
        std::function<void()> what;
    };
    static bool later(const Event& a, const Event& b);

    Time now_{Duration{1'000'000}};  // not 0, which code may take for "never happened"
    std::uint64_t inserted_ = 0;
    std::uint64_t performed_ = 0;
    std::vector<Event> heap_;
};

// A small generator with its own distributions: those of the standard library differ between
// libraries. (splitmix64, public domain, by Sebastiano Vigna.)
class SimRandom {
public:
    explicit SimRandom(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next();
    std::uint64_t below(std::uint64_t limit) { return limit ? next() % limit : 0; }
    bool chance(std::uint32_t percent) { return below(100) < percent; }
    Duration between(Duration least, Duration most);

private:
    std::uint64_t state_;
};

}  // namespace fragcast::sim

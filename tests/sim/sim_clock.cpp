#include "tests/sim/sim_clock.hpp"

#include <algorithm>

namespace fragcast::sim {

bool SimClock::later(const Event& a, const Event& b) {
    return std::tie(a.when, a.number) > std::tie(b.when, b.number);
}

void SimClock::at(Time when, std::function<void()> what) {
    heap_.push_back({std::max(when, now_), inserted_++, std::move(what)});
    std::push_heap(heap_.begin(), heap_.end(), later);
}

bool SimClock::step(Time until) {
    if (heap_.empty() || heap_.front().when > until) {
        now_ = std::max(now_, until);
        return false;
    }
    std::pop_heap(heap_.begin(), heap_.end(), later);
    const Event event = std::move(heap_.back());
    heap_.pop_back();
    now_ = event.when;
    ++performed_;
    event.what();
    return true;
}

std::uint64_t SimRandom::next() {
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

Duration SimRandom::between(Duration least, Duration most) {
    const auto width = static_cast<std::uint64_t>((most - least).count());
    return least + Duration{static_cast<Duration::rep>(below(width + 1))};
}

}  // namespace fragcast::sim

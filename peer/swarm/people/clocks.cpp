#include "peer/swarm/people/clocks.hpp"

#include <algorithm>

namespace fragcast {

std::uint64_t Clocks::Clock::read(Time now) const {
    if (unix_seconds == 0) return 0;
    return unix_seconds + static_cast<std::uint64_t>((now - at).count()) / 1'000'000;
}

void Clocks::read_own(std::uint64_t unix_seconds, Time now) {
    own_ = {unix_seconds, now};
}

void Clocks::hear_bus(Epoch began, Time now) {
    const std::uint64_t seconds = began.value / 1000;
    if (seconds > bus_.read(now)) bus_ = {seconds, now};
}

std::uint64_t Clocks::later(Time now) const {
    return std::max(own_.read(now), bus_.read(now));
}

// Epochs are seconds since 1970, or just above: who is far ahead of every clock would be believed
// above all that the true one says until then.
bool Clocks::too_far_ahead(Epoch epoch, Turn& turn) {
    const std::uint64_t clock = later(turn.now);
    if (clock == 0 || epoch.value <= clock + limits::kMaxEpochAhead) return false;
    ++refused_;
    if (told_ == Time(Duration::min()) || turn.now - told_ >= limits::kLogInterval) {
        told_ = turn.now;
        turn.report(
            Report::Level::warning, "peer.epoch",
            "refused what a peer says: its epoch is more than a day ahead of this machine's "
            "clock. If it is no forgery, one of the two clocks is wrong");
    }
    return true;
}

}  // namespace fragcast

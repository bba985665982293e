// Loop thread. Pure.
//
// The clocks that epochs are compared with: this machine's, and the bus's, which began at its
// epoch. An epoch is at most limits::kMaxEpochAhead beyond the later of the two; where neither is
// known, every one is believed (PROTOCOL.md, section 2).
#pragma once

#include "messages/wire/ids.hpp"
#include "messages/wire/limits.hpp"
#include "peer/swarm/turn.hpp"

#include <cstdint>

namespace fragcast {

class Clocks {
public:
    // Seconds since 1970. Taken as it is: who sets a clock right may set it back. 0: not known.
    void read_own(std::uint64_t unix_seconds, Time now);
    // The epoch of a bus is its start in milliseconds since 1970: its clock, behind by as long as
    // it runs. Of several the latest.
    void hear_bus(Epoch began, Time now);
    // Seconds since 1970, the later one; 0: neither is known.
    std::uint64_t later(Time now) const;
    // Then what names that epoch is refused, and counted. Reported once for each
    // limits::kLogInterval.
    bool too_far_ahead(Epoch epoch, Turn& turn);
    std::uint64_t count_refused() const { return refused_; }  // since the start

private:
    // Goes on from what it said.
    struct Clock {
        std::uint64_t unix_seconds = 0;  // 0: not known
        Time at{};
        std::uint64_t read(Time now) const;
    };
    Clock own_;
    Clock bus_;
    Time told_{Duration::min()};
    std::uint64_t refused_ = 0;
};

}  // namespace fragcast

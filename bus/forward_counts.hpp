// bus_core: pure.
#pragma once

#include <cstdint>

namespace fragcast {

// What the forwarder did since it last told.
struct ForwardCounts {
    std::uint64_t announcements = 0;
    std::uint64_t garbage = 0;     // dropped: no announcement, or no subscription
    std::uint64_t unrecorded = 0;  // not noted, since the directory did not keep up
    std::uint64_t cut = 0;         // connections that subscribed to too much
    std::uint64_t slow = 0;        // subscribers that did not take what they subscribed to
    std::uint64_t flooded = 0;     // connections that sent more than can be looked at
    std::uint64_t strangers = 0;   // connections that did not speak ZeroMQ

    bool operator==(const ForwardCounts&) const = default;
};

}  // namespace fragcast

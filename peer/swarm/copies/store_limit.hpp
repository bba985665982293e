// Any thread: pure. How much a peer keeps where nobody said so, and what that weighs in placement.
#pragma once

#include "messages/wire/limits.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>

namespace fragcast {

// Bytes: half of what would be free without the fragments that are here. Never 0, which is no
// limit: a disk without a free byte has the smallest.
inline std::uint64_t store_limit_of(std::uint64_t free, std::uint64_t here) {
    return std::max<std::uint64_t>((free + here) / 2, 1);
}

// GiB of the limit (0: none), rounded down so that peers of about the same size are alike, whatever
// lies on their disks today.
inline std::uint32_t capacity_of(std::uint64_t max_store) {
    if (max_store == 0) return limits::kMaxCapacity;
    return static_cast<std::uint32_t>(
        std::bit_floor(std::clamp<std::uint64_t>(max_store >> 30, 1, limits::kMaxCapacity)));
}

}  // namespace fragcast

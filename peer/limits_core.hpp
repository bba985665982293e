// The bounds of the swarm core that nobody else needs; the rest of them is in messages/limits.hpp.
#pragma once

#include "messages/limits.hpp"

namespace fragcast::limits {

inline constexpr std::size_t kMaxManifestsBegun = 64;       // of several parts, not all here yet
inline constexpr std::size_t kMaxManifestsBegunByOne = 16;  // on one link
inline constexpr std::uint64_t kMaxManifestBytesBegun = 32ULL << 20;   // of all of them
inline constexpr std::uint64_t kMaxManifestBytesBegunByOne = 8 << 20;  // on one link
inline constexpr auto kHearsayKept = 5min;   // an asset that nobody is known to have any more
inline constexpr auto kFirstAnswer = 100ms;  // beyond two round trips, of who answered nothing yet
inline constexpr auto kPassedOverMin = 2s;   // who let that pass is not asked again, doubling
inline constexpr auto kPassedOverMax = 30s;

}  // namespace fragcast::limits

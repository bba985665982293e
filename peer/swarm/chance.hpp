// Loop thread. Pure. Chance that is the same for the same seed on every machine: SplitMix64, after
// Steele, Lea and Flood. The standard's distributions differ between libraries, so here is our own.
#pragma once

#include "messages/wire/ids.hpp"

#include <cstdint>

namespace fragcast {

// Spreads the bits of a number over all others.
constexpr std::uint64_t scatter(std::uint64_t value) {
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
    return value ^ (value >> 31);
}

class Chance {
public:
    explicit Chance(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() { return scatter(state_ += 0x9e3779b97f4a7c15ULL); }
    // In [0, end); 0 for an empty range.
    std::uint64_t below(std::uint64_t end) { return end == 0 ? 0 : next() % end; }

private:
    std::uint64_t state_;
};

// A number for this fragment or peer, the same throughout a run, different between seeds: breaks
// ties so that those who want the same do not all begin at the same place.
template <class Id>
std::uint64_t first_bytes(const Id& id) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i)
        value = value << 8 | id.bytes[i];
    return value;
}
inline std::uint64_t salt_of(std::uint64_t seed, const PeerId& peer) {
    return scatter(scatter(seed) ^ first_bytes(peer));
}
inline std::uint64_t salt_of(std::uint64_t seed, const FragmentRef& fragment) {
    return scatter(scatter(seed ^ first_bytes(fragment.asset)) + fragment.index.value);
}

}  // namespace fragcast

// Any thread: pure. Which peers should hold a fragment: weighted rendezvous hashing in integers
// (PROTOCOL.md, "Copies"; Thaler and Ravishankar 1998, with Mosko's -ln(u)/w weights). Everybody
// computes it alike, nobody commands it.
#pragma once

#include "messages/wire/records.hpp"

#include <cstdint>
#include <vector>

namespace fragcast {

// Where a peer of capacity above 0 stands in the order of one fragment; the least stands first.
struct Place {
    std::uint64_t distance = 0;
    std::uint32_t capacity = 1;
    PeerId peer;

    bool operator<(const Place& other) const;
};
// Of a capacity at most limits::kMaxCapacity counts.
Place place_of(const FragmentRef& fragment, const PeerId& peer, std::uint32_t capacity);

// The order in which peers are responsible for a fragment, the first first. Guests, leaving peers
// and those of capacity 0 are left out.
std::vector<PeerId> placement_order(const FragmentRef& fragment,
                                    const std::vector<PeerRecord>& peers);

// The first R of them; all where there are fewer.
std::vector<PeerId> responsible_for(const FragmentRef& fragment, std::uint32_t replicas,
                                    const std::vector<PeerRecord>& peers);

// L of PROTOCOL.md: 64 * 2^32 - log2(h) * 2^32, rounded as it says there.
std::uint64_t placement_distance(std::uint64_t h);

}  // namespace fragcast

#include "peer/swarm/copies/placement.hpp"

#include "messages/wire/hash.hpp"
#include "messages/wire/limits.hpp"

#include <algorithm>
#include <bit>

namespace fragcast {

namespace {

__extension__ using Wide = unsigned __int128;

std::uint64_t hash_of(const FragmentRef& fragment, const PeerId& peer) {
    Bytes text;
    text.reserve(AssetId::kBytes + 4 + PeerId::kBytes);
    text.insert(text.end(), fragment.asset.bytes.begin(), fragment.asset.bytes.end());
    for (int shift = 24; shift >= 0; shift -= 8)
        text.push_back(static_cast<std::uint8_t>(fragment.index.value >> shift));
    text.insert(text.end(), peer.bytes.begin(), peer.bytes.end());
    const Digest digest = sha256(text);
    std::uint64_t h = 0;
    for (std::size_t i = 0; i < 8; ++i)
        h = h << 8 | digest.bytes[i];
    return h;
}

}  // namespace

bool Place::operator<(const Place& other) const {
    const Wide mine = Wide{distance} * other.capacity;
    const Wide theirs = Wide{other.distance} * capacity;
    return mine != theirs ? mine < theirs : peer < other.peer;
}

Place place_of(const FragmentRef& fragment, const PeerId& peer, std::uint32_t capacity) {
    // Anybody may claim any capacity, and who claims all of it is responsible for everything.
    return {placement_distance(hash_of(fragment, peer)), std::min(capacity, limits::kMaxCapacity),
            peer};
}

std::uint64_t placement_distance(std::uint64_t h) {
    const std::uint64_t x = std::max<std::uint64_t>(h, 1);
    const int e = 63 - std::countl_zero(x);
    std::uint64_t m = x << (63 - e);
    std::uint64_t f = 0;
    for (int i = 0; i < 32; ++i) {
        const Wide square = Wide{m} * m;
        const bool carry = (square >> 127) != 0;
        f = f << 1 | static_cast<std::uint64_t>(carry);
        m = static_cast<std::uint64_t>(square >> (carry ? 64 : 63));
    }
    return (std::uint64_t{64} << 32) - (static_cast<std::uint64_t>(e) << 32 | f);
}

std::vector<PeerId> placement_order(const FragmentRef& fragment,
                                    const std::vector<PeerRecord>& peers) {
    std::vector<Place> places;
    for (const auto& peer : peers)
        if (!peer.guest && !peer.draining && peer.capacity > 0)
            places.push_back(place_of(fragment, peer.id, peer.capacity));
    std::sort(places.begin(), places.end());
    std::vector<PeerId> order;
    order.reserve(places.size());
    for (const Place& place : places)
        order.push_back(place.peer);
    return order;
}

std::vector<PeerId> responsible_for(const FragmentRef& fragment, std::uint32_t replicas,
                                    const std::vector<PeerRecord>& peers) {
    auto order = placement_order(fragment, peers);
    if (order.size() > replicas) order.resize(replicas);
    return order;
}

}  // namespace fragcast

// Loop thread. Pure.
//
// Peers that are gone and expected back, with what each held: until then that is neither lost nor
// there (PROTOCOL.md, "Repair"). Who comes and goes under ever new ids is not remembered without
// end: beyond limits::kMaxMissedBytes whoever held most is expected no more, and beyond
// limits::kMaxMissed whoever held least, which costs least to repair.
#pragma once

#include "messages/wire/holding.hpp"
#include "messages/wire/ids.hpp"
#include "messages/wire/limits.hpp"
#include "peer/swarm/turn.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace fragcast {

class Missing {
public:
    using Holds = std::map<AssetId, RangeSet>;
    // In place of what it held before. False: so that it is remembered, or as there is no room for
    // it, somebody is expected no more.
    bool expect(const PeerId& peer, Time until, Holds holds);
    void forget(const PeerId& peer);
    // Who is `back` has a moment to tell what it still holds. True: somebody is expected no more.
    bool expire(const std::function<bool(const PeerId&)>& back, Turn& turn);

    bool held(const AssetId& asset) const { return by_asset_.contains(asset); }
    // Who held some of it, and what; until the next change.
    std::vector<std::pair<PeerId, const RangeSet*>> of(const AssetId& asset) const;
    std::size_t count() const { return peers_.size(); }
    std::uint64_t bytes() const { return bytes_; }
    // For tests and the simulator: the rule that does not hold; nullptr: all do.
    const char* broken() const;

private:
    struct Peer {
        Time until{};
        std::uint64_t bytes = 0;
        std::set<AssetId> assets;
    };

    std::map<PeerId, Peer> peers_;
    std::map<AssetId, std::map<PeerId, RangeSet>> by_asset_;
    std::set<std::pair<std::uint64_t, PeerId>> by_bytes_;
    std::uint64_t bytes_ = 0;
};

}  // namespace fragcast

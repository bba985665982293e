#include "peer/swarm/copies/missing.hpp"

#include <algorithm>

namespace fragcast {

namespace {

// Of memory, roughly.
constexpr std::uint64_t kPeerBytes = 256;
constexpr std::uint64_t kHoldingBytes = 160;

std::uint64_t cost_of(const Missing::Holds& holds) {
    std::uint64_t bytes = kPeerBytes;
    for (const auto& [asset, fragments] : holds)
        bytes += kHoldingBytes + fragments.spans().size() * sizeof(Span);
    return bytes;
}

}  // namespace

bool Missing::expect(const PeerId& peer, Time until, Holds holds) {
    forget(peer);
    if (holds.empty()) return true;
    Peer& one = peers_[peer];
    one.until = until;
    one.bytes = cost_of(holds);
    bytes_ += one.bytes;
    by_bytes_.insert({one.bytes, peer});
    for (auto& [asset, fragments] : holds) {
        one.assets.insert(asset);
        by_asset_[asset].emplace(peer, std::move(fragments));
    }
    const std::size_t before = peers_.size();
    while (bytes_ > limits::kMaxMissedBytes)
        forget(PeerId(by_bytes_.rbegin()->second));
    while (peers_.size() > limits::kMaxMissed)
        forget(PeerId(by_bytes_.begin()->second));
    return peers_.size() == before;
}

void Missing::forget(const PeerId& peer) {
    const auto gone = peers_.extract(peer);
    if (gone.empty()) return;
    bytes_ -= gone.mapped().bytes;
    by_bytes_.erase({gone.mapped().bytes, peer});
    for (const AssetId& asset : gone.mapped().assets) {
        const auto held = by_asset_.find(asset);
        held->second.erase(peer);
        if (held->second.empty()) by_asset_.erase(held);
    }
}

bool Missing::expire(const std::function<bool(const PeerId&)>& back, Turn& turn) {
    std::vector<PeerId> expired;
    for (auto& [id, one] : peers_) {
        if (back(id)) one.until = std::min<Time>(one.until, turn.now + 2 * limits::kHeartbeat);
        if (one.until <= turn.now)
            expired.push_back(id);
        else
            turn.wake_by(one.until);
    }
    for (const PeerId& id : expired)
        forget(id);
    return !expired.empty();
}

std::vector<std::pair<PeerId, const RangeSet*>> Missing::of(const AssetId& asset) const {
    std::vector<std::pair<PeerId, const RangeSet*>> out;
    const auto held = by_asset_.find(asset);
    if (held == by_asset_.end()) return out;
    for (const auto& [peer, fragments] : held->second)
        out.emplace_back(peer, &fragments);
    return out;
}

const char* Missing::broken() const {
    std::uint64_t bytes = 0;
    std::size_t holdings = 0;
    for (const auto& [id, one] : peers_) {
        if (one.assets.empty()) return "missing: who held nothing is missed";
        if (!by_bytes_.contains({one.bytes, id})) return "missing: a peer's place is another";
        bytes += one.bytes;
        holdings += one.assets.size();
    }
    for (const auto& [asset, peers] : by_asset_) {
        if (peers.empty()) return "missing: an asset was held by nobody";
        holdings -= peers.size();
    }
    if (holdings != 0) return "missing: what was held is of nobody who is missed";
    if (by_bytes_.size() != peers_.size()) return "missing: a peer has two places";
    if (bytes > limits::kMaxMissedBytes || peers_.size() > limits::kMaxMissed)
        return "missing: too much is remembered";
    return bytes == bytes_ ? nullptr : "missing: the sum of what is remembered is wrong";
}

}  // namespace fragcast

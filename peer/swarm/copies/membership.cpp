#include "peer/swarm/copies/membership.hpp"

#include <algorithm>

namespace fragcast {

bool Membership::counts(const KnownPeer& peer) const {
    return peer.told() && (peer.word == Word::bus || !us_.bus_joined);
}

bool Membership::stays(const KnownPeer& peer) const {
    const PeerRecord& record = peer.record;
    return counts(peer) && !record.guest && !record.draining && !peer.leaving &&
           record.capacity > 0;
}

bool Membership::is_member(const KnownPeer& peer) const {
    return stays(peer) && (peer.linked() || !us_.linked_only);
}

std::optional<CopyHolder::Kind> Membership::holder(const KnownPeer& peer, bool barred) const {
    if (!peer.told() || peer.record.guest) return std::nullopt;
    if (peer.record.draining || !counts(peer) || barred) return CopyHolder::Kind::passing;
    if (peer.leaving || (us_.linked_only && !peer.linked())) return CopyHolder::Kind::away;
    return peer.record.capacity == 0 ? CopyHolder::Kind::outside : CopyHolder::Kind::copy;
}

bool Membership::may_witness(const KnownPeer& peer, bool barred, bool befriended) const {
    return is_member(peer) && !barred && !peer.record.exchange.empty() &&
           (peer.word == Word::bus || befriended);
}

bool Membership::witness_at(const KnownPeer& peer, const std::string& dialled, bool befriended) {
    return !dialled.empty() &&
           (befriended || (peer.word == Word::bus && dialled == peer.record.exchange));
}

CopyHolder::Kind Membership::ours() const {
    if (us_.guest) return CopyHolder::Kind::passing;
    if (us_.capacity == 0) return CopyHolder::Kind::outside;
    return us_.stays ? CopyHolder::Kind::copy : CopyHolder::Kind::away;
}

std::vector<CopyMember> Membership::members(const std::map<PeerId, KnownPeer>& peers) const {
    std::vector<CopyMember> out;
    for (const auto& [id, peer] : peers)
        if (is_member(peer)) out.push_back({id, peer.record.capacity});
    if (holds_copies()) out.push_back({us_.self, us_.capacity});
    std::sort(out.begin(), out.end(),
              [](const CopyMember& a, const CopyMember& b) { return a.peer < b.peer; });
    return out;
}

}  // namespace fragcast

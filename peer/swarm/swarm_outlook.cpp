// What becomes of a want, for those who do not wish to wait for what cannot come.
#include "peer/swarm/swarm_outlook.hpp"

#include "peer/swarm/core.hpp"
#include "peer/swarm/swarm_wants.hpp"

namespace fragcast {

// Barred, or dialled in vain lately. Who has no address may still dial us.
bool out_of_reach(const Core& core, const PeerId& id, Time now) {
    const KnownPeer* peer = core.peers.find(id);
    if (peer == nullptr) return false;
    const std::string& endpoint = peer->record.exchange;
    if (core.bars.barred_id(id, now) || core.bars.barred(endpoint, now)) return true;
    return peer->apart() && !endpoint.empty() && !core.neighbours.may_dial(endpoint, now);
}

static Outlook outlook(const Core& core, const KnownAsset& asset, const RangeSet& lacking,
                       Time now) {
    if (!core.search.any_answer(asset.id)) return Outlook::coming;
    RangeSet claimed;
    RangeSet within_reach;
    bool anybody = false;
    for (const auto& [peer, holding] : core.availability.who(asset.id)) {
        RangeSet some = holding.fragments;
        for (const auto& [fragment, chunks] : holding.partial)
            some.add(fragment.value);
        claimed.add(some);
        if (out_of_reach(core, peer, now)) continue;
        anybody = true;
        within_reach.add(some);
    }
    if (lacking.empty()) {
        if (anybody) return Outlook::coming;
        return claimed.empty() ? Outlook::nobody : Outlook::failed;
    }
    RangeSet unclaimed = lacking;
    unclaimed.remove(claimed);
    if (!unclaimed.empty()) return Outlook::nobody;
    return lacking.common(within_reach).empty() ? Outlook::failed : Outlook::coming;
}

Outlook Swarm::outlook(const AssetId& asset, const RangeSet& fragments, Time now) const {
    const KnownAsset* known = core_->assets.find(asset);
    return known == nullptr ? Outlook::nobody : fragcast::outlook(*core_, *known, fragments, now);
}

SpeedLimits Swarm::speed_limits() const {
    return {core_->answers.rate(), core_->requests.rate()};
}

}  // namespace fragcast

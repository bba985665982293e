// What becomes of a want, for those who do not wish to wait for what cannot come.
#include "peer/swarm/swarm_state.hpp"

namespace fragcast {

// Barred, or dialled in vain lately. Who has no address may still dial us.
bool Swarm::State::out_of_reach(const PeerId& id, Time now) const {
    const auto known = peers_.find(id);
    if (known == peers_.end()) return false;
    const KnownPeer& peer = known->second;
    const std::string& endpoint = peer.record.exchange;
    if (bars_.barred_id(id, now) || bars_.barred(endpoint, now)) return true;
    return peer.links.empty() && peer.dialling.value == 0 && !endpoint.empty() &&
           !neighbours_.may_dial(endpoint, now);
}

Outlook Swarm::State::outlook(const AssetState& asset, const RangeSet& lacking, Time now) const {
    if (!asset.search.answered) return Outlook::coming;
    RangeSet claimed;
    RangeSet within_reach;
    bool anybody = false;
    for (const auto& [peer, holding] : availability_.who(asset.id)) {
        RangeSet some = holding.fragments;
        for (const auto& [fragment, chunks] : holding.partial)
            some.add(fragment.value);
        claimed.add(some);
        if (out_of_reach(peer, now)) continue;
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
    const AssetState* known = state_->find_asset(asset);
    return known == nullptr ? Outlook::nobody : state_->outlook(*known, fragments, now);
}

SpeedLimits Swarm::speed_limits() const {
    return {state_->options_.max_upload, state_->options_.max_download};
}

}  // namespace fragcast

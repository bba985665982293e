// What is known of assets because others named them, and when that is forgotten again.
#include "messages/wire/limits.hpp"
#include "peer/swarm/swarm_state.hpp"

#include <algorithm>

namespace fragcast {

AssetState* Swarm::State::hear_of(const AssetId& id, const PeerId& holder, Time now) {
    if (AssetState* known = find_asset(id)) {
        if (heard_.contains(id)) heard_.name(id, holder, now);
        return known;
    }
    if (!make_room(now)) return nullptr;
    heard_.name(id, holder, now);
    return &asset(id);
}

// Somebody here has to do with it.
bool Swarm::State::is_ours(const AssetState& asset) const {
    const AssetId& id = asset.id;
    if (asset.manifest || wants_.declined(id) || asset.dropping || wants_.any(id) ||
        room_.is_put(id) || offers_.contains(id) || !asset.unfinished.empty() ||
        !manifests_.idle(id) || wants_.contains(id) || eviction_.runs(id) ||
        !self_.book.fragments(id).empty())
        return true;
    return viewers_.is_played(id) || viewers_.is_read(id);
}

void Swarm::State::heard_only(const AssetId& id, Time now) {
    if (is_ours(assets_.at(id))) return heard_.remove(id);
    const auto& who = availability_.who(id);
    if (who.empty() && heard_.contains(id) && heard_.holder(id).is_zero()) return;
    heard_.pass(id, who.empty() ? PeerId{} : who.begin()->first, now);
}

// The least useful one is forgotten.
bool Swarm::State::make_room(Time now) {
    while (assets_.size() >= options_.max_assets) {
        const auto least = heard_.least();
        if (!least) return false;
        if (is_ours(assets_.at(*least))) {
            heard_.remove(*least);
            continue;
        }
        // One who has fewer answers for it: who names all that others have does not push it out.
        const PeerId most = heard_.holder(*least);
        const auto& who = availability_.who(*least);
        const auto other = std::find_if(who.begin(), who.end(), [&](const auto& claim) {
            return heard_.size(claim.first) + 1 < heard_.size(most);
        });
        if (other != who.end())
            heard_.pass(*least, other->first, now);
        else
            forget_asset(*least);
    }
    return true;
}

// As if nobody had ever named it. What its holders have in all is not known any more.
void Swarm::State::forget_asset(const AssetId& id) {
    const Availability::Claims claims = availability_.who(id);
    for (const auto& [peer, holding] : claims) {
        availability_.set(peer, id, {});
        if (peers_.contains(peer)) hearing_.too_many(peer);
    }
    for (Neighbour& n : neighbours_.each())
        n.forget_interest(id);
    heard_.remove(id);
    wants_.forget(id);
    manifests_.forget(id);
    room_.forget(id);
    keeper_.forget(id);
    offers_.forget(id);
    assets_.erase(id);
    shown_.forget(id);
}

void Swarm::State::tick_heard(Turn& turn) {
    // What was offered, and whoever had it is gone for long, comes no more.
    for (const AssetId& id : wants_.give_up(availability_, turn.now)) {
        order_.at_once();
        review(id, turn);
    }
    for (const AssetId& id : heard_.take_faded(turn.now - limits::kHearsayKept)) {
        if (keeper_.expects(id))
            heard_.name(id, {}, turn.now);
        else if (!is_ours(assets_.at(id)))
            forget_asset(id);
    }
}

}  // namespace fragcast

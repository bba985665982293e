// What is known of assets because others named them, and when that is forgotten again.
#include "peer/swarm/swarm_heard.hpp"

#include "messages/wire/limits.hpp"
#include "peer/swarm/core.hpp"
#include "peer/swarm/swarm_wants.hpp"

#include <algorithm>

namespace fragcast {

static void forget_asset(Core& core, const AssetId& id);

const KnownAsset* hear_of(Core& core, const AssetId& id, const PeerId& holder, Time now) {
    if (const KnownAsset* known = core.assets.find(id)) {
        if (core.heard.contains(id)) core.heard.name(id, holder, now);
        return known;
    }
    if (!make_room(core, now)) return nullptr;
    core.heard.name(id, holder, now);
    return &core.assets.add(id);
}

bool is_ours(const Core& core, const KnownAsset& asset) {
    const AssetId& id = asset.id;
    if (asset.manifest || core.wants.declined(id) || asset.dropping || core.wants.any(id) ||
        core.room.is_put(id) || core.offers.contains(id) || core.unfinished.any(id) ||
        !core.manifests.idle(id) || core.wants.contains(id) || core.eviction.runs(id) ||
        !core.book.fragments(id).empty())
        return true;
    return core.viewers.is_played(id) || core.viewers.is_read(id);
}

void heard_only(Core& core, const AssetId& id, Time now) {
    if (is_ours(core, core.assets.at(id))) return core.heard.remove(id);
    const auto& who = core.availability.who(id);
    if (who.empty() && core.heard.contains(id) && core.heard.holder(id).is_zero()) return;
    core.heard.pass(id, who.empty() ? PeerId{} : who.begin()->first, now);
}

// The least useful one is forgotten.
bool make_room(Core& core, Time now) {
    while (core.assets.size() >= core.options.max_assets) {
        const auto least = core.heard.least();
        if (!least) return false;
        if (is_ours(core, core.assets.at(*least))) {
            core.heard.remove(*least);
            continue;
        }
        // One who has fewer answers for it: who names all that others have does not push it out.
        const PeerId most = core.heard.holder(*least);
        const auto& who = core.availability.who(*least);
        const auto other = std::find_if(who.begin(), who.end(), [&](const auto& claim) {
            return core.heard.size(claim.first) + 1 < core.heard.size(most);
        });
        if (other != who.end())
            core.heard.pass(*least, other->first, now);
        else
            forget_asset(core, *least);
    }
    return true;
}

// As if nobody had ever named it. What its holders have in all is not known any more.
static void forget_asset(Core& core, const AssetId& id) {
    const Availability::Claims claims = core.availability.who(id);
    for (const auto& [peer, holding] : claims) {
        core.availability.set(peer, id, {});
        if (core.peers.contains(peer)) core.hearing.too_many(peer);
    }
    for (Neighbour& n : core.neighbours.each())
        n.forget_interest(id);
    core.heard.remove(id);
    core.wants.forget(id);
    core.manifests.forget(id);
    core.room.forget(id);
    core.keeper.forget(id);
    core.offers.forget(id);
    core.search.stop(id);
    core.assets.forget(id);
    core.shown.forget(id);
}

void tick_heard(Core& core, Turn& turn) {
    // What was offered, and whoever had it is gone for long, comes no more.
    for (const AssetId& id : core.wants.give_up(core.availability, turn.now)) {
        core.order.at_once();
        core.wants.changed(id);
    }
    for (const AssetId& id : core.heard.take_faded(turn.now - limits::kHearsayKept)) {
        if (core.keeper.expects(id))
            core.heard.name(id, {}, turn.now);
        else if (!is_ours(core, core.assets.at(id)))
            forget_asset(core, id);
    }
}

}  // namespace fragcast

// What is wanted that is not here, put in order.
#include "peer/swarm/swarm_order.hpp"

#include "peer/swarm/core.hpp"
#include "peer/swarm/swarm_copies.hpp"
#include "peer/swarm/swarm_wants.hpp"

#include <utility>

namespace fragcast {

// Whole, or in part.
static RangeSet within_reach(const Core& core, const AssetId& id) {
    RangeSet out;
    for (const auto& [peer, holding] : core.availability.who(id)) {
        if (!core.peers.linked(peer)) continue;
        out.add(holding.fragments);
        for (const auto& [fragment, chunks] : holding.partial)
            out.add(fragment.value);
    }
    return out;
}

void make_order(Core& core, Time now) {
    std::vector<Order::Wanted> all;
    for (const AssetId& id : core.wants.all()) {
        const KnownAsset& asset = core.assets.at(id);
        if (!asset.manifest) continue;
        const RangeSet lacking = wanted_fragments(core, asset);
        Order::Wanted wanted;
        wanted.asset = id;
        wanted.manifest = asset.manifest.get();
        wanted.needs = core.viewers.needs(id, *asset.timeline, lacking, now);
        wanted.whole = core.wants.wished(id, asset.fragments()).common(lacking);
        wanted.others = core.wants.fragments(id, asset.fragments()).common(lacking);
        wanted.others.remove(wanted.whole);
        wanted.begun = core.unfinished.begun(id);
        all.push_back(std::move(wanted));
    }
    core.order.make(
        all, core.availability, [&core](const AssetId& id) { return within_reach(core, id); }, now);
}

}  // namespace fragcast

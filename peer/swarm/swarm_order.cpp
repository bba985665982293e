// What is wanted that is not here, put in order.
#include "peer/swarm/swarm_order.hpp"

#include "peer/swarm/core.hpp"
#include "peer/swarm/swarm_copies.hpp"
#include "peer/swarm/swarm_wants.hpp"

#include <utility>

namespace fragcast {

void make_order(Core& core, Time now) {
    std::vector<Order::Wanted> all;
    for (const AssetId& id : core.wants.all()) {
        const KnownAsset& asset = core.assets.at(id);
        if (!asset.manifest) continue;
        const RangeSet lacking = wanted_fragments(core, asset);
        Order::Wanted wanted{id, asset.manifest.get(), {}, {}, {}};
        wanted.needs = core.viewers.needs(id, *asset.timeline, lacking, now);
        wanted.whole = core.wants.fragments(id, asset.fragments()).common(lacking);
        wanted.begun = core.unfinished.begun(id);
        all.push_back(std::move(wanted));
    }
    core.order.make(all, core.availability, now);
}

}  // namespace fragcast

// What is wanted that is not here, put in order.
#include "peer/swarm/swarm_state.hpp"

#include <utility>

namespace fragcast {

void Swarm::State::make_order(Time now) {
    std::vector<Order::Wanted> all;
    for (const AssetId& id : wants_.all()) {
        const AssetState& asset = assets_.at(id);
        if (!asset.manifest) continue;
        const RangeSet lacking = wanted_fragments(asset);
        Order::Wanted wanted{id, asset.manifest.get(), {}, {}, {}};
        wanted.needs = viewers_.needs(id, *asset.timeline, lacking, now);
        wanted.whole = wants_.fragments(id, fragment_count(asset)).common(lacking);
        for (const auto& [index, unfinished] : asset.unfinished)
            wanted.begun.add(index.value);
        all.push_back(std::move(wanted));
    }
    order_.make(all, availability_, now);
}

}  // namespace fragcast

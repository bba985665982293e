// In which order we ask for what is wanted.
#include "peer/swarm/swarm_state.hpp"

#include <algorithm>

namespace fragcast {

void Swarm::State::add_work(const AssetState& asset, FragmentIndex fragment, Span chunks, Zone zone,
                            Time deadline) {
    if (chunks.empty()) return;
    Work work;
    work.fragment = {asset.id, fragment};
    work.chunks = chunks;
    work.zone = zone;
    work.deadline = deadline;
    work.holders = availability_.holders(work.fragment);
    work.begun = asset.unfinished.contains(fragment);
    work.salt = salt_of(seed_, work.fragment);
    order_.push_back(work);
}

void Swarm::State::rebuild_order(Time now) {
    order_.clear();
    for (const AssetId& id : wants_.all()) {
        const AssetState& asset = assets_.at(id);
        if (!asset.manifest) continue;
        const RangeSet lacking = wanted_fragments(asset);
        for (const auto& need : viewers_.needs(id, *asset.timeline, lacking, now))
            add_work(asset, need.fragment, need.chunks, need.zone, need.deadline);
        const RangeSet calm = wants_.fragments(id, fragment_count(asset)).common(lacking);
        for (const Span& span : calm.spans())
            for (std::uint32_t i = span.begin; i < span.end; ++i)
                add_work(asset, {i}, {0, chunk_count(asset.manifest->fragments[i].size)}, Zone::far,
                         kNever);
    }
    std::sort(order_.begin(), order_.end(), before);
    order_stale_ = order_now_ = false;
    order_at_ = now;
}

}  // namespace fragcast

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

// A viewer that reads ahead needs it when what comes before has been played; any other reader at
// once.
Time Swarm::State::needed_at(const AssetState& asset, const ChunkRef& chunk,
                             const std::set<ReadId>& readers) const {
    Time first = kNever;
    for (const ReadId id : readers) {
        const Read& read = reads_.at(id);
        const auto known = playheads_.find(read.viewer);
        Time needed = read.since;
        if (known != playheads_.end() && known->second.asset == asset.id) {
            const Playhead& playhead = known->second;
            const Duration ahead = asset.timeline->at(chunk.fragment, chunk_offset(chunk.chunk)) -
                                   asset.timeline->at(playhead.fragment, playhead.offset);
            needed = std::max(needed, playhead.due + ahead);
        }
        first = std::min(first, needed);
    }
    return first;
}

void Swarm::State::rebuild_order(Time now) {
    order_.clear();
    for (const AssetId& id : wanted_) {
        const AssetState& asset = assets_.at(id);
        if (!asset.manifest) continue;
        const RangeSet lacking = wanted_fragments(asset);
        for (auto it = waiting_.lower_bound({id, {}, {}});
             it != waiting_.end() && it->first.asset == id; ++it) {
            const std::uint32_t chunk = it->first.chunk.value;
            add_work(asset, it->first.fragment, {chunk, chunk + 1}, Zone::urgent,
                     needed_at(asset, it->first, it->second));
        }
        for (const auto& [viewer, playhead] : playheads_) {
            if (playhead.asset != id) continue;
            for (const auto& stretch :
                 asset.timeline->stretches(playhead.fragment, playhead.offset, playhead.due, now))
                if (lacking.contains(stretch.fragment.value))
                    add_work(asset, stretch.fragment, stretch.chunks, stretch.zone,
                             stretch.deadline);
        }
        RangeSet calm = asset.fetch;
        calm.add(asset.offered);
        calm.add(asset.copies);
        calm.add(asset.askers.wanted(static_cast<std::uint32_t>(asset.manifest->fragments.size())));
        for (const Span& span : lacking.spans())
            for (std::uint32_t i = span.begin; i < span.end; ++i)
                if (asset.fetch_all || calm.contains(i))
                    add_work(asset, {i}, {0, chunk_count(asset.manifest->fragments[i].size)},
                             Zone::far, kNever);
    }
    std::sort(order_.begin(), order_.end(), before);
    order_stale_ = order_now_ = false;
    order_at_ = now;
}

}  // namespace fragcast

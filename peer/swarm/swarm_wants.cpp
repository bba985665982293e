// What is wanted, and why: by viewers, by users, because it was offered.
#include "peer/swarm/swarm_state.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

namespace {

// Reads this far from a viewer's newest position are still of use to it.
constexpr std::uint64_t kNearBytes = 16 << 20;
constexpr Duration kZonesMove{1'000'000};

}  // namespace

// --- assets --------------------------------------------------------------------------------------

AssetState& Swarm::State::asset(const AssetId& id) {
    AssetState& asset = assets_[id];
    if (asset.id.is_zero()) asset.id = asset.record.id = id;
    return asset;
}
AssetState* Swarm::State::find_asset(const AssetId& id) {
    const auto found = assets_.find(id);
    return found == assets_.end() ? nullptr : &found->second;
}
const AssetState* Swarm::State::find_asset(const AssetId& id) const {
    const auto found = assets_.find(id);
    return found == assets_.end() ? nullptr : &found->second;
}

bool Swarm::State::learn(const AssetRecord& record, const PeerId& holder, Time now) {
    if (record.id.is_zero() || !check_name(record.name).ok()) return false;
    AssetState* known = hear_of(record.id, holder, now);
    if (known == nullptr) return false;
    AssetState& asset = *known;
    if (asset.told) return false;  // an id has one manifest, and so one record
    asset.record = record;
    asset.told = asset.dirty = true;
    copies_changed(record.id);
    return true;
}

void Swarm::State::set_manifest(AssetState& asset, std::shared_ptr<const Manifest> manifest) {
    if (asset.manifest) return;
    asset.manifest = std::move(manifest);
    // What others said of it counted only until its own description was here.
    asset.record = record_of(asset.id, *asset.manifest);
    asset.told = asset.dirty = true;
    asset.timeline = std::make_unique<Timeline>(*asset.manifest);
    copies_changed(asset.id);
}

// --- wants ---------------------------------------------------------------------------------------

RangeSet Swarm::State::wanted_fragments(const AssetState& asset) const {
    RangeSet out;
    if (!asset.manifest) return out;
    const auto count = static_cast<std::uint32_t>(asset.manifest->fragments.size());
    if (asset.fetch_all) {
        out = RangeSet::up_to(count);
    } else {
        out = asset.fetch.common(RangeSet::up_to(count));
        out.add(asset.offered.common(RangeSet::up_to(count)));
        out.add(asset.copies.common(RangeSet::up_to(count)));
        out.add(asset.askers.wanted(count));
        for (const auto& [viewer, playhead] : playheads_)
            if (playhead.asset == asset.id) out.add(Span{playhead.fragment.value, count});
        for (auto it = waiting_.lower_bound({asset.id, {}, {}});
             it != waiting_.end() && it->first.asset == asset.id; ++it)
            out.add(it->first.fragment.value);
    }
    out.remove(self_.book.fragments(asset.id));
    if (eviction_ && eviction_->asset == asset.id) out.remove(eviction_->fragments);
    return out;
}

bool Swarm::State::wants(const AssetState& asset) const {
    if (farewell_.kind != Farewell::Kind::none) return false;
    if (asset.manifest) return !wanted_fragments(asset).empty();
    if (asset.fetch_all || !asset.fetch.empty() || !asset.offered.empty() ||
        !asset.copies.empty() || !asset.askers.empty())
        return true;
    return std::any_of(reads_.begin(), reads_.end(),
                       [&](const auto& read) { return read.second.asset == asset.id; });
}

void Swarm::State::review(const AssetId& id, Turn& turn) {
    AssetState& asset = this->asset(id);
    asset.dirty = true;
    order_stale_ = plan_due_ = true;
    const bool wanted = !leaving_ && wants(asset);
    if (!wanted) {
        if (wanted_.erase(id) > 0) stop_fetching(asset, turn);
        heard_only(id, turn.now);
        return;
    }
    connect_due_ = true;
    heard_.remove(id);
    if (!wanted_.insert(id).second) return;
    if (!asset.unfinished.empty()) restock(asset);
    asset.search.next = turn.now;
    show_interest(id, turn);
    turn.wake_by(turn.now);
}

// What is under way for nobody is not worth its bytes; what is proven stays.
void Swarm::State::stop_fetching(AssetState& asset, Turn& turn) {
    order_now_ = true;
    asset.search = {};
    asset.referred.clear();
    asset.coming.failed.clear();
    asset.coming.bus_failed.clear();
    if (asset.coming.state == ManifestFetch::State::asking)
        asset.coming.state = ManifestFetch::State::idle;
    proofs_.drop(asset.id);
    if (!asset.unfinished.empty()) restock(asset);
    for (auto& [index, unfinished] : asset.unfinished) {
        const std::set<RequestId> requests = inflight_.of_fragment({asset.id, index});
        for (const RequestId request : requests)
            cancel(request, turn);
    }
}

void Swarm::State::drop_wants(AssetState& asset, Turn& turn) {
    asset.fetch_all = false;
    asset.fetch = {};
    asset.offered = {};
    asset.askers.end_all();
    asset.put = {};
    review(asset.id, turn);
}

// Nobody in particular: its user, for good.
void Swarm::State::want(ReadId who, const AssetId& id, const RangeSet& fragments, Turn& turn) {
    if (find_asset(id) == nullptr && !make_room(turn.now)) return;
    AssetState& asset = this->asset(id);
    decline(asset, false, turn);
    if (who.value != 0)
        asset.askers.add(who, fragments);
    else if (fragments.empty())
        asset.fetch_all = true;
    else
        asset.fetch.add(fragments);
    keep(asset, fragments.empty() ? asset.loose : fragments, turn);
    spare(id, turn);
    has_come(asset);
    review(id, turn);
}

void Swarm::State::unwant(ReadId who, const AssetId& id, Turn& turn) {
    AssetState* asset = find_asset(id);
    if (asset == nullptr) return;
    if (who.value != 0) {
        asset->askers.end(who);
    } else {
        asset->fetch_all = false;
        asset->fetch = {};
    }
    order_now_ = true;
    review(id, turn);
}

// What came for an asker was fetched on purpose, whatever becomes of its other wants.
void Swarm::State::has_come(AssetState& asset) {
    if (!asset.manifest || asset.askers.empty()) return;
    const auto count = static_cast<std::uint32_t>(asset.manifest->fragments.size());
    const RangeSet& here = self_.book.fragments(asset.id);
    asset.fetch.add(asset.askers.wanted(count).common(here));
    asset.askers.settle(here, count);
}

// --- viewers -------------------------------------------------------------------------------------

void Swarm::State::on_playhead(ViewerId viewer, const AssetId& id, FragmentIndex fragment,
                               std::uint64_t offset, Turn& turn) {
    if (viewer.value == 0 || leaving_ || find_asset(id) == nullptr) return;
    spare(id, turn);
    const auto known = playheads_.find(viewer);
    const AssetId before = known == playheads_.end() ? id : known->second.asset;
    if (known == playheads_.end() && playheads_.size() >= limits::kMaxViewers) {
        const auto oldest = std::min_element(
            playheads_.begin(), playheads_.end(),
            [](const auto& a, const auto& b) { return a.second.set < b.second.set; });
        on_viewer_gone(oldest->first, turn);
    }
    decline(assets_.at(id), false, turn);
    const AssetState& played = assets_.at(id);
    const auto place = [&](FragmentIndex in, std::uint64_t at) {
        return played.manifest && in.value < played.manifest->fragments.size()
                   ? played.manifest->offset_of(in) + at
                   : at;
    };
    const std::uint64_t here = place(fragment, offset);
    Playhead next{id, fragment, offset, turn.now, turn.now, here};
    if (known != playheads_.end() && known->second.asset == id && played.timeline) {
        // Who reads on where it was plays what came before first; who jumped waits.
        const Playhead& old = known->second;
        const std::uint64_t there = place(old.fragment, old.offset);
        if (here >= there && here <= old.read_to + limits::kChunkBytes) {
            next.due = old.due + (played.timeline->at(fragment, offset) -
                                  played.timeline->at(old.fragment, old.offset));
            next.read_to = std::max(here, old.read_to);
        }
    }
    playheads_[viewer] = next;
    // A stream reads ahead, and small fragments make it read ahead in the next ones: what counts is
    // how far a read is from here, not in which fragment.
    std::vector<ReadId> left;
    for (const auto& [read, waiting] : reads_) {
        if (waiting.viewer != viewer || !waiting.chunk) continue;
        const std::uint64_t at = place(waiting.chunk->fragment, chunk_offset(waiting.chunk->chunk));
        const std::uint64_t apart = at > here ? at - here : here - at;
        if (waiting.asset != id || apart > kNearBytes) left.push_back(read);
    }
    for (const ReadId read : left)
        fail_read(read, fail(ErrorKind::interrupted, "the viewer went elsewhere"), turn);
    order_now_ = true;
    if (before != id) review(before, turn);
    review(id, turn);
    turn.wake_by(turn.now + kZonesMove);
}

void Swarm::State::on_viewer_gone(ViewerId viewer, Turn& turn) {
    std::vector<ReadId> left;
    for (const auto& [read, waiting] : reads_)
        if (waiting.viewer == viewer && viewer.value != 0) left.push_back(read);
    for (const ReadId read : left)
        fail_read(read, fail(ErrorKind::interrupted, "the viewer is gone"), turn);
    const auto found = playheads_.find(viewer);
    if (found == playheads_.end()) return;
    const AssetId id = found->second.asset;
    playheads_.erase(found);
    review(id, turn);
}

// --- reads ---------------------------------------------------------------------------------------

void Swarm::State::on_read(ReadId read, ViewerId viewer, const ChunkRef& chunk, Time deadline,
                           Turn& turn) {
    AssetState* known = find_asset(chunk.asset);
    const auto refuse = [&](ErrorKind kind, const char* text) {
        turn.out.push_back(DeliverFailure{read, fail(kind, text)});
    };
    if (leaving_) return refuse(ErrorKind::interrupted, "the peer is stopping");
    spare(chunk.asset, turn);
    if (known == nullptr || !known->manifest)
        return refuse(ErrorKind::not_found, "the manifest of that asset is not here");
    if (chunk.fragment.value >= known->manifest->fragments.size() ||
        chunk.chunk.value >= chunk_count(known->manifest->fragments[chunk.fragment.value].size))
        return refuse(ErrorKind::invalid, "the asset has no such chunk");
    decline(*known, false, turn);
    if (const auto playhead = playheads_.find(viewer);
        playhead != playheads_.end() && playhead->second.asset == chunk.asset) {
        const std::uint64_t end = known->manifest->offset_of(chunk.fragment) +
                                  chunk_offset(chunk.chunk) + limits::kChunkBytes;
        playhead->second.read_to = std::max(playhead->second.read_to, end);
    }
    if (has_chunk({self_.book.fragments(chunk.asset), {}}, chunk.fragment, chunk.chunk) ||
        proven(chunk.of()).contains(chunk.chunk.value)) {
        use(chunk.of(), turn.now);
        turn.out.push_back(DeliverChunk{read, chunk});
        return;
    }
    if (farewell_.kind != Farewell::Kind::none)
        return refuse(ErrorKind::interrupted, "the peer is stopping");
    if (reads_.size() >= limits::kMaxReads)
        return refuse(ErrorKind::busy, "too many readers wait already");
    reads_[read] = {viewer, chunk, chunk.asset, turn.now, deadline};
    waiting_[chunk].insert(read);
    order_now_ = true;
    turn.wake_by(deadline);
    review(chunk.asset, turn);
}

void Swarm::State::on_need_manifest(ReadId read, const AssetId& id, Time deadline, Turn& turn) {
    AssetState* known = find_asset(id);
    if (known != nullptr && known->manifest) {
        turn.out.push_back(DeliverManifest{read, id, known->manifest});
        return;
    }
    const bool stopping = leaving_ || farewell_.kind != Farewell::Kind::none;
    const bool crowded = reads_.size() >= limits::kMaxReads;
    if (stopping || crowded || (known == nullptr && !make_room(turn.now))) {
        turn.out.push_back(DeliverFailure{
            read, stopping  ? fail(ErrorKind::interrupted, "the peer is stopping")
                  : crowded ? fail(ErrorKind::busy, "too many readers wait already")
                            : fail(ErrorKind::busy, "too many assets are here already")});
        return;
    }
    reads_[read] = {{}, std::nullopt, id, turn.now, deadline};
    turn.wake_by(deadline);
    review(id, turn);
}

void Swarm::State::on_read_cancelled(ReadId read, Turn& turn) {
    const auto found = reads_.find(read);
    if (found == reads_.end()) {
        for (auto it = asks_.begin(); it != asks_.end(); ++it)
            if (it->second.why == Ask::Why::user && it->second.read == read) {
                asks_.erase(it);
                return;
            }
        return;
    }
    const Read gone = found->second;
    reads_.erase(found);
    if (gone.chunk) {
        const auto waiting = waiting_.find(*gone.chunk);
        waiting->second.erase(read);
        if (waiting->second.empty()) waiting_.erase(waiting);
    }
    review(gone.asset, turn);
}

void Swarm::State::fail_read(ReadId read, Error why, Turn& turn) {
    on_read_cancelled(read, turn);
    turn.out.push_back(DeliverFailure{read, std::move(why)});
}

void Swarm::State::deliver(const ChunkRef& chunk, Turn& turn) {
    const auto found = waiting_.find(chunk);
    if (found == waiting_.end()) return;
    const std::set<ReadId> readers = std::move(found->second);
    waiting_.erase(found);
    use(chunk.of(), turn.now);
    for (const ReadId read : readers) {
        reads_.erase(read);
        turn.out.push_back(DeliverChunk{read, chunk});
    }
    review(chunk.asset, turn);
}

// After more of an asset came at once than one chunk.
void Swarm::State::deliver_ready(const AssetState& asset, Turn& turn) {
    std::vector<ChunkRef> ready;
    for (auto it = waiting_.lower_bound({asset.id, {}, {}});
         it != waiting_.end() && it->first.asset == asset.id; ++it)
        if (proven(it->first.of()).contains(it->first.chunk.value)) ready.push_back(it->first);
    for (const ChunkRef& chunk : ready)
        deliver(chunk, turn);
    if (!asset.manifest) return;
    std::vector<ReadId> readers;
    for (const auto& [read, waiting] : reads_)
        if (!waiting.chunk && waiting.asset == asset.id) readers.push_back(read);
    for (const ReadId read : readers) {
        reads_.erase(read);
        turn.out.push_back(DeliverManifest{read, asset.id, asset.manifest});
    }
}

// --- time ----------------------------------------------------------------------------------------

void Swarm::State::tick_viewers(Turn& turn) {
    std::vector<ReadId> late;
    for (const auto& [read, waiting] : reads_) {
        if (waiting.deadline <= turn.now)
            late.push_back(read);
        else
            turn.wake_by(waiting.deadline);
    }
    for (const ReadId read : late) {
        const AssetState& asset = assets_.at(reads_.at(read).asset);
        const bool nobody = asset.search.nobody && lacks_holders(asset, turn.now);
        const std::string why = waiting(asset, turn.now);
        fail_read(read,
                  nobody ? fail(ErrorKind::not_found, "nobody has it")
                         : fail(ErrorKind::timeout, why.empty() ? "it did not come in time" : why),
                  turn);
    }
    std::vector<ViewerId> gone;
    for (const auto& [viewer, playhead] : playheads_) {
        if (turn.now - playhead.set >= limits::kPlayhead)
            gone.push_back(viewer);
        else
            turn.wake_by(std::min(playhead.set + limits::kPlayhead, turn.now + kZonesMove));
    }
    for (const ViewerId viewer : gone)
        on_viewer_gone(viewer, turn);
    // What was near becomes urgent as it is played.
    if (!playheads_.empty() && !wanted_.empty()) order_stale_ = true;
}

// Everybody was asked, none of them settling, and nobody has it: no use in waiting longer.
void Swarm::State::fail_hopeless(const AssetState& asset, Turn& turn) {
    std::vector<ReadId> readers;
    for (const auto& [read, waiting] : reads_) {
        if (waiting.asset != asset.id) continue;
        const bool hopeless = !waiting.chunk || availability_.who(asset.id).empty();
        if (hopeless) readers.push_back(read);
    }
    for (const ReadId read : readers)
        fail_read(read, fail(ErrorKind::not_found, "nobody has asset " + asset.id.short_text()),
                  turn);
}

}  // namespace fragcast

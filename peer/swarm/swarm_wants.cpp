// What is wanted, and why: by viewers, by users, because it was offered.
#include "peer/swarm/swarm_state.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

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
    asset.told = true;
    touch(record.id);
    keeper_.changed(record.id);
    return true;
}

void Swarm::State::set_manifest(AssetState& asset, std::shared_ptr<const Manifest> manifest) {
    if (asset.manifest) return;
    asset.manifest = std::move(manifest);
    // What others said of it counted only until its own description was here.
    asset.record = record_of(asset.id, *asset.manifest);
    asset.told = true;
    touch(asset.id);
    asset.timeline = std::make_unique<Timeline>(*asset.manifest);
    keeper_.changed(asset.id);
}

// --- wants ---------------------------------------------------------------------------------------

RangeSet Swarm::State::wanted_fragments(const AssetState& asset) const {
    RangeSet out;
    if (!asset.manifest) return out;
    const auto count = static_cast<std::uint32_t>(asset.manifest->fragments.size());
    out = wants_.fragments(asset.id, count);
    out.add(viewers_.wanted(asset.id, count));
    out.remove(self_.book.fragments(asset.id));
    out.remove(eviction_.withdrawn(asset.id));
    return out;
}

bool Swarm::State::wants(const AssetState& asset) const {
    if (farewell_.runs()) return false;
    if (asset.manifest) return !wanted_fragments(asset).empty();
    return wants_.any(asset.id) || viewers_.is_read(asset.id);
}

void Swarm::State::review(const AssetId& id, Turn& turn) {
    AssetState& asset = this->asset(id);
    touch(id);
    order_.stale();
    order_.plan_anew();
    const Wants::Change change = wants_.look(id, !leaving_ && wants(asset));
    if (!wants_.contains(id)) {
        if (change == Wants::Change::ends) stop_fetching(asset, turn);
        heard_only(id, turn.now);
        return;
    }
    connect_due_ = true;
    heard_.remove(id);
    if (change != Wants::Change::begins) return;
    if (!asset.unfinished.empty()) restock(asset);
    asset.search.next = turn.now;
    show_interest(id, turn);
    turn.wake_by(turn.now);
}

// What is under way for nobody is not worth its bytes; what is proven stays.
void Swarm::State::stop_fetching(AssetState& asset, Turn& turn) {
    order_.at_once();
    asset.search = {};
    asset.referred.clear();
    manifests_.stop(asset.id);
    proofs_.drop(asset.id);
    if (!asset.unfinished.empty()) restock(asset);
    for (auto& [index, unfinished] : asset.unfinished) {
        const std::set<RequestId> requests = requests_.open().of_fragment({asset.id, index});
        for (const RequestId request : requests)
            cancel(request, turn);
    }
}

void Swarm::State::drop_wants(AssetState& asset, Turn& turn) {
    wants_.drop(asset.id);
    room_.put_no_more(asset.id);
    review(asset.id, turn);
}

// Nobody in particular: its user, for good.
void Swarm::State::want(ReadId who, const AssetId& id, const RangeSet& fragments, Turn& turn) {
    if (find_asset(id) == nullptr && !make_room(turn.now)) return;
    AssetState& asset = this->asset(id);
    decline(asset, false, turn);
    wants_.ask(who, id, fragments);
    room_.keep(id, fragments.empty() ? room_.loose(id) : fragments, turn);
    spare(id, turn);
    has_come(asset);
    review(id, turn);
}

void Swarm::State::unwant(ReadId who, const AssetId& id, Turn& turn) {
    if (find_asset(id) == nullptr) return;
    wants_.end(who, id);
    order_.at_once();
    review(id, turn);
}

void Swarm::State::has_come(const AssetState& asset) {
    if (asset.manifest)
        wants_.came(asset.id, self_.book.fragments(asset.id), fragment_count(asset));
}

// --- viewers -------------------------------------------------------------------------------------

void Swarm::State::on_playhead(ViewerId viewer, const AssetId& id, FragmentIndex fragment,
                               std::uint64_t offset, Turn& turn) {
    if (viewer.value == 0 || leaving_ || find_asset(id) == nullptr) return;
    spare(id, turn);
    if (const auto oldest = viewers_.in_the_way_of(viewer)) on_viewer_gone(*oldest, turn);
    AssetState& asset = assets_.at(id);
    decline(asset, false, turn);
    const auto moved = viewers_.move(viewer, id, fragment, offset,
                                     {asset.manifest.get(), asset.timeline.get()}, turn);
    fail_reads(moved.left, fail(ErrorKind::interrupted, "the viewer went elsewhere"), turn);
    order_.at_once();
    if (moved.before != id) review(moved.before, turn);
    review(id, turn);
}

void Swarm::State::on_viewer_gone(ViewerId viewer, Turn& turn) {
    fail_reads(viewers_.readers_of(viewer), fail(ErrorKind::interrupted, "the viewer is gone"),
               turn);
    if (const auto played = viewers_.gone(viewer)) review(*played, turn);
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
    viewers_.asked_for(viewer, chunk, *known->manifest);
    if (has_chunk({self_.book.fragments(chunk.asset), {}}, chunk.fragment, chunk.chunk) ||
        proven(chunk.of()).contains(chunk.chunk.value)) {
        room_.used(chunk.of(), turn.now);
        turn.out.push_back(DeliverChunk{read, chunk});
        return;
    }
    if (farewell_.runs()) return refuse(ErrorKind::interrupted, "the peer is stopping");
    if (viewers_.full()) return refuse(ErrorKind::busy, "too many readers wait already");
    viewers_.wait(read, viewer, chunk, deadline, turn);
    order_.at_once();
    review(chunk.asset, turn);
}

void Swarm::State::on_need_manifest(ReadId read, const AssetId& id, Time deadline, Turn& turn) {
    AssetState* known = find_asset(id);
    if (known != nullptr && known->manifest) {
        turn.out.push_back(DeliverManifest{read, id, known->manifest});
        return;
    }
    const bool stopping = leaving_ || farewell_.runs();
    const bool crowded = viewers_.full();
    if (stopping || crowded || (known == nullptr && !make_room(turn.now))) {
        turn.out.push_back(DeliverFailure{
            read, stopping  ? fail(ErrorKind::interrupted, "the peer is stopping")
                  : crowded ? fail(ErrorKind::busy, "too many readers wait already")
                            : fail(ErrorKind::busy, "too many assets are here already")});
        return;
    }
    viewers_.wait_for_manifest(read, id, deadline, turn);
    review(id, turn);
}

void Swarm::State::on_read_cancelled(ReadId read, Turn& turn) {
    if (const auto asset = viewers_.end(read)) return review(*asset, turn);
    asks_.withdraw(read);
}

void Swarm::State::fail_reads(const std::vector<ReadId>& reads, const Error& why, Turn& turn) {
    for (const ReadId read : reads) {
        if (const auto asset = viewers_.end(read)) review(*asset, turn);
        turn.out.push_back(DeliverFailure{read, why});
    }
}

void Swarm::State::deliver(const ChunkRef& chunk, Turn& turn) {
    const std::set<ReadId> readers = viewers_.came(chunk);
    if (readers.empty()) return;
    room_.used(chunk.of(), turn.now);
    for (const ReadId read : readers)
        turn.out.push_back(DeliverChunk{read, chunk});
    review(chunk.asset, turn);
}

// After more of an asset came at once than one chunk.
void Swarm::State::deliver_ready(const AssetState& asset, Turn& turn) {
    for (const ChunkRef& chunk : viewers_.awaited(asset.id))
        if (proven(chunk.of()).contains(chunk.chunk.value)) deliver(chunk, turn);
    if (!asset.manifest) return;
    for (const ReadId read : viewers_.manifest_came(asset.id))
        turn.out.push_back(DeliverManifest{read, asset.id, asset.manifest});
}

// --- time ----------------------------------------------------------------------------------------

void Swarm::State::tick_viewers(Turn& turn) {
    for (const auto& [read, id] : viewers_.late(turn)) {
        const AssetState& asset = assets_.at(id);
        const bool nobody = asset.search.nobody && lacks_holders(asset, turn.now);
        const std::string why = waiting(asset, turn.now);
        fail_reads({read},
                   nobody ? fail(ErrorKind::not_found, "nobody has it")
                          : fail(ErrorKind::timeout, why.empty() ? "it did not come in time" : why),
                   turn);
    }
    for (const ViewerId viewer : viewers_.silent(turn))
        on_viewer_gone(viewer, turn);
    // What was near becomes urgent as it is played.
    if (viewers_.count_playheads() > 0 && !wants_.empty()) order_.stale();
}

// Everybody was asked, none of them settling, and nobody has it: no use in waiting longer.
void Swarm::State::fail_hopeless(const AssetState& asset, Turn& turn) {
    const bool nobody = availability_.who(asset.id).empty();
    fail_reads(nobody ? viewers_.readers_of(asset.id) : viewers_.readers_of_manifest(asset.id),
               fail(ErrorKind::not_found, "nobody has asset " + asset.id.short_text()), turn);
}

}  // namespace fragcast

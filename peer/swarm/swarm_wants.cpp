// What is wanted, and why: by viewers, by users, because it was offered.
#include "peer/swarm/swarm_wants.hpp"

#include "peer/swarm/core.hpp"
#include "peer/swarm/swarm_bus.hpp"
#include "peer/swarm/swarm_copies.hpp"
#include "peer/swarm/swarm_fetch.hpp"
#include "peer/swarm/swarm_find.hpp"
#include "peer/swarm/swarm_heard.hpp"
#include "peer/swarm/swarm_links.hpp"
#include "peer/swarm/swarm_remove.hpp"
#include "peer/swarm/swarm_room.hpp"
#include "peer/swarm/swarm_serve.hpp"
#include "peer/swarm/swarm_view.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

static void follow_want(Core& core, const KnownAsset& asset, Turn& turn);
static void stop_fetching(Core& core, const KnownAsset& asset, Turn& turn);

// --- assets --------------------------------------------------------------------------------------

bool learn(Core& core, const AssetRecord& record, const PeerId& holder, Time now) {
    if (record.id.is_zero() || !check_name(record.name).ok()) return false;
    if (hear_of(core, record.id, holder, now) == nullptr || !core.assets.learn(record))
        return false;
    touch(core, record.id);
    core.keeper.changed(record.id);
    return true;
}

void set_manifest(Core& core, const KnownAsset& asset, std::shared_ptr<const Manifest> manifest) {
    if (!core.assets.manifest_came(asset.id, std::move(manifest))) return;
    // Wanted by what others said of it, which may have been of more than there is.
    core.wants.copy(asset.id,
                    core.wants.copies(asset.id).common(RangeSet::up_to(asset.fragments())));
    touch(core, asset.id);
    core.keeper.changed(asset.id);
}

// --- wants ---------------------------------------------------------------------------------------

RangeSet wanted_fragments(const Core& core, const KnownAsset& asset) {
    RangeSet out;
    if (!asset.manifest) return out;
    const auto count = static_cast<std::uint32_t>(asset.manifest->fragments.size());
    out = core.wants.fragments(asset.id, count);
    out.add(core.viewers.wanted(asset.id, count));
    out.remove(core.book.fragments(asset.id));
    out.remove(core.eviction.withdrawn(asset.id));
    return out;
}

bool wants(const Core& core, const KnownAsset& asset) {
    if (core.farewell.runs()) return false;
    if (asset.manifest) return !wanted_fragments(core, asset).empty();
    return core.wants.any(asset.id) || core.viewers.is_read(asset.id);
}

// Of each whose reasons, or what is here of it, changed: whether it is wanted, and what follows.
void follow_wants(Core& core, Turn& turn) {
    for (const AssetId& id : core.wants.take_changed())
        if (const KnownAsset* asset = core.assets.find(id)) follow_want(core, *asset, turn);
}

static void follow_want(Core& core, const KnownAsset& asset, Turn& turn) {
    const AssetId& id = asset.id;
    touch(core, id);
    core.order.stale();
    core.order.plan_anew();
    const Wants::Change change = core.wants.look(id, !core.life.has_left() && wants(core, asset));
    if (!core.wants.contains(id)) {
        if (change == Wants::Change::ends) stop_fetching(core, asset, turn);
        return heard_only(core, id, turn.now);
    }
    core.calls.due();
    core.heard.remove(id);
    if (change != Wants::Change::begins) return;
    core.search.begin(id, turn.now);
    show_interest(core, id, turn);
    turn.wake_by(turn.now);
}

// What is under way for nobody is not worth its bytes; what is proven stays.
static void stop_fetching(Core& core, const KnownAsset& asset, Turn& turn) {
    core.order.at_once();
    core.search.stop(asset.id);
    core.manifests.stop(asset.id);
    core.proofs.drop(asset.id);
    for (const auto& [index, unfinished] : core.unfinished.of(asset.id)) {
        const std::set<RequestId> requests = core.requests.open().of_fragment({asset.id, index});
        for (const RequestId request : requests)
            cancel(core, request, turn);
    }
}

void drop_wants(Core& core, const KnownAsset& asset) {
    core.wants.drop(asset.id);
    core.room.put_no_more(asset.id);
    core.wants.changed(asset.id);
}

// Nobody in particular: its user, for good.
void want(Core& core, ReadId who, const AssetId& id, const RangeSet& fragments, Turn& turn) {
    if (core.assets.find(id) == nullptr && !make_room(core, turn.now)) return;
    const KnownAsset& asset = core.assets.add(id);
    decline(core, asset, false, turn);
    core.wants.ask(who, id, fragments);
    core.room.keep(id, fragments.empty() ? core.room.loose(id) : fragments, turn);
    spare(core, id, turn);
    has_come(core, asset);
    core.wants.changed(id);
}

void unwant(Core& core, ReadId who, const AssetId& id) {
    if (core.assets.find(id) == nullptr) return;
    core.wants.end(who, id);
    core.order.at_once();
    core.wants.changed(id);
}

void has_come(Core& core, const KnownAsset& asset) {
    if (asset.manifest) core.wants.came(asset.id, core.book.fragments(asset.id), asset.fragments());
}

// --- viewers -------------------------------------------------------------------------------------

void on_playhead(Core& core, const facts::PlayheadMoved& at, Turn& turn) {
    const auto& [viewer, id, fragment, offset] = at;
    if (viewer.value == 0 || core.life.has_left() || core.assets.find(id) == nullptr) return;
    spare(core, id, turn);
    if (const auto oldest = core.viewers.in_the_way_of(viewer)) on_viewer_gone(core, *oldest, turn);
    const KnownAsset& asset = core.assets.at(id);
    decline(core, asset, false, turn);
    const auto moved = core.viewers.move(viewer, id, fragment, offset,
                                         {asset.manifest.get(), asset.timeline.get()}, turn);
    fail_reads(core, moved.left, fail(ErrorKind::interrupted, "the viewer went elsewhere"), turn);
    core.order.at_once();
    if (moved.before != id) core.wants.changed(moved.before);
    core.wants.changed(id);
}

void on_viewer_entered(Core& core, Turn& turn) {
    core.viewers.entered();
    publish(core, {ViewerEntered{}}, turn);
}

void on_viewer_gone(Core& core, ViewerId viewer, Turn& turn) {
    fail_reads(core, core.viewers.readers_of(viewer),
               fail(ErrorKind::interrupted, "the viewer is gone"), turn);
    if (const auto played = core.viewers.gone(viewer)) core.wants.changed(*played);
}

// --- reads ---------------------------------------------------------------------------------------

void on_read(Core& core, const facts::ReadAsked& asked, Turn& turn) {
    const auto& [read, viewer, chunk, deadline] = asked;
    const KnownAsset* known = core.assets.find(chunk.asset);
    const auto refuse = [&](ErrorKind kind, const char* text) {
        turn.out.push_back(DeliverFailure{asked.read, fail(kind, text)});
    };
    if (core.life.has_left()) return refuse(ErrorKind::interrupted, "the peer is stopping");
    spare(core, chunk.asset, turn);
    if (known == nullptr || !known->manifest)
        return refuse(ErrorKind::not_found, "the manifest of that asset is not here");
    if (chunk.fragment.value >= known->fragments() ||
        chunk.chunk.value >= chunk_count(known->size(chunk.fragment)))
        return refuse(ErrorKind::invalid, "the asset has no such chunk");
    decline(core, *known, false, turn);
    core.viewers.asked_for(viewer, chunk, *known->manifest);
    if (has_chunk({core.book.fragments(chunk.asset), {}}, chunk.fragment, chunk.chunk) ||
        proven(core, chunk.of()).contains(chunk.chunk.value)) {
        core.room.used(chunk.of(), turn.now);
        turn.out.push_back(DeliverChunk{read, chunk});
        return;
    }
    if (core.farewell.runs()) return refuse(ErrorKind::interrupted, "the peer is stopping");
    if (core.viewers.full()) return refuse(ErrorKind::busy, "too many readers wait already");
    core.viewers.wait(read, viewer, chunk, deadline, turn);
    core.order.at_once();
    core.wants.changed(chunk.asset);
}

void on_need_manifest(Core& core, const facts::ManifestAsked& asked, Turn& turn) {
    const auto& [read, id, deadline] = asked;
    const KnownAsset* known = core.assets.find(id);
    if (known != nullptr && known->manifest) {
        turn.out.push_back(DeliverManifest{read, id, known->manifest});
        return;
    }
    const bool stopping = core.life.has_left() || core.farewell.runs();
    const bool crowded = core.viewers.full();
    if (stopping || crowded || (known == nullptr && !make_room(core, turn.now))) {
        turn.out.push_back(DeliverFailure{
            read, stopping  ? fail(ErrorKind::interrupted, "the peer is stopping")
                  : crowded ? fail(ErrorKind::busy, "too many readers wait already")
                            : fail(ErrorKind::busy, "too many assets are here already")});
        return;
    }
    core.assets.add(id);
    core.viewers.wait_for_manifest(read, id, deadline, turn);
    core.wants.changed(id);
}

void on_read_cancelled(Core& core, ReadId read) {
    if (const auto asset = core.viewers.end(read)) return core.wants.changed(*asset);
    core.asks.withdraw(read);
}

void fail_reads(Core& core, const std::vector<ReadId>& reads, const Error& why, Turn& turn) {
    for (const ReadId read : reads) {
        if (const auto asset = core.viewers.end(read)) core.wants.changed(*asset);
        turn.out.push_back(DeliverFailure{read, why});
    }
}

void deliver(Core& core, const ChunkRef& chunk, Turn& turn) {
    const std::set<ReadId> readers = core.viewers.came(chunk);
    if (readers.empty()) return;
    core.room.used(chunk.of(), turn.now);
    for (const ReadId read : readers)
        turn.out.push_back(DeliverChunk{read, chunk});
    core.wants.changed(chunk.asset);
}

// After more of an asset came at once than one chunk.
void deliver_ready(Core& core, const KnownAsset& asset, Turn& turn) {
    for (const ChunkRef& chunk : core.viewers.awaited(asset.id))
        if (proven(core, chunk.of()).contains(chunk.chunk.value)) deliver(core, chunk, turn);
    if (!asset.manifest) return;
    for (const ReadId read : core.viewers.manifest_came(asset.id))
        turn.out.push_back(DeliverManifest{read, asset.id, asset.manifest});
}

// --- time ----------------------------------------------------------------------------------------

void tick_viewers(Core& core, Turn& turn) {
    for (const auto& [read, id] : core.viewers.late(turn)) {
        const KnownAsset& asset = core.assets.at(id);
        const bool nobody = core.search.nobody(id) && lacks_holders(core, asset, turn.now);
        const std::string why = waiting(core, asset, turn.now);
        fail_reads(core, {read},
                   nobody ? fail(ErrorKind::not_found, "nobody has it")
                          : fail(ErrorKind::timeout, why.empty() ? "it did not come in time" : why),
                   turn);
    }
    for (const ViewerId viewer : core.viewers.silent(turn))
        on_viewer_gone(core, viewer, turn);
    // What was near becomes urgent as it is played.
    if (core.viewers.count_playheads() > 0 && !core.wants.empty()) core.order.stale();
}

// Everybody was asked, none of them settling, and nobody has it: no use in waiting longer.
void fail_hopeless(Core& core, const KnownAsset& asset, Turn& turn) {
    const bool nobody = core.availability.who(asset.id).empty();
    fail_reads(
        core,
        nobody ? core.viewers.readers_of(asset.id) : core.viewers.readers_of_manifest(asset.id),
        fail(ErrorKind::not_found, "nobody has asset " + asset.id.short_text()), turn);
}

}  // namespace fragcast

// What the store says: verdicts on what came, fragments done and lost, assets added.
#include "peer/swarm/swarm_store.hpp"

#include "peer/swarm/core.hpp"
#include "peer/swarm/swarm_bus.hpp"
#include "peer/swarm/swarm_fetch.hpp"
#include "peer/swarm/swarm_find.hpp"
#include "peer/swarm/swarm_heard.hpp"
#include "peer/swarm/swarm_links.hpp"
#include "peer/swarm/swarm_messages.hpp"
#include "peer/swarm/swarm_names.hpp"
#include "peer/swarm/swarm_remove.hpp"
#include "peer/swarm/swarm_room.hpp"
#include "peer/swarm/swarm_view.hpp"
#include "peer/swarm/swarm_wants.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

namespace {

constexpr std::int32_t kWrongPoints = 20;

}  // namespace

// --- chunks and proofs ---------------------------------------------------------------------------

void on_chunk_stored(Core& core, const ChunkRef& chunk, LinkId from, StoreVerdict verdict,
                     Turn& turn) {
    core.requests.stored(chunk);
    core.order.plan_anew();
    Assembly* unfinished = core.unfinished.change(chunk.of());
    if (unfinished == nullptr) return;
    if (verdict != StoreVerdict::stored) unfinished->not_stored(chunk.chunk);
    switch (verdict) {
        case StoreVerdict::stored: {
            Neighbour* n = neighbour(core, from);
            const PeerId sender = core.neighbours.who(from).value_or(PeerId{});
            if (!unfinished->stored(chunk.chunk, sender, length(core, chunk))) return;
            if (n != nullptr) n->praise();
            core.unfinished.tell(chunk.of(), RangeSet{{chunk.chunk.value, chunk.chunk.value + 1}},
                                 turn.now);
            touch(core, chunk.asset);
            deliver(core, chunk, turn);
            return;
        }
        case StoreVerdict::bad:
            wrong(core, chunk.of(), chunk.chunk, from, turn);
            return;
        case StoreVerdict::full:
            on_room(core, false, turn);
            return;
        case StoreVerdict::failed:
            unfinished->rest(turn.now + limits::kDiskPause);
            turn.report(Report::Level::error, "store.failed",
                        "cannot write " + name_of_asset(core, chunk.asset) + " " +
                            std::to_string(chunk.fragment.value) + "; trying again in 5 s",
                        {}, chunk.asset, chunk.fragment.value);
            return;
        case StoreVerdict::unwanted:
            unfinished->declined();
            return;
    }
}

// Its sender is told; nothing more of that fragment from it; barred when it happens again.
void wrong(Core& core, const FragmentRef& fragment, ChunkIndex chunk, LinkId from, Turn& turn) {
    turn.count("bad_chunks");
    core.order.plan_anew();
    Neighbour* n = neighbour(core, from);
    if (n == nullptr) return;
    const PeerId peer = n->peer().id;
    turn.report(Report::Level::warning, "chunk.bad",
                name_of_peer(core, peer) + " sent a wrong chunk of " +
                    name_of_asset(core, fragment.asset) + " " +
                    std::to_string(fragment.index.value) + ": thrown away, asked elsewhere",
                peer, fragment.asset, fragment.index.value);
    turn.out.push_back(SendTo{from, Bad{fragment.asset, fragment.index, chunk}});
    n->gave_wrong(fragment);
    const std::set<RequestId> requests = core.requests.open().of_fragment(fragment);
    for (const RequestId request : requests)
        if (core.requests.open().find(request)->link == from) cancel(core, request, turn);
    if (core.bars.failed(n->culprit(), n->place(), fragment, turn.now))
        return bar_liar(core, from, turn);
    n->judge_at(turn.now + limits::kAmends);
    turn.wake_by(n->judged_at());
    blame(core, from, kWrongPoints, "wrong chunks", turn);
}

void bar_liar(Core& core, LinkId link, Turn& turn) {
    const PeerId peer = neighbour(core, link)->peer().id;
    turn.report(Report::Level::warning, "neighbour.barred",
                "barred " + name_of_peer(core, peer) + ": wrong chunks of several fragments", peer);
    hang_up(core, link, true, turn);
}

// Who takes back what was wrong of it is no liar, but has a bad disk.
void forgive(Core& core, Neighbour& n, const Have& have) {
    for (const FragmentRef& fragment : n.takes_back(have))
        core.bars.forgive(n.culprit(), n.place(), fragment);
}

void on_proof_stored(Core& core, const facts::ProofStored& stored, Turn& turn) {
    const FragmentRef& fragment = stored.fragment;
    core.order.plan_anew();
    Assembly* unfinished = core.unfinished.change(fragment);
    if (unfinished == nullptr || unfinished->proof() != Assembly::Proof::storing) return;
    switch (stored.verdict) {
        case StoreVerdict::stored: {
            RangeSet news = stored.proven;
            news.remove(unfinished->proven());
            unfinished->proof_here(stored.proven);
            if (!news.empty()) {
                core.unfinished.tell(fragment, news, turn.now);
                deliver_ready(core, core.assets.at(fragment.asset), turn);
            }
            touch(core, fragment.asset);
            return;
        }
        case StoreVerdict::bad:
            unfinished->proof_missing();
            wrong(core, fragment, {0}, stored.from, turn);
            return;
        case StoreVerdict::full:
            unfinished->proof_missing();
            on_room(core, false, turn);
            return;
        case StoreVerdict::failed:
        case StoreVerdict::unwanted:
            unfinished->proof_missing();
            unfinished->rest(turn.now + limits::kDiskPause);
            return;
    }
}

void on_manifest_stored(Core& core, facts::ManifestStored stored, Turn& turn) {
    const auto& [id, from, verdict, manifest] = stored;
    const KnownAsset* known = core.assets.find(id);
    if (known == nullptr || known->dropping) return;
    if (verdict == StoreVerdict::stored && manifest) {
        core.manifests.forget(id);
        set_manifest(core, *known, std::move(stored.manifest));
        deliver_ready(core, *known, turn);
        core.wants.changed(id);
        return;
    }
    if (!core.manifests.waits_for(id, from)) return;
    if (verdict == StoreVerdict::bad && from.value != 0) {
        turn.count("bad_chunks");
        blame(core, from, kWrongPoints, "wrong manifests", turn);
    }
    if (verdict == StoreVerdict::full) on_room(core, false, turn);
    const Neighbour* n = neighbour(core, from);
    core.manifests.not_stored(
        id, n == nullptr ? PeerId{} : n->peer().id,
        verdict == StoreVerdict::bad ? Duration(limits::kBar) : Duration(limits::kDiskPause), turn);
    if (!core.wants.contains(id)) heard_only(core, id, turn.now);
}

void on_room(Core& core, bool room, Turn& turn) {
    if (core.room.disk_says(room, turn)) core.order.plan_anew();
}

// --- fragments -----------------------------------------------------------------------------------

// We hold these whole from now on: told to the buses, to all, to neighbours.
void announce(Core& core, const KnownAsset& asset, const RangeSet& fragments, Turn& turn) {
    const bool first = core.book.fragments(asset.id).empty();
    if (!core.book.add(asset.record, fragments)) return;
    // A guest that puts is no holder: whoever gets the asset first publishes it.
    const bool known_elsewhere = held_elsewhere(core, asset.id, core.self.record().id);
    changed(core, asset.id, turn);
    // In this order: the word that it is published carries the sequence of the change.
    publish(core, {FragmentAvailable{asset.record, fragments}, core.book.sequence()}, turn);
    if (first && !known_elsewhere && !core.self.record().guest)
        publish(core, {AssetPublished{asset.record}, core.book.sequence()}, turn);
    Have have;
    have.asset = asset.id;
    have.fragments = fragments;
    push_have(core, asset.id, have, turn);
}

// Each link that sent part of it is thanked for its share; all are told who sent most.
static void thank(Core& core, const KnownAsset& asset, FragmentIndex fragment, Turn& turn) {
    const FragmentInfo& info = asset.manifest->fragments[fragment.value];
    PeerId most;
    std::uint64_t most_bytes = 0;
    const Origins::Origin* origin = core.origins.find({asset.id, fragment});
    if (origin == nullptr) return;
    for (const auto& [peer, bytes] : origin->senders) {
        if (peer.is_zero()) continue;
        if (bytes > most_bytes) {
            most = peer;
            most_bytes = bytes;
        }
        if (Neighbour* n = link_of(core, peer))
            turn.out.push_back(
                SendTo{n->link(), Receipt{asset.id, fragment, bytes, info.duration_us}});
    }
    if (most_bytes == 0) return;
    publish(core, {FragmentReceived{asset.id, fragment, most, most_bytes, info.duration_us}}, turn);
    turn.report(Report::Level::info, "fragment.received",
                asset.record.name + " " + std::to_string(fragment.value) + " from " +
                    name_of_peer(core, most) +
                    (origin->senders.size() > 1
                         ? " and " + std::to_string(origin->senders.size() - 1) + " more"
                         : std::string()),
                most, asset.id, fragment.value);
}

void on_fragment_done(Core& core, const FragmentRef& fragment, Turn& turn) {
    const KnownAsset* asset = core.assets.find(fragment.asset);
    if (asset == nullptr || !asset->manifest) return;
    const std::optional<Assembly> ended = core.unfinished.end(fragment);
    came(core, *asset, fragment.index, ended && ended->complete(), turn);
    if (ended) {
        core.origins.add(fragment, ended->senders(), ended->began(), turn.now);
        core.proofs.drop(fragment);
    }
    core.wants.fetched(fragment);
    core.room.used(fragment, turn.now);
    decline(core, *asset, false, turn);
    const std::set<RequestId> requests = core.requests.open().of_fragment(fragment);
    for (const RequestId request : requests)
        cancel(core, request, turn);
    for (Neighbour& n : core.neighbours.each())
        n.done_with(fragment);
    announce(core, *asset, RangeSet{{fragment.index.value, fragment.index.value + 1}}, turn);
    has_come(core, *asset);
    thank(core, *asset, fragment.index, turn);
    deliver_ready(core, *asset, turn);
    core.wants.changed(fragment.asset);
    if (wanted_fragments(core, *asset).empty() &&
        core.book.fragments(fragment.asset).count() == asset->manifest->fragments.size())
        turn.report(Report::Level::info, "asset.complete", asset->record.name + " is all here", {},
                    fragment.asset);
}

void on_fragment_lost(Core& core, const FragmentRef& fragment, Turn& turn) {
    const KnownAsset* asset = core.assets.find(fragment.asset);
    if (asset == nullptr) return;
    core.book.lost(fragment);
    not_here(core, fragment.asset, RangeSet{{fragment.index.value, fragment.index.value + 1}},
             turn);
    core.wants.changed(fragment.asset);
}

// What we have of an unfinished fragment may be gone.
static void forget_unfinished(Core& core, const KnownAsset& asset, FragmentIndex fragment,
                              Turn& turn) {
    const FragmentRef ref{asset.id, fragment};
    if (!core.unfinished.end(ref)) return;
    core.proofs.drop(ref);
    const std::set<RequestId> requests = core.requests.open().of_fragment(ref);
    for (const RequestId request : requests)
        cancel(core, request, turn);
}

// Neither whole nor in part: all are told so.
void not_here(Core& core, const AssetId& id, const RangeSet& fragments, Turn& turn) {
    const KnownAsset& asset = core.assets.add(id);
    core.eviction.lost(id, fragments);
    for (const Span& span : fragments.spans())
        for (std::uint32_t i = span.begin; i < span.end; ++i) {
            core.origins.forget({id, {i}});
            core.answers.forget(FragmentRef{id, {i}});
            forget_unfinished(core, asset, {i}, turn);
        }
    const RangeSet gone = core.book.fragments(id).common(fragments);
    if (core.book.remove(id, gone)) {
        changed(core, id, turn);
        publish(core, {FragmentGone{id, gone}, core.book.sequence()}, turn);
    }
    push_have(core, id, have_of(core, id), turn);
    core.keeper.changed(id);
}

// It was here, and should be: whoever else has it sends it again.
void on_fragment_damaged(Core& core, const facts::FragmentDamaged& found, Turn& turn) {
    const FragmentRef& fragment = found.fragment;
    const KnownAsset* asset = core.assets.find(fragment.asset);
    if (asset == nullptr || !asset->manifest) return;
    const bool was_whole = core.book.fragments(fragment.asset).contains(fragment.index.value);
    if (was_whole)
        core.wants.ask({}, asset->id, RangeSet{{fragment.index.value, fragment.index.value + 1}});
    on_fragment_lost(core, fragment, turn);
    const char* what = " was damaged on disk: dropped, and wanted again";
    if (found.unread)
        what = was_whole ? " cannot be read from the disk: it does not count until it can, and is "
                           "wanted again"
                         : " is not whole yet, and what is here of it cannot be read from the "
                           "disk: it is begun again, with what can";
    turn.report(Report::Level::error, "fragment.damaged",
                asset->record.name + " " + std::to_string(fragment.index.value) + what, {},
                fragment.asset, fragment.index.value);
}

void on_fragment_failed(Core& core, const FragmentRef& fragment, const std::string& why,
                        Turn& turn) {
    on_fragment_lost(core, fragment, turn);
    const KnownAsset* asset = core.assets.find(fragment.asset);
    if (asset == nullptr || !asset->manifest) return;
    begin(core, *asset, fragment.index).rest(turn.now + limits::kDiskPause);
    turn.report(Report::Level::error, "fragment.failed",
                "cannot finish " + asset->record.name + " " + std::to_string(fragment.index.value) +
                    ": " + why,
                {}, fragment.asset, fragment.index.value);
}

void on_asset_added(Core& core, StoredAsset stored, Turn& turn) {
    if (!stored.manifest) return;
    const KnownAsset& asset = core.assets.add(stored.id);
    if (asset.dropping) return;
    decline(core, asset, false, turn);
    spare(core, stored.id, turn);
    set_manifest(core, asset, std::move(stored.manifest));
    const auto count = static_cast<std::uint32_t>(asset.manifest->fragments.size());
    const RangeSet whole = stored.holding.fragments.common(RangeSet::up_to(count));
    core.room.found(stored.id, whole, stored.loose);
    for (const Span& span : whole.spans())
        for (std::uint32_t i = span.begin; i < span.end; ++i)
            forget_unfinished(core, asset, {i}, turn);
    for (const auto& [index, chunks] : stored.holding.partial)
        if (index.value < count && !whole.contains(index.value) &&
            !core.book.fragments(stored.id).contains(index.value) &&
            core.unfinished.find({stored.id, index}) == nullptr)
            begin(core, asset, index).load(chunks);
    if (core.book.fragments(stored.id).empty() && !whole.empty())
        turn.report(Report::Level::info, "asset.published",
                    asset.record.name + " was published here", core.self.record().id, stored.id);
    announce(core, asset, whole, turn);
    deliver_ready(core, asset, turn);
    core.wants.changed(stored.id);
}

}  // namespace fragcast

// What the store says: verdicts on what came, fragments done and lost, assets added.
#include "peer/swarm/swarm_state.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

namespace {

constexpr std::int32_t kWrongPoints = 20;
constexpr std::uint32_t kUnwantedInARow = 3;

}  // namespace

// --- chunks and proofs ---------------------------------------------------------------------------

void Swarm::State::on_chunk_stored(const ChunkRef& chunk, LinkId from, StoreVerdict verdict,
                                   Turn& turn) {
    requests_.stored(chunk);
    order_.plan_anew();
    Assembly* unfinished = assembly(chunk.of());
    if (unfinished == nullptr) return;
    if (verdict != StoreVerdict::stored) {
        unfinished->not_stored(chunk.chunk);
        if (unfinished->empty()) restock(assets_.at(chunk.asset));
    }
    switch (verdict) {
        case StoreVerdict::stored: {
            Neighbour* n = neighbour(from);
            const PeerId sender = neighbours_.who(from).value_or(PeerId{});
            if (!unfinished->stored(chunk.chunk, sender, length(chunk))) return;
            if (n != nullptr) n->praise();
            unfinished->tell_later(chunk.chunk, turn.now);
            untold_.insert(chunk.of());
            if (unfinished->untold().count() >= limits::kPartialHaveChunks ||
                unfinished->complete())
                push_partials(turn);
            else
                turn.wake_by(unfinished->untold_since() + limits::kPartialHaveEvery);
            touch(chunk.asset);
            deliver(chunk, turn);
            return;
        }
        case StoreVerdict::bad:
            wrong(chunk.of(), chunk.chunk, from, turn);
            return;
        case StoreVerdict::full:
            on_room(false, turn);
            return;
        case StoreVerdict::failed:
            unfinished->not_before = turn.now + limits::kDiskPause;
            turn.report(Report::Level::error, "store.failed",
                        "cannot write " + name_of_asset(chunk.asset) + " " +
                            std::to_string(chunk.fragment.value) + "; trying again in 5 s",
                        {}, chunk.asset, chunk.fragment.value);
            return;
        case StoreVerdict::unwanted:
            // Again and again: the store and we do not agree on what is there.
            if (++unfinished->unwanted >= kUnwantedInARow &&
                unfinished->proof() == Assembly::Proof::here)
                unfinished->doubt();
            return;
    }
}

// Its sender is told; nothing more of that fragment from it; barred when it happens again.
void Swarm::State::wrong(const FragmentRef& fragment, ChunkIndex chunk, LinkId from, Turn& turn) {
    ++counters_.bad_chunks;
    order_.plan_anew();
    Neighbour* n = neighbour(from);
    if (n == nullptr) return;
    const PeerId peer = n->peer().id;
    turn.report(Report::Level::warning, "chunk.bad",
                name_of_peer(peer) + " sent a wrong chunk of " + name_of_asset(fragment.asset) +
                    " " + std::to_string(fragment.index.value) + ": thrown away, asked elsewhere",
                peer, fragment.asset, fragment.index.value);
    turn.out.push_back(SendTo{from, Bad{fragment.asset, fragment.index, chunk}});
    n->gave_wrong(fragment);
    const std::set<RequestId> requests = requests_.open().of_fragment(fragment);
    for (const RequestId request : requests)
        if (requests_.open().find(request)->link == from) cancel(request, turn);
    if (bars_.failed(peer, n->endpoint(), fragment, turn.now)) return bar_liar(from, turn);
    n->judge_at(turn.now + limits::kAmends);
    turn.wake_by(n->judged_at());
    blame(from, kWrongPoints, "wrong chunks", turn);
}

void Swarm::State::bar_liar(LinkId link, Turn& turn) {
    const PeerId peer = neighbour(link)->peer().id;
    turn.report(Report::Level::warning, "neighbour.barred",
                "barred " + name_of_peer(peer) + ": wrong chunks of several fragments", peer);
    hang_up(link, true, turn);
}

// Who takes back what was wrong of it is no liar, but has a bad disk.
void Swarm::State::forgive(Neighbour& n, const Have& have) {
    for (const FragmentRef& fragment : n.takes_back(have))
        bars_.forgive(n.peer().id, n.endpoint(), fragment);
}

void Swarm::State::on_proof_stored(const FragmentRef& fragment, LinkId from, StoreVerdict verdict,
                                   const RangeSet& proven_now, Turn& turn) {
    order_.plan_anew();
    Assembly* unfinished = assembly(fragment);
    if (unfinished == nullptr || unfinished->proof() != Assembly::Proof::storing) return;
    switch (verdict) {
        case StoreVerdict::stored: {
            RangeSet news = proven_now;
            news.remove(unfinished->proven());
            unfinished->proof_here(proven_now);
            for (const Span& span : news.spans())
                for (std::uint32_t chunk = span.begin; chunk < span.end; ++chunk)
                    unfinished->tell_later({chunk}, turn.now);
            if (!news.empty()) {
                restock(assets_.at(fragment.asset));
                untold_.insert(fragment);
                push_partials(turn);
                deliver_ready(assets_.at(fragment.asset), turn);
            }
            touch(fragment.asset);
            return;
        }
        case StoreVerdict::bad:
            unfinished->proof_missing();
            wrong(fragment, {0}, from, turn);
            return;
        case StoreVerdict::full:
            unfinished->proof_missing();
            on_room(false, turn);
            return;
        case StoreVerdict::failed:
        case StoreVerdict::unwanted:
            unfinished->proof_missing();
            unfinished->not_before = turn.now + limits::kDiskPause;
            return;
    }
}

void Swarm::State::on_manifest_stored(const AssetId& id, LinkId from, StoreVerdict verdict,
                                      std::shared_ptr<const Manifest> manifest, Turn& turn) {
    AssetState* known = find_asset(id);
    if (known == nullptr || known->dropping) return;
    if (verdict == StoreVerdict::stored && manifest) {
        manifests_.forget(id);
        set_manifest(*known, std::move(manifest));
        deliver_ready(*known, turn);
        review(id, turn);
        return;
    }
    if (!manifests_.waits_for(id, from)) return;
    if (verdict == StoreVerdict::bad && from.value != 0) {
        ++counters_.bad_chunks;
        blame(from, kWrongPoints, "wrong manifests", turn);
    }
    if (verdict == StoreVerdict::full) on_room(false, turn);
    const Neighbour* n = neighbour(from);
    manifests_.not_stored(
        id, n == nullptr ? PeerId{} : n->peer().id,
        verdict == StoreVerdict::bad ? Duration(limits::kBar) : Duration(limits::kDiskPause), turn);
    if (!wants_.contains(id)) heard_only(id, turn.now);
}

void Swarm::State::on_room(bool room, Turn& turn) {
    if (room_.disk_says(room, turn)) order_.plan_anew();
}

// --- fragments -----------------------------------------------------------------------------------

// We hold these whole from now on: told to the buses, to all, to neighbours.
void Swarm::State::announce(AssetState& asset, const RangeSet& fragments, Turn& turn) {
    const bool first = self_.book.fragments(asset.id).empty();
    if (!self_.book.add(asset.record, fragments)) return;
    // A guest that puts is no holder: whoever gets the asset first publishes it.
    const bool known_elsewhere = held_elsewhere(asset.id, self_.record.id);
    changed(asset.id, turn);
    if (any_bus_joined()) {
        // In this order: the word that it is published carries the sequence of the change.
        turn.out.push_back(
            Publish{FragmentAvailable{asset.record, fragments}, self_.book.sequence()});
        if (first && !known_elsewhere && !self_.record.guest)
            turn.out.push_back(Publish{AssetPublished{asset.record}, self_.book.sequence()});
    }
    Have have;
    have.asset = asset.id;
    have.fragments = fragments;
    push_have(asset.id, have, turn);
}

// Each link that sent part of it is thanked for its share; all are told who sent most.
void Swarm::State::thank(AssetState& asset, FragmentIndex fragment, Turn& turn) {
    const FragmentInfo& info = asset.manifest->fragments[fragment.value];
    PeerId most;
    std::uint64_t most_bytes = 0;
    const auto& senders = asset.origins[fragment].senders;
    for (const auto& [peer, bytes] : senders) {
        if (peer.is_zero()) continue;
        if (bytes > most_bytes) {
            most = peer;
            most_bytes = bytes;
        }
        if (Neighbour* n = link_of(peer))
            turn.out.push_back(
                SendTo{n->link(), Receipt{asset.id, fragment, bytes, info.duration_us}});
    }
    if (most_bytes == 0) return;
    if (any_bus_joined())
        turn.out.push_back(
            Publish{FragmentReceived{asset.id, fragment, most, most_bytes, info.duration_us}});
    turn.report(Report::Level::info, "fragment.received",
                asset.record.name + " " + std::to_string(fragment.value) + " from " +
                    name_of_peer(most) +
                    (senders.size() > 1 ? " and " + std::to_string(senders.size() - 1) + " more"
                                        : std::string()),
                most, asset.id, fragment.value);
}

void Swarm::State::on_fragment_done(const FragmentRef& fragment, Turn& turn) {
    AssetState* asset = find_asset(fragment.asset);
    if (asset == nullptr || !asset->manifest) return;
    const auto found = asset->unfinished.find(fragment.index);
    came(*asset, fragment.index, found != asset->unfinished.end() && found->second.complete(),
         turn);
    if (found != asset->unfinished.end()) {
        const Time began = found->second.began();
        asset->origins[fragment.index] = {found->second.senders(),
                                          began == kNever ? Duration{} : turn.now - began};
        if (began != kNever) fetch_times_.add(turn.now - began);
        proofs_.drop(fragment);
        asset->unfinished.erase(found);
    }
    if (wants_.copies(asset->id).contains(fragment.index.value)) ++counters_.copies_made;
    room_.used(fragment, turn.now);
    untold_.erase(fragment);
    decline(*asset, false, turn);
    const std::set<RequestId> requests = requests_.open().of_fragment(fragment);
    for (const RequestId request : requests)
        cancel(request, turn);
    for (Neighbour& n : neighbours_.each())
        n.done_with(fragment);
    announce(*asset, RangeSet{{fragment.index.value, fragment.index.value + 1}}, turn);
    restock(*asset);
    has_come(*asset);
    thank(*asset, fragment.index, turn);
    deliver_ready(*asset, turn);
    review(fragment.asset, turn);
    if (wanted_fragments(*asset).empty() &&
        self_.book.fragments(fragment.asset).count() == asset->manifest->fragments.size())
        turn.report(Report::Level::info, "asset.complete", asset->record.name + " is all here", {},
                    fragment.asset);
}

void Swarm::State::on_fragment_lost(const FragmentRef& fragment, Turn& turn) {
    AssetState* asset = find_asset(fragment.asset);
    if (asset == nullptr) return;
    if (self_.book.fragments(fragment.asset).contains(fragment.index.value))
        ++counters_.lost_fragments;
    not_here(fragment.asset, RangeSet{{fragment.index.value, fragment.index.value + 1}}, turn);
    review(fragment.asset, turn);
}

// What we have of an unfinished fragment may be gone.
void Swarm::State::forget_unfinished(AssetState& asset, FragmentIndex fragment, Turn& turn) {
    const FragmentRef ref{asset.id, fragment};
    untold_.erase(ref);
    const auto unfinished = asset.unfinished.find(fragment);
    if (unfinished == asset.unfinished.end()) return;
    proofs_.drop(ref);
    const std::set<RequestId> requests = requests_.open().of_fragment(ref);
    for (const RequestId request : requests)
        cancel(request, turn);
    asset.unfinished.erase(unfinished);
}

// Neither whole nor in part: all are told so.
void Swarm::State::not_here(const AssetId& id, const RangeSet& fragments, Turn& turn) {
    AssetState& asset = this->asset(id);
    eviction_.lost(id, fragments);
    for (const Span& span : fragments.spans())
        for (std::uint32_t i = span.begin; i < span.end; ++i) {
            asset.origins.erase({i});
            answers_.forget(FragmentRef{id, {i}});
            forget_unfinished(asset, {i}, turn);
        }
    const RangeSet gone = self_.book.fragments(id).common(fragments);
    if (self_.book.remove(id, gone)) {
        changed(id, turn);
        if (any_bus_joined())
            turn.out.push_back(Publish{FragmentGone{id, gone}, self_.book.sequence()});
    }
    push_have(id, have_of(id), turn);
    restock(asset);
    keeper_.changed(id);
}

// It was here, and should be: whoever else has it sends it again.
void Swarm::State::on_fragment_damaged(const facts::FragmentDamaged& found, Turn& turn) {
    const FragmentRef& fragment = found.fragment;
    AssetState* asset = find_asset(fragment.asset);
    if (asset == nullptr || !asset->manifest) return;
    const bool was_whole = self_.book.fragments(fragment.asset).contains(fragment.index.value);
    if (was_whole)
        wants_.ask({}, asset->id, RangeSet{{fragment.index.value, fragment.index.value + 1}});
    on_fragment_lost(fragment, turn);
    turn.report(Report::Level::error, "fragment.damaged",
                asset->record.name + " " + std::to_string(fragment.index.value) +
                    (found.unread ? " cannot be read from the disk: it does not count until it "
                                    "can, and is wanted again"
                                  : " was damaged on disk: dropped, and wanted again"),
                {}, fragment.asset, fragment.index.value);
}

void Swarm::State::on_fragment_failed(const FragmentRef& fragment, const std::string& why,
                                      Turn& turn) {
    on_fragment_lost(fragment, turn);
    AssetState* asset = find_asset(fragment.asset);
    if (asset == nullptr || !asset->manifest) return;
    begin(*asset, fragment.index).not_before = turn.now + limits::kDiskPause;
    turn.report(Report::Level::error, "fragment.failed",
                "cannot finish " + asset->record.name + " " + std::to_string(fragment.index.value) +
                    ": " + why,
                {}, fragment.asset, fragment.index.value);
}

void Swarm::State::on_asset_added(StoredAsset stored, Turn& turn) {
    if (!stored.manifest) return;
    AssetState& asset = this->asset(stored.id);
    if (asset.dropping) return;
    decline(asset, false, turn);
    spare(stored.id, turn);
    set_manifest(asset, std::move(stored.manifest));
    const auto count = static_cast<std::uint32_t>(asset.manifest->fragments.size());
    const RangeSet whole = stored.holding.fragments.common(RangeSet::up_to(count));
    room_.found(stored.id, whole, stored.loose);
    for (const Span& span : whole.spans())
        for (std::uint32_t i = span.begin; i < span.end; ++i)
            forget_unfinished(asset, {i}, turn);
    for (const auto& [index, chunks] : stored.holding.partial)
        if (index.value < count && !whole.contains(index.value) &&
            !self_.book.fragments(stored.id).contains(index.value) &&
            !asset.unfinished.contains(index))
            begin(asset, index).load(chunks);
    if (self_.book.fragments(stored.id).empty() && !whole.empty())
        turn.report(Report::Level::info, "asset.published",
                    asset.record.name + " was published here", self_.record.id, stored.id);
    announce(asset, whole, turn);
    restock(asset);
    deliver_ready(asset, turn);
    review(stored.id, turn);
    offer_to_all(turn);
}

}  // namespace fragcast

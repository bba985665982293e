// The limit of the store: what is counted, and what is dropped to make room. Never a copy that the
// swarm would miss: R witnesses are heard first (PROTOCOL.md, "Eviction").
#include "peer/swarm/swarm_room.hpp"

#include "messages/wire/endpoint.hpp"
#include "peer/swarm/core.hpp"
#include "peer/swarm/swarm_bus.hpp"
#include "peer/swarm/swarm_copies.hpp"
#include "peer/swarm/swarm_farewell.hpp"
#include "peer/swarm/swarm_fetch.hpp"
#include "peer/swarm/swarm_find.hpp"
#include "peer/swarm/swarm_links.hpp"
#include "peer/swarm/swarm_messages.hpp"
#include "peer/swarm/swarm_names.hpp"
#include "peer/swarm/swarm_publish.hpp"
#include "peer/swarm/swarm_store.hpp"
#include "peer/swarm/swarm_view.hpp"
#include "peer/swarm/swarm_wants.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace fragcast {

static std::vector<FragmentRef> evictable(Core& core, bool copied, Time now);
static void room_came(Core& core);
static void begin_eviction(Core& core, Turn& turn);
static bool may_witness(const Core& core, const PeerId& peer, Time now);
static void ask_witnesses(Core& core, Turn& turn);
static void end_eviction(Core& core, Turn& turn);
static void pass_on(Core& core, Turn& turn);

// --- what is counted and kept --------------------------------------------------------------------

static Room::Taken taken(const Core& core, const KnownAsset& asset) {
    const auto& who = core.availability.who(asset.id);
    const bool comes = core.wants.contains(asset.id) && core.unfinished.any(asset.id) &&
                       std::any_of(who.begin(), who.end(), [&core](const auto& claim) {
                           return core.peers.linked(claim.first);
                       });
    return {asset.manifest.get(), core.book.fragments(asset.id), core.eviction.withdrawn(asset.id),
            core.unfinished.of(asset.id), comes};
}

std::uint64_t takes(const Core& core, const KnownAsset& asset) {
    return Room::bytes(taken(core, asset));
}

// Each owner notes what changed where it changes, so that nobody can forget to say so.
void restock(Core& core) {
    std::set<AssetId> stale = core.room.take_stale();
    stale.merge(core.book.take_changed());
    stale.merge(core.eviction.take_changed());
    stale.merge(core.unfinished.take_changed());
    stale.merge(core.assets.take_changed());
    stale.merge(core.wants.take_turned());
    for (const PeerId& peer : core.peers.take_relinked())
        for (const AssetId& id : core.availability.assets(peer))
            if (core.unfinished.any(id)) stale.insert(id);
    for (const AssetId& id : stale)
        if (const KnownAsset* asset = core.assets.find(id))
            core.room.count(id, taken(core, *asset));
}

// Notes how much lacks where it does not.
bool fits(Core& core, const KnownAsset& asset, FragmentIndex fragment) {
    restock(core);
    const Assembly* unfinished = core.unfinished.find({asset.id, fragment});
    const bool begun = unfinished != nullptr && !unfinished->empty();
    if (!core.room.limited() || begun) return true;
    std::uint64_t coming = 0;
    for (const FragmentRef& one : core.requests.open().fragments()) {
        const Assembly* other = core.unfinished.find(one);
        if (one != FragmentRef{asset.id, fragment} && other != nullptr && other->empty())
            coming += Room::on_disk(other->size()) - Room::here(*other);
    }
    const std::uint64_t here = unfinished == nullptr ? 0 : Room::here(*unfinished);
    return core.room.fits(Room::on_disk(asset.size(fragment)) - here, coming);
}

// Whether so much more would fit after all that may be evicted is.
bool could_hold(Core& core, std::uint64_t bytes, Time now) {
    restock(core);
    if (core.room.could_hold(bytes, 0)) return true;
    std::uint64_t free = 0;
    for (const FragmentRef& fragment : evictable(core, true, now))
        free += Room::on_disk(core.assets.at(fragment.asset).size(fragment.index));
    return core.room.could_hold(bytes, free);
}

// `fetched`: by us, chunk by chunk; else somebody put its file here.
void came(Core& core, const KnownAsset& asset, FragmentIndex fragment, bool fetched, Turn& turn) {
    const FragmentRef ref{asset.id, fragment};
    const bool loose = core.room.loose(asset.id).contains(fragment.value);
    core.room.came(ref, !fetched || core.wants.on_purpose(ref, asset.fragments(), loose), turn);
}

static std::vector<FragmentRef> evictable(Core& core, bool copied, Time now) {
    std::vector<Room::Held> held;
    for (const auto& [id, entry] : core.book.entries()) {
        const KnownAsset& asset = core.assets.at(id);
        if (!asset.manifest || core.room.loose(id).empty()) continue;
        Room::Held one;
        one.asset = id;
        one.here = &entry.fragments;
        one.played = core.viewers.played_from(id).value_or(FragmentIndex{~0U}).value;
        one.replicas = asset.replicas();
        for (const auto& [peer, holding] : core.availability.who(id))
            if (may_witness(core, peer, now)) one.witnesses.push_back(&holding.fragments);
        one.responsible = [&core, seen = picture(core, asset, now)](std::uint32_t fragment) {
            return seen.responsible(core.self.record().id, fragment);
        };
        held.push_back(std::move(one));
    }
    return core.room.evictable(held, copied);
}

// --- eviction ------------------------------------------------------------------------------------

void tick_room(Core& core, Turn& turn) {
    if (core.eviction.runs()) {
        if (core.eviction.late(turn)) return end_eviction(core, turn);
        return ask_witnesses(core, turn);
    }
    if (!core.room.look(!core.farewell.runs(), turn)) return;
    if (core.room.lacks()) return begin_eviction(core, turn);
    room_came(core);
}

static void room_came(Core& core) {
    core.order.plan_anew();
    for (const AssetId& id : core.wants.all())
        core.keeper.changed(id);
}

static void drop_unfinished(Core& core, const std::vector<FragmentRef>& fragments, Turn& turn) {
    for (const FragmentRef& fragment : fragments) {
        core.unfinished.end(fragment);
        core.proofs.drop(fragment);
        turn.out.push_back(DropFragment{fragment});
        touch(core, fragment.asset);
    }
}

// Chunks that nobody wants any more are no copy: they go first, and unasked. Not what the store is
// about to make whole: it would be announced, and then be gone.
static std::uint64_t drop_unwanted(Core& core, std::uint64_t lacking, Turn& turn) {
    std::vector<FragmentRef> unwanted;
    for (const auto& [id, rows] : core.unfinished.all())
        for (auto it = rows.begin(); it != rows.end() && lacking > 0; ++it) {
            if (core.wants.contains(id)) break;
            if (it->second.lies_with_store()) continue;
            lacking -= std::min(lacking, Room::here(it->second));
            unwanted.push_back({id, it->first});
        }
    drop_unfinished(core, unwanted, turn);
    return lacking;
}

// Proofs of what nobody here wishes, of which no chunk came or was asked for; where they alone make
// room: only who gives no chunks gives so many.
static std::uint64_t drop_proofs(Core& core, std::uint64_t lacking, Turn& turn) {
    std::vector<FragmentRef> proofs;
    std::uint64_t free = 0;
    for (const Work& work : core.order.all()) {
        const Assembly* one = core.unfinished.find(work.fragment);
        if (free >= lacking) break;
        if (!work.others || one == nullptr || !one->empty() || Room::here(*one) == 0 ||
            one->lies_with_store() || !core.requests.open().of_fragment(work.fragment).empty())
            continue;
        free += Room::here(*one);
        proofs.push_back(work.fragment);
    }
    if (free < lacking) return lacking;
    drop_unfinished(core, proofs, turn);
    return 0;
}

static void begin_eviction(Core& core, Turn& turn) {
    std::uint64_t lacking = drop_unwanted(core, core.room.take_needed(), turn);
    if (lacking > 0) lacking = drop_proofs(core, lacking, turn);
    if (lacking == 0) return room_came(core);
    const auto size = [&core](const FragmentRef& fragment) -> std::uint64_t {
        return Room::on_disk(core.assets.at(fragment.asset).size(fragment.index));
    };
    const auto victims = core.room.victims(evictable(core, true, turn.now), lacking, size, turn);
    if (!victims) return pass_on(core, turn);
    const auto& [id, fragments] = *victims;
    std::set<PeerId> witnesses;
    for (const auto& [peer, theirs] : core.availability.who(id))
        if (may_witness(core, peer, turn.now) && !theirs.fragments.common(fragments).empty())
            witnesses.insert(peer);
    core.eviction.begin(id, fragments, core.assets.at(id).replicas(), witnesses, turn);
    core.book.remove(id, fragments);
    changed(core, id, turn);
    publish(core, {FragmentGone{id, fragments}, core.book.sequence()}, turn);
    push_have(core, id, have_of(core, id), turn);
    ask_witnesses(core, turn);
}

// Over a link that we dialled, to where a bus or the configuration says that it lives: so who
// invents ids must be reachable under each, and nobody is spoken for over another link.
static Neighbour* witness_link(Core& core, const PeerId& peer) {
    const KnownPeer* known = core.peers.find(peer);
    if (known == nullptr) return nullptr;
    for (const LinkId link : known->links) {
        Neighbour* n = neighbour(core, link);
        if (Membership::witness_at(*known, n->endpoint(), core.calls.is_friend(n->endpoint())))
            return n;
    }
    return nullptr;
}

static bool may_witness(const Core& core, const PeerId& peer, Time now) {
    const KnownPeer* known = core.peers.find(peer);
    return known != nullptr &&
           membership(core).may_witness(*known, core.bars.barred_id(peer, now),
                                        core.calls.is_friend(known->record.exchange));
}

static void ask_witnesses(Core& core, Turn& turn) {
    for (const PeerId& peer : core.eviction.needed()) {
        if (Neighbour* n = witness_link(core, peer)) {
            n->use(turn.now);
            core.eviction.ask(peer, n->link(), turn);
        } else {
            reach(core, peer, turn);
        }
    }
}

void hear_witness(Core& core, const Neighbour& n, const Have& have, Turn& turn) {
    if (core.eviction.hear(n.peer().id, n.link(), have)) end_eviction(core, turn);
}

static void end_eviction(Core& core, Turn& turn) {
    const Eviction::Outcome outcome = core.eviction.end();
    const RangeSet& dropped = outcome.dropped;
    const KnownAsset& asset = core.assets.at(outcome.asset);
    core.wants.evicted(asset.id, dropped);
    core.room.dropped(asset.id, dropped);
    for (const Span& span : dropped.spans())
        for (std::uint32_t i = span.begin; i < span.end; ++i) {
            const FragmentRef fragment{asset.id, {i}};
            turn.out.push_back(DropFragment{fragment});
            core.origins.forget(fragment);
            core.answers.forget(fragment);
        }
    if (!dropped.empty())
        turn.report(Report::Level::info, "store.evicted",
                    "dropped " + name_of_asset(core, asset.id) + " " + dropped.text() +
                        " to make room: others have copies",
                    {}, asset.id);
    keep_after_all(core, outcome, turn);
    core.room.evicted(outcome.kept.empty(), turn.now);
    core.order.plan_anew();
    core.keeper.all_changed();
}

// Too few others have them: they are announced again.
void keep_after_all(Core& core, const Eviction::Outcome& outcome, Turn& turn) {
    const KnownAsset& asset = core.assets.at(outcome.asset);
    if (!outcome.kept.empty()) announce(core, asset, outcome.kept, turn);
    deliver_ready(core, asset, turn);
    core.wants.changed(outcome.asset);
}

void spare(Core& core, const AssetId& asset, Turn& turn) {
    if (core.eviction.runs(asset)) keep_after_all(core, core.eviction.call_off(), turn);
}

// There is nothing that others have: those who should have it are asked to take it.
static void pass_on(Core& core, Turn& turn) {
    if (!core.room.pass_on(turn.now)) return;
    std::map<std::pair<AssetId, PeerId>, RangeSet> offers;
    std::size_t offered = 0;
    for (const FragmentRef& fragment : evictable(core, false, turn.now)) {
        if (++offered > Room::kMostPassedOn) break;
        const KnownAsset& asset = core.assets.at(fragment.asset);
        const CopyPicture seen = picture(core, asset, turn.now);
        const std::uint32_t copies = seen.copies(core.self.record().id, fragment.index.value);
        for (const PeerId& peer : seen.takers(fragment.index.value, asset.replicas() - copies))
            offers[{fragment.asset, peer}].add(fragment.index.value);
    }
    for (auto& [key, fragments] : offers)
        if (const KnownPeer* known = core.peers.find(key.second))
            add_offering(core, key.first, {known->record, std::move(fragments)},
                         OfferReason::repair, turn.now);
}

}  // namespace fragcast

// The limit of the store: what is counted, and what is dropped to make room. Never a copy that the
// swarm would miss: R witnesses are heard first (PROTOCOL.md, "Eviction").
#include "messages/wire/endpoint.hpp"
#include "peer/swarm/swarm_state.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace fragcast {

// --- what is counted and kept --------------------------------------------------------------------

void Swarm::State::restock(AssetState& asset) {
    const auto& who = availability_.who(asset.id);
    const bool comes =
        wants_.contains(asset.id) && std::any_of(who.begin(), who.end(), [this](const auto& claim) {
            const auto known = peers_.find(claim.first);
            return known != peers_.end() && !known->second.links.empty();
        });
    room_.count(asset.id, {asset.manifest.get(), self_.book.fragments(asset.id),
                           eviction_.withdrawn(asset.id), asset.unfinished, comes});
}

// Notes how much lacks where it does not.
bool Swarm::State::fits(const AssetState& asset, FragmentIndex fragment) {
    const auto unfinished = asset.unfinished.find(fragment);
    const bool begun = unfinished != asset.unfinished.end() && !unfinished->second.empty();
    if (!room_.limited() || begun) return true;
    std::uint64_t coming = 0;
    for (const FragmentRef& one : requests_.open().fragments()) {
        const Assembly* other = assembly(one);
        if (one != FragmentRef{asset.id, fragment} && other != nullptr && other->empty())
            coming += other->size();
    }
    return room_.fits(asset.manifest->fragments[fragment.value].size, coming);
}

// Whether so much more would fit after all that may be evicted is.
bool Swarm::State::could_hold(std::uint64_t bytes, Time now) {
    if (room_.could_hold(bytes, 0)) return true;
    std::uint64_t free = 0;
    for (const FragmentRef& fragment : evictable(true, now))
        free += assets_.at(fragment.asset).manifest->fragments[fragment.index.value].size;
    return room_.could_hold(bytes, free);
}

// `fetched`: by us, chunk by chunk; else somebody put its file here.
void Swarm::State::came(AssetState& asset, FragmentIndex fragment, bool fetched, Turn& turn) {
    const FragmentRef ref{asset.id, fragment};
    const bool loose = room_.loose(asset.id).contains(fragment.value);
    room_.came(ref, !fetched || wants_.on_purpose(ref, fragment_count(asset), loose), turn);
}

std::vector<FragmentRef> Swarm::State::evictable(bool copied, Time now) {
    std::vector<Room::Held> held;
    for (const auto& [id, entry] : self_.book.entries()) {
        const AssetState& asset = assets_.at(id);
        if (!asset.manifest || room_.loose(id).empty()) continue;
        Room::Held one;
        one.asset = id;
        one.here = &entry.fragments;
        one.played = viewers_.played_from(id).value_or(FragmentIndex{~0U}).value;
        one.replicas = replicas(asset);
        for (const auto& [peer, holding] : availability_.who(id))
            if (may_witness(peer, now)) one.witnesses.push_back(&holding.fragments);
        one.responsible = [this, picture = picture(asset, now)](std::uint32_t fragment) {
            return picture.responsible(self_.record.id, fragment);
        };
        held.push_back(std::move(one));
    }
    return room_.evictable(held, copied);
}

// --- eviction ------------------------------------------------------------------------------------

void Swarm::State::tick_room(Turn& turn) {
    if (eviction_.runs()) {
        if (eviction_.late(turn)) return end_eviction(turn);
        return ask_witnesses(turn);
    }
    if (!room_.look(!farewell_.runs(), turn)) return;
    // Room that is kept for what does not come any more.
    const std::uint64_t before = room_.stock();
    for (const AssetId& id : wants_.all())
        if (AssetState& asset = assets_.at(id); !asset.unfinished.empty()) restock(asset);
    room_.freed(before - std::min(before, room_.stock()));
    if (room_.lacks()) return begin_eviction(turn);
    room_came();
}

void Swarm::State::room_came() {
    order_.plan_anew();
    for (const AssetId& id : wants_.all())
        keeper_.changed(id);
}

// Chunks that nobody wants any more are no copy: they go first, and unasked.
std::uint64_t Swarm::State::drop_unfinished(std::uint64_t lacking, Turn& turn) {
    for (auto& [id, asset] : assets_) {
        if (wants_.contains(id) || asset.unfinished.empty()) continue;
        for (auto it = asset.unfinished.begin(); it != asset.unfinished.end() && lacking > 0;) {
            lacking -= std::min(lacking, it->second.bytes_here());
            proofs_.drop(FragmentRef{id, it->first});
            turn.out.push_back(DropFragment{{id, it->first}});
            untold_.erase({id, it->first});
            it = asset.unfinished.erase(it);
        }
        restock(asset);
        touch(id);
    }
    return lacking;
}

void Swarm::State::begin_eviction(Turn& turn) {
    const std::uint64_t lacking = drop_unfinished(room_.take_needed(), turn);
    if (lacking == 0) return room_came();
    const auto size = [this](const FragmentRef& fragment) -> std::uint64_t {
        return assets_.at(fragment.asset).manifest->fragments[fragment.index.value].size;
    };
    const auto victims = room_.victims(evictable(true, turn.now), lacking, size, turn);
    if (!victims) return pass_on(turn);
    const auto& [id, fragments] = *victims;
    std::set<PeerId> witnesses;
    for (const auto& [peer, theirs] : availability_.who(id))
        if (may_witness(peer, turn.now) && !theirs.fragments.common(fragments).empty())
            witnesses.insert(peer);
    eviction_.begin(id, fragments, replicas(assets_.at(id)), witnesses, turn);
    self_.book.remove(id, fragments);
    changed(id, turn);
    if (any_bus_joined())
        turn.out.push_back(Publish{FragmentGone{id, fragments}, self_.book.sequence()});
    push_have(id, have_of(id), turn);
    ask_witnesses(turn);
}

// Over a link that we dialled, to where a bus or the configuration says that it lives: so who
// invents ids must be reachable under each, and nobody is spoken for over another link.
Neighbour* Swarm::State::witness_link(const PeerId& peer) {
    const auto known = peers_.find(peer);
    if (known == peers_.end()) return nullptr;
    for (const LinkId link : known->second.links) {
        Neighbour* n = neighbour(link);
        if (n->dialled() &&
            (is_friend(n->endpoint()) ||
             (known->second.word == Word::bus && n->endpoint() == known->second.record.exchange)))
            return n;
    }
    return nullptr;
}

bool Swarm::State::may_witness(const PeerId& peer, Time now) const {
    const auto found = peers_.find(peer);
    if (found == peers_.end()) return false;
    const KnownPeer& known = found->second;
    return copy_facts(known).is_member(must_be_linked()) && !bars_.barred_id(peer, now) &&
           !known.record.exchange.empty() &&
           (known.word == Word::bus || is_friend(known.record.exchange));
}

void Swarm::State::ask_witnesses(Turn& turn) {
    for (const PeerId& peer : eviction_.unasked()) {
        if (Neighbour* n = witness_link(peer)) {
            n->use(turn.now);
            eviction_.ask(peer, n->link(), turn);
            continue;
        }
        const auto known = peers_.find(peer);
        if (known != peers_.end() && known->second.dialling.value == 0)
            known->second.dialling = dial(known->second.record.exchange, turn);
    }
}

void Swarm::State::hear_witness(const Neighbour& n, const Have& have, Turn& turn) {
    if (eviction_.hear(n.peer().id, n.link(), have)) end_eviction(turn);
}

void Swarm::State::end_eviction(Turn& turn) {
    const Eviction::Outcome outcome = eviction_.end();
    const RangeSet& dropped = outcome.dropped;
    AssetState& asset = assets_.at(outcome.asset);
    wants_.evicted(asset.id, dropped);
    room_.dropped(asset.id, dropped);
    for (const Span& span : dropped.spans())
        for (std::uint32_t i = span.begin; i < span.end; ++i) {
            const FragmentRef fragment{asset.id, {i}};
            turn.out.push_back(DropFragment{fragment});
            asset.origins.erase({i});
            answers_.forget(fragment);
            ++counters_.evicted;
        }
    if (!dropped.empty())
        turn.report(Report::Level::info, "store.evicted",
                    "dropped " + name_of_asset(asset.id) + " " + dropped.text() +
                        " to make room: others have copies",
                    {}, asset.id);
    keep_after_all(outcome, turn);
    room_.evicted(outcome.kept.empty(), turn.now);
    order_.plan_anew();
    keeper_.all_changed();
}

// Too few others have them: they are announced again.
void Swarm::State::keep_after_all(const Eviction::Outcome& outcome, Turn& turn) {
    AssetState& asset = assets_.at(outcome.asset);
    if (!outcome.kept.empty()) announce(asset, outcome.kept, turn);
    restock(asset);
    deliver_ready(asset, turn);
    review(outcome.asset, turn);
}

void Swarm::State::spare(const AssetId& asset, Turn& turn) {
    if (eviction_.runs(asset)) keep_after_all(eviction_.call_off(), turn);
}

// There is nothing that others have: those who should have it are asked to take it.
void Swarm::State::pass_on(Turn& turn) {
    if (!room_.pass_on(turn.now)) return;
    std::map<std::pair<AssetId, PeerId>, RangeSet> offers;
    std::size_t offered = 0;
    for (const FragmentRef& fragment : evictable(false, turn.now)) {
        if (++offered > Room::kMostPassedOn) break;
        const AssetState& asset = assets_.at(fragment.asset);
        const CopyPicture picture = this->picture(asset, turn.now);
        const std::uint32_t copies = picture.copies(self_.record.id, fragment.index.value);
        for (const PeerId& peer : picture.takers(fragment.index.value, replicas(asset) - copies))
            offers[{fragment.asset, peer}].add(fragment.index.value);
    }
    for (auto& [key, fragments] : offers)
        if (const auto known = peers_.find(key.second); known != peers_.end())
            add_offering(key.first, {known->second.record, std::move(fragments)},
                         OfferReason::repair, turn.now);
    if (offers.empty()) return;
    connect_due_ = true;
    offer_to_all(turn);
}

}  // namespace fragcast

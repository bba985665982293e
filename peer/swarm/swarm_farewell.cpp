// The end of a stay: what must not be lost is offered to those who stay.
#include "peer/swarm/swarm_farewell.hpp"

#include "messages/wire/endpoint.hpp"
#include "peer/swarm/core.hpp"
#include "peer/swarm/swarm_bus.hpp"
#include "peer/swarm/swarm_copies.hpp"
#include "peer/swarm/swarm_find.hpp"
#include "peer/swarm/swarm_links.hpp"
#include "peer/swarm/swarm_names.hpp"
#include "peer/swarm/swarm_outlook.hpp"
#include "peer/swarm/swarm_publish.hpp"
#include "peer/swarm/swarm_room.hpp"
#include "peer/swarm/swarm_wants.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

static Farewell::Company look_for_company(Core& core, Turn& turn);
static bool can_take(Core& core, const PeerId& peer, Time now);
static void look_what_is_left(Core& core, Turn& turn);
static void offer_last(Core& core, Turn& turn);

void on_stop(Core& core, const facts::StopAsked& asked, Turn& turn) {
    if (core.life.has_left()) return;
    const Farewell::Kind kind = asked.drain ? Farewell::Kind::drain : Farewell::Kind::stop;
    const bool first = !core.farewell.runs();
    if (!core.farewell.begin(kind, asked.deadline, turn.now)) return;
    if (core.eviction.runs()) keep_after_all(core, core.eviction.call_off(), turn);
    // Nothing comes any more; what is here plays and is served on.
    fail_reads(core, core.viewers.readers(), fail(ErrorKind::interrupted, "the peer is stopping"),
               turn);
    const std::set<AssetId> wanted = core.wants.all();
    for (const AssetId& id : wanted)
        core.wants.changed(id);
    if (first) publish(core, {PeerLeaving{}}, turn);
    if (kind == Farewell::Kind::drain) {
        core.self.drain();
        for (BusSession& bus : core.buses)
            if (bus.joined()) bus.join_again(turn);
        for (Neighbour& n : core.neighbours.each())
            if (n.up()) say_hello(core, n, true, turn);
    }
    tick_farewell(core, turn);
}

void tick_farewell(Core& core, Turn& turn) {
    if (!core.farewell.look_due(turn)) return;
    // A link may have died without a word.
    for (const PeerId& peer :
         core.offers.silent(OfferReason::handover, limits::kTakerWait, turn.now))
        core.farewell.unable(peer);
    look_what_is_left(core, turn);
    const Farewell::Company company =
        core.farewell.left().empty() ? Farewell::Company::none : look_for_company(core, turn);
    if (core.farewell.over(company, turn.now)) {
        const bool alone = members(core).empty();
        return core.farewell.end(
            alone, [&core](const AssetId& id) { return name_of_asset(core, id); }, turn);
    }
    if (company == Farewell::Company::here) offer_last(core, turn);
}

static std::vector<Farewell::Taker> takers(Core& core, Time now) {
    const Membership all = membership(core);
    std::vector<Farewell::Taker> out;
    for (const auto& [id, peer] : core.peers.all())
        if (all.stays(peer) && can_take(core, id, now))
            out.push_back({id, peer.linked(), peer.dialling.value != 0});
    return out;
}

static Farewell::Company look_for_company(Core& core, Turn& turn) {
    for (const PeerId& peer : Farewell::needed(takers(core, turn.now)))
        reach(core, peer, turn);
    return Farewell::company(takers(core, turn.now), membership(core).linked_only());
}

static bool can_take(Core& core, const PeerId& peer, Time now) {
    const KnownPeer* known = core.peers.find(peer);
    if (known == nullptr) return false;
    const Neighbour* dialled = neighbour(core, known->dialling);
    return core.farewell.can_take(
        peer, {known->linked(), dialled == nullptr ? Duration{} : now - dialled->used(),
               out_of_reach(core, peer, now)});
}

static void look_what_is_left(Core& core, Turn& turn) {
    // Who refuses stays all the same; who is not linked counts as long as it may be.
    const Membership members = membership(core);
    const auto staying =
        std::count_if(core.peers.all().begin(), core.peers.all().end(), [&](const auto& entry) {
            return members.stays(entry.second) &&
                   (entry.second.linked() || can_take(core, entry.first, turn.now));
        });
    std::map<AssetId, RangeSet> all;
    std::uint64_t bytes = 0;
    for (const auto& [id, entry] : core.book.entries()) {
        const KnownAsset& asset = core.assets.at(id);
        const std::uint32_t goal =
            core.farewell.goal(asset.replicas(), static_cast<std::uint32_t>(staying));
        RangeSet left =
            picture(core, asset, turn.now).short_of(core.self.record().id, entry.fragments, goal);
        if (left.empty()) continue;
        for (const Span& span : left.spans())
            for (std::uint32_t i = span.begin; i < span.end; ++i)
                bytes += asset.size({i});
        all.emplace(id, std::move(left));
    }
    core.farewell.set_left(std::move(all), bytes);
}

// A few fragments at a time.
static void offer_last(Core& core, Turn& turn) {
    std::uint32_t most = limits::kMaxCopiesWanted;
    for (const auto& [id, left] : core.farewell.left()) {
        const KnownAsset& asset = core.assets.at(id);
        auto offers = core.farewell.offers(
            id, picture(core, asset, turn.now), core.self.record().id, asset.replicas(),
            [&](const PeerId& peer) { return can_take(core, peer, turn.now); }, most);
        for (auto& [peer, fragments] : offers)
            add_offering(core, id, {core.peers.find(peer)->record, std::move(fragments)},
                         OfferReason::handover, turn.now);
        if (most == 0) break;
    }
}

}  // namespace fragcast

// Copies: what we want for the swarm's sake, and what only we have.
#include "peer/swarm/swarm_copies.hpp"

#include "messages/wire/endpoint.hpp"
#include "peer/swarm/core.hpp"
#include "peer/swarm/swarm_farewell.hpp"
#include "peer/swarm/swarm_find.hpp"
#include "peer/swarm/swarm_names.hpp"
#include "peer/swarm/swarm_peers.hpp"
#include "peer/swarm/swarm_room.hpp"
#include "peer/swarm/swarm_wants.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

static void review_copies(Core& core, const KnownAsset& asset, std::size_t& budget, Turn& turn);

static bool holds_copies(const Core& core) {
    return !core.self.record.guest && core.self.record.capacity > 0 && !core.leaving &&
           !core.farewell.runs();
}

CopyFacts copy_facts(const Core& core, const KnownPeer& peer) {
    CopyFacts facts;
    facts.counts = counts(core, peer);
    facts.guest = peer.record.guest;
    facts.draining = peer.record.draining;
    facts.leaving = peer.leaving;
    facts.linked = peer.linked();
    facts.capacity = peer.record.capacity;
    return facts;
}

// Whoever is known is live: peers that are gone are forgotten.
const std::vector<CopyMember>& members(Core& core) {
    if (!core.keeper.members_stale()) return core.keeper.members();
    std::vector<CopyMember> all;
    for (const auto& [id, peer] : core.peers.all())
        if (copy_facts(core, peer).is_member(must_be_linked(core)))
            all.push_back({id, peer.record.capacity});
    if (holds_copies(core)) all.push_back({core.self.record.id, core.self.record.capacity});
    core.keeper.set_members(std::move(all));
    return core.keeper.members();
}

CopyPicture picture(Core& core, const KnownAsset& asset, Time now) {
    std::vector<CopyHolder> holders;
    for (const auto& [id, holding] : core.availability.who(asset.id)) {
        const KnownPeer* known = core.peers.find(id);
        if (known == nullptr || !known->told() || holding.fragments.empty()) continue;
        CopyFacts facts = copy_facts(core, *known);
        facts.barred = core.bars.barred_id(id, now);
        if (const auto kind = facts.holder(must_be_linked(core)))
            holders.push_back({id, *kind, &holding.fragments});
    }
    for (const auto& [id, held] : core.keeper.missing(asset.id))
        if (core.availability.of(asset.id, id) == nullptr)
            holders.push_back({id, CopyHolder::Kind::away, held});
    if (const RangeSet& here = core.self.book.fragments(asset.id); !here.empty())
        holders.push_back({core.self.record.id,
                           holds_copies(core)               ? CopyHolder::Kind::copy
                           : core.self.record.guest         ? CopyHolder::Kind::passing
                           : core.self.record.capacity == 0 ? CopyHolder::Kind::outside
                                                            : CopyHolder::Kind::away,
                           &here});
    return CopyPicture(asset.id, asset.fragments(), asset.replicas(), members(core),
                       std::move(holders));
}

// --- wanting -------------------------------------------------------------------------------------

static Keeper::Sight sight(const Core& core) {
    const bool told = std::any_of(core.buses.begin(), core.buses.end(), [](const BusSession& bus) {
        return bus.joined() && !bus.settling();
    });
    return {any_bus_joined(core), told, !core.neighbours.members().empty(), no_bus_answers(core)};
}

void tick_copies(Core& core, Turn& turn) {
    const auto back = [&core](const PeerId& id) { return core.peers.record(id) != nullptr; };
    core.keeper.expire(back, turn);
    if (core.self.record.guest) return;
    core.keeper.see(holds_copies(core), sight(core), turn);
    if (!core.keeper.look_due(turn)) return;
    std::size_t budget = limits::kPlacementsPerLook;
    while (const auto id = core.keeper.next(core.assets.all(), budget))
        review_copies(core, core.assets.at(*id), budget, turn);
    core.keeper.looked(turn);
    members(core);
    core.keeper.tell_risk(
        core.self.record.id, [&core](const AssetId& id) { return name_of_asset(core, id); }, turn);
}

static void review_copies(Core& core, const KnownAsset& asset, std::size_t& budget, Turn& turn) {
    const CopyPicture seen = picture(core, asset, turn.now);
    const RangeSet& here = core.self.book.fragments(asset.id);
    core.keeper.set_at_risk(asset.id,
                            here.empty() ? RangeSet{} : seen.at_risk(core.self.record.id, here));
    RangeSet wanted;
    bool unfinished = false;
    if (core.keeper.may_want() && asset.told && !core.wants.declined(asset.id) && !asset.dropping)
        wanted = seen.wanted(core.self.record.id, budget, unfinished);
    else if (holds_copies(core) && !core.wants.declined(asset.id))
        wanted = core.wants.copies(asset.id);  // as long as nothing can be known
    wanted.remove(here);
    const auto may = [&](std::uint32_t i) { return !asset.manifest || fits(core, asset, {i}); };
    RangeSet kept = Keeper::choose(
        wanted, core.wants.copies() - core.wants.copies(asset.id).count(), may, unfinished);
    if (unfinished) core.keeper.unfinished(asset.id);
    if (kept == core.wants.copies(asset.id)) return;
    RangeSet news = kept;
    news.remove(core.wants.copies(asset.id));
    core.wants.copy(asset.id, std::move(kept));
    if (!news.empty())
        turn.report(
            Report::Level::debug, "copies.wanted",
            "copies of " + name_of_asset(core, asset.id) + " " + news.text() + " are made here", {},
            asset.id);
    core.wants.changed(asset.id);
}

Keeper::Holds holds_of(const Core& core, const PeerId& peer) {
    Keeper::Holds out;
    for (const AssetId& asset : core.availability.assets(peer))
        out[asset] = core.availability.of(asset, peer)->fragments;
    return out;
}

void begins_anew(Core& core, const PeerId& peer, Epoch epoch, Turn& turn) {
    const KnownPeer* known = core.peers.find(peer);
    if (known == nullptr || known->record.guest || !counts(core, *known) ||
        !core.availability.would_begin_anew(peer, epoch))
        return;
    core.keeper.begins_anew(peer, holds_of(core, peer), turn);
}

}  // namespace fragcast

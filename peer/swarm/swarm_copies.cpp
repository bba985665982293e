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
#include <map>
#include <set>
#include <utility>

namespace fragcast {

static void review_copies(Core& core, const KnownAsset& asset, std::size_t& budget, Turn& turn);
static void look_at_givers(Core& core, Turn& turn);

Membership membership(const Core& core) {
    const PeerRecord& self = core.self.record();
    const bool joined = any_bus_joined(core);
    return Membership({self.id, self.capacity, self.guest,
                       !core.life.has_left() && !core.farewell.runs(), joined,
                       core.farewell.must_be_linked(joined)});
}

const std::vector<CopyMember>& members(Core& core) {
    return core.keeper.members(membership(core), core.peers);
}

void follow_members(Core& core) {
    core.keeper.follow(membership(core), core.peers);
}

CopyPicture picture(Core& core, const KnownAsset& asset, Time now) {
    const Membership all = membership(core);
    std::vector<CopyHolder> holders;
    for (const auto& [id, holding] : core.availability.who(asset.id)) {
        const KnownPeer* known = core.peers.find(id);
        if (known == nullptr || holding.fragments.empty()) continue;
        if (const auto kind = all.holder(*known, core.bars.barred_id(id, now)))
            holders.push_back({id, *kind, &holding.fragments});
    }
    for (const auto& [id, held] : core.keeper.missing(asset.id))
        if (core.availability.of(asset.id, id) == nullptr)
            holders.push_back({id, CopyHolder::Kind::away, held});
    if (const RangeSet& here = core.book.fragments(asset.id); !here.empty())
        holders.push_back({core.self.record().id, all.ours(), &here});
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
    if (core.self.record().guest) return;
    core.keeper.see(membership(core).holds_copies(), sight(core), turn);
    if (core.givers.wake(turn)) core.keeper.all_changed();
    if (!core.keeper.look_due(turn)) return;
    std::size_t budget = limits::kPlacementsPerLook;
    while (const auto id = core.keeper.next(core.assets.all(), budget))
        review_copies(core, core.assets.at(*id), budget, turn);
    if (core.givers.look_due(turn.now)) look_at_givers(core, turn);
    core.keeper.looked(turn);
    members(core);
    core.keeper.tell_risk(
        core.self.record().id, [&core](const AssetId& id) { return name_of_asset(core, id); },
        turn);
}

// While others wait for their turn: nobody keeps it who gives nothing.
static void look_at_givers(Core& core, Turn& turn) {
    std::map<PeerId, std::uint64_t> asked;
    std::set<AssetId> all;
    for (const AssetId& id : core.wants.all()) {
        const RangeSet& copies = core.wants.copies(id);
        if (copies.empty()) continue;
        all.insert(id);
        for (const auto& [peer, holding] : core.availability.who(id))
            if (const KnownPeer* known = core.peers.find(peer);
                known != nullptr && !holding.fragments.common(copies).empty())
                asked[peer] = known->bytes_in;
    }
    if (!core.givers.look(asked, turn)) return;
    for (const AssetId& id : all)
        core.keeper.changed(id);
}

// What only those have who rest is not wanted for now.
static void leave_resting(const Core& core, const AssetId& id, RangeSet& wanted) {
    if (!core.givers.any_rests()) return;
    RangeSet given;
    for (const auto& [peer, holding] : core.availability.who(id))
        if (!core.givers.rests(peer)) given.add(holding.fragments);
    wanted = wanted.common(given);
}

static void review_copies(Core& core, const KnownAsset& asset, std::size_t& budget, Turn& turn) {
    const CopyPicture seen = picture(core, asset, turn.now);
    const RangeSet& here = core.book.fragments(asset.id);
    core.keeper.set_at_risk(asset.id,
                            here.empty() ? RangeSet{} : seen.at_risk(core.self.record().id, here));
    RangeSet wanted;
    bool unfinished = false;
    if (core.keeper.may_want() && asset.told && !core.wants.declined(asset.id) && !asset.dropping)
        wanted = seen.wanted(core.self.record().id, budget, unfinished);
    else if (membership(core).holds_copies() && !core.wants.declined(asset.id))
        wanted = core.wants.copies(asset.id);  // as long as nothing can be known
    wanted.remove(here);
    leave_resting(core, asset.id, wanted);
    const auto may = [&](std::uint32_t i) { return !asset.manifest || fits(core, asset, {i}); };
    const std::uint64_t others = core.wants.copies() - core.wants.copies(asset.id).count();
    RangeSet kept = Keeper::choose(wanted, others, may, unfinished);
    if (unfinished) core.keeper.unfinished(asset.id);
    if (others + kept.count() >= limits::kMaxCopiesWanted && kept != wanted)
        core.givers.others_wait();
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
    if (known == nullptr || known->record.guest || !membership(core).counts(*known) ||
        !core.availability.would_begin_anew(peer, epoch))
        return;
    core.keeper.begins_anew(peer, holds_of(core, peer), turn);
}

}  // namespace fragcast

#include "peer/swarm/swarm.hpp"

#include "peer/swarm/core.hpp"
#include "peer/swarm/overload.hpp"
#include "peer/swarm/swarm_ask.hpp"
#include "peer/swarm/swarm_bus.hpp"
#include "peer/swarm/swarm_check.hpp"
#include "peer/swarm/swarm_copies.hpp"
#include "peer/swarm/swarm_farewell.hpp"
#include "peer/swarm/swarm_fetch.hpp"
#include "peer/swarm/swarm_find.hpp"
#include "peer/swarm/swarm_heard.hpp"
#include "peer/swarm/swarm_links.hpp"
#include "peer/swarm/swarm_messages.hpp"
#include "peer/swarm/swarm_names.hpp"
#include "peer/swarm/swarm_peers.hpp"
#include "peer/swarm/swarm_publish.hpp"
#include "peer/swarm/swarm_remove.hpp"
#include "peer/swarm/swarm_rescue.hpp"
#include "peer/swarm/swarm_room.hpp"
#include "peer/swarm/swarm_serve.hpp"
#include "peer/swarm/swarm_store.hpp"
#include "peer/swarm/swarm_view.hpp"
#include "peer/swarm/swarm_view_peers.hpp"
#include "peer/swarm/swarm_wants.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

Core::Core(SwarmOptions given, std::uint64_t seed)
    : options(std::move(given)),
      self(options.self, options.key),
      calls(scatter(seed + 1)),
      requests(options),
      order(scatter(seed + 1)),
      keeper(options),
      room(options),
      answers(options) {
    calls.set_friends(options.friends, {});
    const std::uint32_t count = std::min(options.buses, limits::kMaxBuses);
    buses.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        std::string name = i < options.bus_endpoints.size() ? options.bus_endpoints[i]
                                                            : "bus " + std::to_string(i + 1);
        buses.emplace_back(BusId{i}, std::move(name), self, book);
    }
}

// --- life ----------------------------------------------------------------------------------------

static void start(Core& core, std::vector<StoredAsset> stored, Turn& turn) {
    core.life.start(turn.now);
    core.room.start(turn.now);
    for (const AssetId& id : core.options.declined)
        decline(core, core.assets.add(id), true, turn);
    for (StoredAsset& one : stored) {
        if (!one.manifest) continue;
        const KnownAsset& asset = core.assets.add(one.id);
        set_manifest(core, asset, std::move(one.manifest));
        const auto count = static_cast<std::uint32_t>(asset.manifest->fragments.size());
        const RangeSet whole = one.holding.fragments.common(RangeSet::up_to(count));
        // Put there by hand since it was removed.
        if (!whole.empty()) decline(core, asset, false, turn);
        if (!whole.empty()) core.book.load(asset.record, whole);
        core.room.found(one.id, whole, one.loose);
        for (const auto& [index, chunks] : one.holding.partial)
            if (index.value < count && !whole.contains(index.value))
                begin(core, asset, index).load(chunks);
        core.keeper.changed(one.id);
    }
    for (BusSession& bus : core.buses)
        bus.start(turn);
    core.hearing.start(turn.now);
    turn.wake_by(turn.now);
}

static void leave(Core& core, Turn& turn) {
    if (!core.life.leave()) return;
    fail_reads(core, core.viewers.readers(), fail(ErrorKind::interrupted, "the peer is stopping"),
               turn);
    core.viewers.stop_playing();
    for (const auto& [id, asset] : core.assets.all())
        drop_wants(core, asset);
    follow_wants(core, turn);
    core.asks.stop(turn);
    if (!core.farewell.runs()) publish(core, {PeerLeaving{}}, turn);
    for (BusSession& bus : core.buses)
        bus.leave(turn);
    while (!core.neighbours.empty())
        hang_up(core, core.neighbours.first(), true, turn);
}

static void on_identity(Core& core, facts::IdentityDrawn drawn, Turn& turn) {
    core.namesake.renamed();
    if (core.life.has_left()) return;
    // To the others we are somebody new: they must meet us anew.
    while (!core.neighbours.empty())
        hang_up(core, core.neighbours.first(), true, turn);
    core.shown_peers.forget(core.self.record().id);
    core.self.become(std::move(drawn.self), std::move(drawn.key));
    forget_peer(core, core.self.record().id, turn);
    core.keeper.forget(core.self.record().id);
    for (BusSession& bus : core.buses)
        bus.on_new_identity(turn);
    core.calls.due();
}

static void set_limits(Core& core, const facts::LimitsSet& limits, Time now) {
    core.answers.set_rate(limits.max_upload, now);
    core.requests.set_rate(limits.max_download, now);
    core.order.plan_anew();
}

// --- the passes ----------------------------------------------------------------------------------

// Others hold something else than before: of what is wanted, order, links and plan follow.
static void follow_holders(Core& core, Turn& turn) {
    for (const PeerId& peer : core.availability.take_cut())
        if (core.peers.contains(peer)) core.hearing.too_many(peer);
    const std::set<AssetId> changed = core.availability.take_changed();
    for (const AssetId& id : changed) {
        touch(core, id);
        if (core.unfinished.any(id)) core.room.stale(id);
        core.keeper.changed(id);
        if (core.heard.contains(id) && core.availability.of(id, core.heard.holder(id)) == nullptr)
            heard_only(core, id, turn.now);
        if (!core.wants.contains(id)) continue;
        core.wants.holders_changed(id, core.availability.who(id).empty(), turn.now);
        core.order.stale();
        core.calls.due();
        core.order.plan_anew();
    }
}

// What falls due by itself. Each part does what is due and says by wake_by() when it must be called
// again.
static void on_tick(Core& core, Turn& turn) {
    if (!core.life.runs()) return;
    // Who is gone, first: what follows counts, asks and waits for those who are there.
    tick_buses(core, turn);
    tick_links(core, turn);
    // What is not answered ends, so that nothing is wanted for who waits no more.
    tick_asks(core, turn);
    tick_viewers(core, turn);
    tick_publishing(core, turn);
    // Copies are wanted before room is made: what is wanted does not go.
    follow_members(core);
    tick_copies(core, turn);
    follow_wants(core, turn);
    // No room is kept for what nobody sends any more.
    follow_holders(core, turn);
    restock(core);
    tick_room(core, turn);
    tick_heard(core, turn);
    // After both: it counts the copies that there are, and offers what it must.
    tick_farewell(core, turn);
    if (core.room.tick_disk(turn)) core.order.plan_anew();
    // Holders are looked for of what is wanted by now.
    follow_wants(core, turn);
    keep_friends(core, turn);
    seek(core, turn);
    // What is late is given up before the plan, which asks it elsewhere in the same turn.
    time_out(core, turn);
    core.answers.tick(turn);
    core.calls.due();
    core.order.plan_anew();
}

// The conclusions, after each fact.
static void settle(Core& core, Turn& turn) {
    // What is wanted, first: all else serves it.
    follow_wants(core, turn);
    follow_holders(core, turn);
    // Counted before it is planned with, and shown.
    restock(core);
    // Who is linked is told and offered what is new; who is not is dialled for it.
    push_partials(core, turn);
    if (core.offers.take_more()) offer_to_all(core, turn);
    if (core.calls.take_due()) connect(core, turn);
    // What others asked goes out before what we ask: it is on its way already.
    core.answers.send_next(turn);
    plan(core, turn);
    // Whatever the fact was, these may have something to look at now: who counts as what, first.
    follow_members(core);
    if (!core.self.record().guest) core.keeper.wake(turn);
    if (!core.eviction.runs()) core.room.wake(turn);
}

bool held_elsewhere(const Core& core, const AssetId& asset, const PeerId& but) {
    const auto& holders = core.availability.who(asset);
    return std::any_of(holders.begin(), holders.end(), [&](const auto& holder) {
        const KnownPeer* known = core.peers.find(holder.first);
        return holder.first != but && known != nullptr && !known->record.guest;
    });
}

std::string name_of_peer(const Core& core, const PeerId& peer) {
    if (peer == core.self.record().id) return core.self.record().name;
    const KnownPeer* known = core.peers.find(peer);
    if (known != nullptr && !known->record.name.empty()) return known->record.name;
    return peer.short_text();
}

std::string name_of_asset(const Core& core, const AssetId& id) {
    const KnownAsset* asset = core.assets.find(id);
    return asset != nullptr && !asset->record.name.empty() ? asset->record.name : id.short_text();
}

// Each fact to who knows what to make of it.
static void take(Core& core, Fact& fact, Turn& turn) {
    std::visit(
        Overload{
            // --- life
            [&](facts::Started& f) { start(core, std::move(f.stored), turn); },
            [&](facts::StopAsked& f) { on_stop(core, f, turn); },
            [&](facts::Leaving&) { leave(core, turn); },
            [&](facts::Ticked&) { on_tick(core, turn); },
            [&](facts::ClockRead& f) { core.clocks.read_own(f.unix_seconds, turn.now); },
            // --- neighbours
            [&](facts::LinkUp& f) { on_link_up(core, f, turn); },
            [&](facts::DialFailed& f) { on_dial_failed(core, f.link, f.why, turn); },
            [&](facts::LinkDown& f) { on_link_down(core, f.link, turn); },
            [&](facts::LinkSaid& f) { on_message(core, f, turn); },
            [&](facts::Garbage& f) { on_garbage(core, f.link, f.malformed, turn); },
            [&](facts::Sent& f) { on_sent(core, f, turn); },
            // --- buses
            [&](facts::BusSaid& f) { on_bus_message(core, f, turn); },
            [&](facts::BusFailed& f) { on_bus_failed(core, f.bus, f.why, turn); },
            [&](facts::Announced& f) { on_announcement(core, f.bus, f.message, turn); },
            [&](facts::IdentityDrawn& f) { on_identity(core, std::move(f), turn); },
            // --- the store
            [&](facts::ChunkStored& f) { on_chunk_stored(core, f.chunk, f.from, f.verdict, turn); },
            [&](facts::ProofStored& f) { on_proof_stored(core, f, turn); },
            [&](facts::ManifestStored& f) { on_manifest_stored(core, std::move(f), turn); },
            [&](facts::FragmentDone& f) { on_fragment_done(core, f.fragment, turn); },
            [&](facts::FragmentLost& f) { on_fragment_lost(core, f.fragment, turn); },
            [&](facts::FragmentDamaged& f) { on_fragment_damaged(core, f, turn); },
            [&](facts::FragmentFailed& f) { on_fragment_failed(core, f.fragment, f.why, turn); },
            [&](facts::FragmentsTaken& f) { on_fragments_taken(core, f.asset, f.fragments, turn); },
            [&](facts::AssetTaken& f) { on_asset_taken(core, f.asset, turn); },
            [&](facts::AssetDropped& f) { on_asset_dropped(core, f.asset); },
            [&](facts::AssetAdded& f) { on_asset_added(core, std::move(f.asset), turn); },
            [&](facts::RoomChanged& f) { on_room(core, f.room, turn); },
            // --- viewers, users, tools
            [&](facts::PlayheadMoved& f) { on_playhead(core, f, turn); },
            [&](facts::ViewerGone& f) { on_viewer_gone(core, f.viewer, turn); },
            [&](facts::ViewerEntered&) { on_viewer_entered(core, turn); },
            [&](facts::ReadAsked& f) { on_read(core, f, turn); },
            [&](facts::ManifestAsked& f) { on_need_manifest(core, f, turn); },
            [&](facts::ReadCancelled& f) { on_read_cancelled(core, f.read); },
            [&](facts::QuestionAsked& f) { on_question(core, std::move(f), turn); },
            [&](facts::FetchAsked& f) { want(core, f.asker, f.asset, f.fragments, turn); },
            [&](facts::FetchEnded& f) { unwant(core, f.asker, f.asset); },
            [&](facts::RemoveAsked& f) { on_remove(core, f.asset, turn); },
            [&](facts::LimitsSet& f) { set_limits(core, f, turn.now); },
            [&](facts::FriendsSet& f) { core.calls.set_friends(std::move(f.friends), turn.now); },
            [&](facts::PublishAsked& f) { on_publish(core, std::move(f), turn); }},
        fact);
}

// --- the contract --------------------------------------------------------------------------------

Swarm::Swarm(SwarmOptions options, std::uint64_t seed)
    : core_(std::make_unique<Core>(std::move(options), seed)) {}
Swarm::~Swarm() = default;

void Swarm::on(Fact fact, Time now, Actions& out) {
    Core& state = *core_;
    const bool ticked = std::holds_alternative<facts::Ticked>(fact);
    Turn turn = state.life.turn(now, out);
    if (ticked) state.life.woken();
    fragcast::take(state, fact, turn);
    const bool runs = state.life.runs();
    if (runs) fragcast::settle(state, turn);
    // After the plan: late is what no free neighbour has taken by now. What was taken back is
    // planned again.
    if (runs && ticked) {
        fragcast::rescue(state, turn);
        fragcast::plan(state, turn);
    }
    // Last, of whatever was done above, by whom: what people see of peers is as it is by now.
    fragcast::touch_peers(state);
    state.tally.add(turn.counts);
    state.life.over(turn, ticked);
}
Time Swarm::next_tick() const {
    return core_->life.wake();
}

// --- what is so ----------------------------------------------------------------------------------

Sequence Swarm::sequence() const {
    return core_->book.sequence();
}
const PeerRecord& Swarm::self() const {
    return core_->self.record();
}
std::size_t Swarm::buses_joined() const {
    return static_cast<std::size_t>(std::count_if(core_->buses.begin(), core_->buses.end(),
                                                  [](const auto& bus) { return bus.joined(); }));
}
Holding Swarm::holding(const AssetId& asset) const {
    return {core_->book.fragments(asset), core_->unfinished.proven(asset)};
}
std::shared_ptr<const Manifest> Swarm::manifest(const AssetId& asset) const {
    const KnownAsset* known = core_->assets.find(asset);
    return known == nullptr ? nullptr : known->manifest;
}
bool Swarm::declined(const AssetId& asset) const {
    return core_->wants.declined(asset);
}
std::vector<OfferingView> Swarm::offerings(const AssetId& asset) const {
    return core_->offers.views(asset);
}
std::vector<AssetRecord> Swarm::find(const std::string& name_or_id) const {
    return fragcast::find(*core_, name_or_id);
}
std::vector<HolderRecord> Swarm::holders(const AssetId& asset) const {
    return fragcast::holders(*core_, asset);
}
bool Swarm::holdings(HoldingsPlace& place, std::size_t steps,
                     std::vector<HoldingRecord>& out) const {
    return fragcast::holdings(*core_, place, steps, out);
}
std::vector<PeerRecord> Swarm::known_peers() const {
    return fragcast::known_peers(*core_);
}
News Swarm::news(Time now) {
    return fragcast::news(*core_, now);
}
std::uint64_t Swarm::removals() const {
    return core_->assets.removals();
}
FarewellView Swarm::farewell() const {
    return fragcast::farewell_view(*core_);
}
std::map<AssetId, RangeSet> Swarm::at_risk() const {
    return core_->keeper.at_risk();
}
std::shared_ptr<const AssetView> Swarm::asset_view(const AssetId& asset, Time now) {
    const KnownAsset* known = core_->assets.find(asset);
    return known == nullptr ? nullptr : fragcast::view(*core_, *known, now);
}
void Swarm::check_invariants(Time now) const {
    fragcast::check(*core_, now);
}

}  // namespace fragcast

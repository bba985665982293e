#include "peer/swarm/swarm.hpp"

#include "peer/swarm/overload.hpp"
#include "peer/swarm/swarm_state.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

Swarm::State::State(SwarmOptions given, std::uint64_t seed_given)
    : options_(std::move(given)),
      seed_(scatter(seed_given + 1)),
      requests_(options_.max_download),
      keeper_(options_.repair_after),
      room_(options_.max_store),
      answers_(options_.upload_slots, options_.max_upload) {
    self_.record = options_.self;
    self_.key = options_.key;
    const std::uint32_t count = std::min(options_.buses, limits::kMaxBuses);
    buses_.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        std::string name = i < options_.bus_endpoints.size() ? options_.bus_endpoints[i]
                                                             : "bus " + std::to_string(i + 1);
        buses_.emplace_back(BusId{i}, std::move(name), self_);
    }
}

// --- life ----------------------------------------------------------------------------------------

void Swarm::State::start(std::vector<StoredAsset> stored, Turn& turn) {
    started_ = true;
    started_at_ = turn.now;
    room_.start(turn.now);
    for (const AssetId& id : options_.declined)
        decline(this->asset(id), true, turn);
    for (StoredAsset& one : stored) {
        if (!one.manifest) continue;
        AssetState& asset = this->asset(one.id);
        set_manifest(asset, std::move(one.manifest));
        const auto count = static_cast<std::uint32_t>(asset.manifest->fragments.size());
        const RangeSet whole = one.holding.fragments.common(RangeSet::up_to(count));
        // Put there by hand since it was removed.
        if (!whole.empty()) decline(asset, false, turn);
        if (!whole.empty()) self_.book.load(asset.record, whole);
        room_.found(one.id, whole, one.loose);
        for (const auto& [index, chunks] : one.holding.partial)
            if (index.value < count && !whole.contains(index.value))
                begin(asset, index).load(chunks);
        restock(asset);
        keeper_.changed(one.id);
    }
    for (BusSession& bus : buses_)
        bus.start(turn);
    hearing_.start(turn.now);
    turn.wake_by(turn.now);
}

void Swarm::State::leave(Turn& turn) {
    if (leaving_) return;
    leaving_ = true;
    fail_reads(viewers_.readers(), fail(ErrorKind::interrupted, "the peer is stopping"), turn);
    viewers_.stop_playing();
    for (auto& [id, asset] : assets_)
        drop_wants(asset, turn);
    asks_.stop(turn);
    if (!farewell_.runs() && any_bus_joined()) turn.out.push_back(Publish{PeerLeaving{}});
    for (BusSession& bus : buses_)
        bus.leave(turn);
    while (!neighbours_.empty())
        hang_up(neighbours_.first(), true, turn);
}

void Swarm::State::on_identity(PeerRecord record, Bytes key, Turn& turn) {
    identity_asked_ = false;
    if (leaving_) return;
    // To the others we are somebody new: they must meet us anew.
    while (!neighbours_.empty())
        hang_up(neighbours_.first(), true, turn);
    self_.record = std::move(record);
    self_.key = std::move(key);
    forget_peer(self_.record.id, turn);
    keeper_.forget(self_.record.id);
    keeper_.members_changed();
    for (BusSession& bus : buses_)
        bus.on_new_identity(turn);
    connect_due_ = true;
}

// --- the passes ----------------------------------------------------------------------------------

// What falls due by itself. Each part does what is due and says by wake_by() when it must be called
// again.
void Swarm::State::on_tick(Turn& turn) {
    // Who is gone, first: what follows counts, asks and waits for those who are there.
    tick_buses(turn);
    tick_links(turn);
    // What is not answered ends, so that nothing is wanted for who waits no more.
    tick_asks(turn);
    tick_viewers(turn);
    tick_publishing(turn);
    // Copies are wanted before room is made: what is wanted does not go.
    tick_copies(turn);
    tick_room(turn);
    tick_heard(turn);
    // After both: it counts the copies that there are, and offers what it must.
    tick_farewell(turn);
    if (room_.tick_disk(turn)) order_.plan_anew();
    // Holders are looked for of what is wanted by now.
    keep_friends(turn);
    seek(turn);
    // What is late is given up before the plan, which asks it elsewhere in the same turn.
    time_out(turn);
    push_partials(turn);
    answers_.tick(turn);
    connect_due_ = true;
    order_.plan_anew();
}

// The conclusions, after each fact.
void Swarm::State::settle(Turn& turn) {
    // Others hold something else than before: of what is wanted, order, links and plan follow.
    const std::set<AssetId> changed = availability_.take_changed();
    for (const AssetId& id : changed) {
        touch(id);
        keeper_.changed(id);
        if (heard_.contains(id) && availability_.of(id, heard_.holder(id)) == nullptr)
            heard_only(id, turn.now);
        if (!wants_.contains(id)) continue;
        wants_.holders_changed(id, availability_.who(id).empty(), turn.now);
        if (AssetState& asset = assets_.at(id); !asset.unfinished.empty()) restock(asset);
        order_.stale();
        connect_due_ = true;
        order_.plan_anew();
    }
    if (std::exchange(connect_due_, false)) connect(turn);
    // What others asked goes out before what we ask: it is on its way already.
    answers_.send_next(turn);
    plan(turn);
    // Whatever the fact was, these may have something to look at now.
    if (!self_.record.guest) keeper_.wake(turn);
    if (!eviction_.runs()) room_.wake(turn);
}

bool Swarm::State::held_elsewhere(const AssetId& asset, const PeerId& but) const {
    const auto& holders = availability_.who(asset);
    return std::any_of(holders.begin(), holders.end(), [&](const auto& holder) {
        const auto known = peers_.find(holder.first);
        return holder.first != but && known != peers_.end() && !known->second.record.guest;
    });
}

std::string Swarm::State::name_of_peer(const PeerId& peer) const {
    if (peer == self_.record.id) return self_.record.name;
    const auto found = peers_.find(peer);
    if (found != peers_.end() && !found->second.record.name.empty())
        return found->second.record.name;
    return peer.short_text();
}

std::string Swarm::State::name_of_asset(const AssetId& id) const {
    const AssetState* asset = find_asset(id);
    return asset != nullptr && !asset->record.name.empty() ? asset->record.name : id.short_text();
}

// Each fact to who knows what to make of it.
void Swarm::State::take(Fact& fact, Turn& turn) {
    std::visit(
        Overload{
            [&](facts::Started& f) { start(std::move(f.stored), turn); },
            [&](facts::StopAsked& f) {
                on_stop(f.drain ? Farewell::Kind::drain : Farewell::Kind::stop, f.deadline, turn);
            },
            [&](facts::Leaving&) { leave(turn); },
            [&](facts::Ticked&) {
                if (started_ && !leaving_) on_tick(turn);
            },
            [&](facts::ClockRead& f) { clocks_.read_own(f.unix_seconds, turn.now); },
            [&](facts::LinkUp& f) { on_link_up(f.link, f.dialled, turn); },
            [&](facts::DialFailed& f) { on_dial_failed(f.link, f.why, turn); },
            [&](facts::LinkDown& f) { on_link_down(f.link, turn); },
            [&](facts::LinkSaid& f) { on_message(f.link, f.message, f.payload_bytes, turn); },
            [&](facts::Garbage& f) { on_garbage(f.link, f.malformed, turn); },
            [&](facts::Sent& f) { on_sent(f, turn); },
            [&](facts::BusSaid& f) { on_bus_message(f.bus, f.message, f.payload_bytes, turn); },
            [&](facts::BusFailed& f) { on_bus_failed(f.bus, f.why, turn); },
            [&](facts::Announced& f) { on_announcement(f.bus, f.message, turn); },
            [&](facts::IdentityDrawn& f) {
                on_identity(std::move(f.self), std::move(f.key), turn);
            },
            [&](facts::ChunkStored& f) { on_chunk_stored(f.chunk, f.from, f.verdict, turn); },
            [&](facts::ProofStored& f) {
                on_proof_stored(f.fragment, f.from, f.verdict, f.proven, turn);
            },
            [&](facts::ManifestStored& f) {
                on_manifest_stored(f.asset, f.from, f.verdict, std::move(f.manifest), turn);
            },
            [&](facts::FragmentDone& f) { on_fragment_done(f.fragment, turn); },
            [&](facts::FragmentLost& f) { on_fragment_lost(f.fragment, turn); },
            [&](facts::FragmentDamaged& f) { on_fragment_damaged(f, turn); },
            [&](facts::FragmentFailed& f) { on_fragment_failed(f.fragment, f.why, turn); },
            [&](facts::FragmentsTaken& f) { on_fragments_taken(f.asset, f.fragments, turn); },
            [&](facts::AssetTaken& f) { on_asset_taken(f.asset, turn); },
            [&](facts::AssetDropped& f) { on_asset_dropped(f.asset, turn); },
            [&](facts::AssetAdded& f) { on_asset_added(std::move(f.asset), turn); },
            [&](facts::RoomChanged& f) { on_room(f.room, turn); },
            [&](facts::PlayheadMoved& f) {
                on_playhead(f.viewer, f.asset, f.fragment, f.offset, turn);
            },
            [&](facts::ViewerGone& f) { on_viewer_gone(f.viewer, turn); },
            [&](facts::ViewerEntered&) {
                ++counters_.viewers;
                if (!leaving_ && any_bus_joined()) turn.out.push_back(Publish{ViewerEntered{}});
            },
            [&](facts::ReadAsked& f) { on_read(f.read, f.viewer, f.chunk, f.deadline, turn); },
            [&](facts::ManifestAsked& f) { on_need_manifest(f.read, f.asset, f.deadline, turn); },
            [&](facts::ReadCancelled& f) { on_read_cancelled(f.read, turn); },
            [&](facts::QuestionAsked& f) {
                asks_.ask(f.read, std::move(f.question), f.friends, f.deadline, around_, turn);
            },
            [&](facts::FetchAsked& f) { want(f.asker, f.asset, f.fragments, turn); },
            [&](facts::FetchEnded& f) { unwant(f.asker, f.asset, turn); },
            [&](facts::RemoveAsked& f) { on_remove(f.asset, turn); },
            [&](facts::LimitsSet& f) {
                options_.max_upload = f.max_upload;
                options_.max_download = f.max_download;
                answers_.set_rate(f.max_upload, turn.now);
                requests_.set_rate(f.max_download, turn.now);
            },
            [&](facts::FriendsSet& f) {
                options_.friends = std::move(f.friends);
                friends_at_ = turn.now;
            },
            [&](facts::PublishAsked& f) { on_publish(f.asset, std::move(f.offerings), turn); }},
        fact);
}

// --- the contract --------------------------------------------------------------------------------

Swarm::Swarm(SwarmOptions options, std::uint64_t seed)
    : state_(std::make_unique<State>(std::move(options), seed)) {}
Swarm::~Swarm() = default;

void Swarm::on(Fact fact, Time now, Actions& out) {
    State& state = *state_;
    const bool ticked = std::holds_alternative<facts::Ticked>(fact);
    Turn turn{now, out, state.last_request_};
    if (ticked) state.wake_ = kNever;
    state.take(fact, turn);
    const bool runs = state.started_ && !state.leaving_;
    if (runs) state.settle(turn);
    // After the plan: late is what no free neighbour has taken by now.
    if (runs && ticked) state.rescue(turn);
    state.wake_ = std::min(state.wake_, turn.wake);
    // Coalesces what is due within a moment, and always moves on.
    if (runs && ticked) state.wake_ = std::max(state.wake_, now + std::chrono::milliseconds(1));
}
Time Swarm::next_tick() const {
    return state_->wake_;
}

// --- what is so ----------------------------------------------------------------------------------

Sequence Swarm::sequence() const {
    return state_->self_.book.sequence();
}
const PeerRecord& Swarm::self() const {
    return state_->self_.record;
}
bool Swarm::buses_in_sync() const {
    return std::all_of(state_->buses_.begin(), state_->buses_.end(),
                       [](const BusSession& bus) { return !bus.joined() || bus.in_sync(); });
}
std::size_t Swarm::buses_joined() const {
    return static_cast<std::size_t>(std::count_if(state_->buses_.begin(), state_->buses_.end(),
                                                  [](const auto& bus) { return bus.joined(); }));
}
Holding Swarm::holding(const AssetId& asset) const {
    Holding out{state_->self_.book.fragments(asset), {}};
    if (const AssetState* known = state_->find_asset(asset))
        for (const auto& [index, unfinished] : known->unfinished)
            if (!unfinished.proven().empty()) out.partial[index] = unfinished.proven();
    return out;
}
std::shared_ptr<const Manifest> Swarm::manifest(const AssetId& asset) const {
    const AssetState* known = state_->find_asset(asset);
    return known == nullptr ? nullptr : known->manifest;
}
bool Swarm::declined(const AssetId& asset) const {
    return state_->wants_.declined(asset);
}
std::vector<OfferingView> Swarm::offerings(const AssetId& asset) const {
    return state_->offers_.views(asset);
}
std::vector<AssetRecord> Swarm::find(const std::string& name_or_id) const {
    return state_->find(name_or_id);
}
std::vector<HolderRecord> Swarm::holders(const AssetId& asset) const {
    return state_->holders(asset);
}
std::vector<PeerRecord> Swarm::known_peers() const {
    return state_->known_peers();
}
News Swarm::news(Time now) {
    return state_->news(now);
}
std::shared_ptr<const Snapshot> Swarm::snapshot(Time now) {
    return state_->snapshot(now);
}
std::uint64_t Swarm::removals() const {
    return state_->removals_;
}
FarewellView Swarm::farewell() const {
    return state_->farewell_view();
}
std::map<AssetId, RangeSet> Swarm::at_risk() const {
    return state_->keeper_.at_risk();
}
std::shared_ptr<const AssetView> Swarm::asset_view(const AssetId& asset, Time now) {
    AssetState* known = state_->find_asset(asset);
    return known == nullptr ? nullptr : state_->view(*known, now);
}
void Swarm::check_invariants(Time now) const {
    state_->check(now);
}

}  // namespace fragcast

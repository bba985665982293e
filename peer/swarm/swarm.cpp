#include "peer/swarm/swarm.hpp"

#include "peer/swarm/swarm_state.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

Swarm::State::State(SwarmOptions given, std::uint64_t seed_given)
    : options_(std::move(given)),
      seed_(scatter(seed_given + 1)),
      chance_(seed_given),
      download_(options_.max_download),
      uploads_(options_.upload_slots, options_.max_upload) {
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

void Swarm::State::start(std::vector<StoredAsset> stored, Time now, Actions& out) {
    started_ = true;
    started_at_ = now;
    for (const AssetId& id : options_.declined)
        this->asset(id).declined = true;
    for (StoredAsset& one : stored) {
        if (!one.manifest) continue;
        AssetState& asset = this->asset(one.id);
        set_manifest(asset, std::move(one.manifest));
        const auto count = static_cast<std::uint32_t>(asset.manifest->fragments.size());
        const RangeSet whole = one.holding.fragments.common(RangeSet::up_to(count));
        // Put there by hand since it was removed.
        if (!whole.empty()) decline(asset, false, out);
        if (!whole.empty()) self_.book.load(asset.record, whole);
        asset.loose = one.loose.common(whole);
        for (const auto& [index, chunks] : one.holding.partial)
            if (index.value < count && !whole.contains(index.value))
                begin(asset, index).load(chunks);
        restock(asset);
        copies_changed(one.id);
    }
    for (BusSession& bus : buses_)
        bus.start(now, out);
    alive_at_ = now + limits::kHeartbeat;
    wake_by(now);
}

void Swarm::State::leave(Time now, Actions& out) {
    if (leaving_) return;
    leaving_ = true;
    while (!reads_.empty())
        fail_read(reads_.begin()->first, fail(ErrorKind::interrupted, "the peer is stopping"), now,
                  out);
    playheads_.clear();
    for (auto& [id, asset] : assets_)
        drop_wants(asset, now, out);
    while (!asks_.empty())
        end_ask(asks_.begin()->first, std::nullopt, now, out);
    if (farewell_.kind == Farewell::Kind::none && any_bus_joined())
        out.push_back(Publish{PeerLeaving{}});
    for (BusSession& bus : buses_)
        bus.leave(now, out);
    while (!neighbours_.empty())
        hang_up(neighbours_.begin()->first, true, now, out);
}

void Swarm::State::on_identity(PeerRecord record, Bytes key, Time now, Actions& out) {
    identity_asked_ = false;
    if (leaving_) return;
    // To the others we are somebody new: they must meet us anew.
    while (!neighbours_.empty())
        hang_up(neighbours_.begin()->first, true, now, out);
    self_.record = std::move(record);
    self_.key = std::move(key);
    forget_peer(self_.record.id, now);
    missing_.erase(self_.record.id);
    members_changed();
    for (BusSession& bus : buses_)
        bus.on_new_identity(now, out);
    connect_due_ = true;
}

// --- time ----------------------------------------------------------------------------------------

// Each part does what is due and says by wake_by() when it must be called again.
void Swarm::State::on_tick(Time now, Actions& out) {
    wake_ = kNever;
    if (!started_ || leaving_) return;
    tick_buses(now, out);
    tick_links(now, out);
    tick_asks(now, out);
    tick_viewers(now, out);
    tick_publishing(now, out);
    tick_copies(now, out);
    tick_room(now, out);
    tick_heard(now, out);
    tick_farewell(now, out);
    if (!room_ && now >= room_try_) on_room(true, now, out);
    if (!room_) wake_by(room_try_);
    keep_friends(now, out);
    seek(now, out);
    time_out(now, out);
    push_partials(now, out);
    for (auto& [key, small] : small_) {
        if (small.again <= now) {
            small.again = kNever;
            out.push_back(small.action);
        }
        wake_by(small.again);
    }
    connect_due_ = true;
    plan_due_ = true;
    settle(now, out);
    rescue(now, out);
    // Coalesces what is due within a moment, and always moves on.
    wake_ = std::max(wake_, now + std::chrono::milliseconds(1));
}

void Swarm::State::settle(Time now, Actions& out) {
    if (!started_ || leaving_) return;
    const std::set<AssetId> changed = availability_.take_changed();
    for (const AssetId& id : changed) {
        touch(id);
        copies_changed(id);
        if (heard_.contains(id) && availability_.of(id, heard_.holder(id)) == nullptr)
            heard_only(id, now);
        if (AssetState* asset = find_asset(id); asset != nullptr && wanted_.contains(id)) {
            const bool alone = availability_.who(id).empty();
            asset->offered_alone = alone ? std::min(asset->offered_alone, now) : kNever;
            if (!asset->unfinished.empty()) restock(*asset);
        }
        if (!wanted_.contains(id)) continue;
        order_stale_ = connect_due_ = plan_due_ = true;
    }
    if (std::exchange(connect_due_, false)) connect(now, out);
    send_next(now, out);
    plan(now, out);
    if (!copies_due_.empty() && !self_.record.guest) wake_by(copies_at_);
    if (room_needed_ > 0 && !eviction_) wake_by(room_look_);
}

void Swarm::State::report(Actions& out, Report::Level level, std::string kind, std::string text,
                          const PeerId& peer, const AssetId& asset, std::int64_t fragment) {
    Report report;
    report.level = level;
    report.kind = std::move(kind);
    report.text = std::move(text);
    report.peer = peer;
    report.asset = asset;
    report.fragment = fragment;
    out.push_back(std::move(report));
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

// --- the contract, call by call ------------------------------------------------------------------

Swarm::Swarm(SwarmOptions options, std::uint64_t seed)
    : state_(std::make_unique<State>(std::move(options), seed)) {}
Swarm::~Swarm() = default;

void Swarm::start(std::vector<StoredAsset> stored, Time now, Actions& out) {
    state_->start(std::move(stored), now, out);
    state_->settle(now, out);
}
void Swarm::on_stop(bool drain, Time deadline, Time now, Actions& out) {
    state_->on_stop(drain ? Farewell::Kind::drain : Farewell::Kind::stop, deadline, now, out);
    state_->settle(now, out);
}
void Swarm::leave(Time now, Actions& out) {
    state_->leave(now, out);
}
void Swarm::on_tick(Time now, Actions& out) {
    state_->on_tick(now, out);
}
Time Swarm::next_tick() const {
    return state_->wake_;
}
void Swarm::on_clock(std::uint64_t unix_seconds, Time now) {
    state_->own_clock_ = {unix_seconds, now};
}
void Swarm::on_link_up(LinkId link, bool dialled, Time now, Actions& out) {
    state_->on_link_up(link, dialled, now, out);
    state_->settle(now, out);
}
void Swarm::on_dial_failed(LinkId link, const Error& why, Time now, Actions& out) {
    state_->on_dial_failed(link, why, now, out);
    state_->settle(now, out);
}
void Swarm::on_link_down(LinkId link, Time now, Actions& out) {
    state_->on_link_down(link, now, out);
    state_->settle(now, out);
}
void Swarm::on_message(LinkId from, const Message& message, std::size_t payload_bytes, Time now,
                       Actions& out) {
    state_->on_message(from, message, payload_bytes, now, out);
    state_->settle(now, out);
}
void Swarm::on_garbage(LinkId from, bool malformed, Time now, Actions& out) {
    state_->on_garbage(from, malformed, now, out);
    state_->settle(now, out);
}
void Swarm::on_sent(LinkId to, RequestId request, std::optional<ChunkRef> chunk,
                    SendVerdict verdict, Time now, Actions& out) {
    state_->on_sent(to, request, chunk, verdict, now, out);
    state_->settle(now, out);
}
void Swarm::on_bus_message(BusId bus, const Message& message, std::size_t payload_bytes, Time now,
                           Actions& out) {
    state_->on_bus_message(bus, message, payload_bytes, now, out);
    state_->settle(now, out);
}
void Swarm::on_bus_failed(BusId bus, const Error& why, Time now, Actions& out) {
    state_->on_bus_failed(bus, why, now, out);
    state_->settle(now, out);
}
void Swarm::on_announcement(BusId bus, const Message& message, Time now, Actions& out) {
    state_->on_announcement(bus, message, now, out);
    state_->settle(now, out);
}
void Swarm::on_identity(PeerRecord self, Bytes key, Time now, Actions& out) {
    state_->on_identity(std::move(self), std::move(key), now, out);
    state_->settle(now, out);
}
void Swarm::on_chunk_stored(const ChunkRef& chunk, LinkId from, StoreVerdict verdict, Time now,
                            Actions& out) {
    state_->on_chunk_stored(chunk, from, verdict, now, out);
    state_->settle(now, out);
}
void Swarm::on_proof_stored(const FragmentRef& fragment, LinkId from, StoreVerdict verdict,
                            const RangeSet& proven, Time now, Actions& out) {
    state_->on_proof_stored(fragment, from, verdict, proven, now, out);
    state_->settle(now, out);
}
void Swarm::on_manifest_stored(const AssetId& asset, LinkId from, StoreVerdict verdict,
                               std::shared_ptr<const Manifest> manifest, Time now, Actions& out) {
    state_->on_manifest_stored(asset, from, verdict, std::move(manifest), now, out);
    state_->settle(now, out);
}
void Swarm::on_fragment_done(const FragmentRef& fragment, Time now, Actions& out) {
    state_->on_fragment_done(fragment, now, out);
    state_->settle(now, out);
}
void Swarm::on_fragment_lost(const FragmentRef& fragment, Time now, Actions& out) {
    state_->on_fragment_lost(fragment, now, out);
    state_->settle(now, out);
}
void Swarm::on_fragment_damaged(const FragmentRef& fragment, Time now, Actions& out) {
    state_->on_fragment_damaged(fragment, now, out);
    state_->settle(now, out);
}
void Swarm::on_fragments_taken(const AssetId& asset, const RangeSet& fragments, Time now,
                               Actions& out) {
    state_->on_fragments_taken(asset, fragments, now, out);
    state_->settle(now, out);
}
void Swarm::on_asset_taken(const AssetId& asset, Time now, Actions& out) {
    state_->on_asset_taken(asset, now, out);
    state_->settle(now, out);
}
void Swarm::on_asset_dropped(const AssetId& asset, Time now, Actions& out) {
    state_->on_asset_dropped(asset, now, out);
    state_->settle(now, out);
}
void Swarm::on_remove(const AssetId& asset, Time now, Actions& out) {
    state_->on_remove(asset, now, out);
    state_->settle(now, out);
}
void Swarm::on_fragment_failed(const FragmentRef& fragment, const std::string& why, Time now,
                               Actions& out) {
    state_->on_fragment_failed(fragment, why, now, out);
    state_->settle(now, out);
}
void Swarm::on_asset_added(StoredAsset asset, Time now, Actions& out) {
    state_->on_asset_added(std::move(asset), now, out);
    state_->settle(now, out);
}
void Swarm::on_room(bool room, Time now, Actions& out) {
    state_->on_room(room, now, out);
    state_->settle(now, out);
}
void Swarm::on_playhead(ViewerId viewer, const AssetId& asset, FragmentIndex fragment,
                        std::uint64_t offset, Time now, Actions& out) {
    state_->on_playhead(viewer, asset, fragment, offset, now, out);
    state_->settle(now, out);
}
void Swarm::on_viewer_gone(ViewerId viewer, Time now, Actions& out) {
    state_->on_viewer_gone(viewer, now, out);
    state_->settle(now, out);
}
void Swarm::on_viewer_entered(Time, Actions& out) {
    ++state_->counters_.viewers;
    if (!state_->leaving_ && state_->any_bus_joined()) out.push_back(Publish{ViewerEntered{}});
}
void Swarm::on_read(ReadId read, ViewerId viewer, const ChunkRef& chunk, Time deadline, Time now,
                    Actions& out) {
    state_->on_read(read, viewer, chunk, deadline, now, out);
    state_->settle(now, out);
}
void Swarm::on_need_manifest(ReadId read, const AssetId& asset, Time deadline, Time now,
                             Actions& out) {
    state_->on_need_manifest(read, asset, deadline, now, out);
    state_->settle(now, out);
}
void Swarm::on_read_cancelled(ReadId read, Time now, Actions& out) {
    state_->on_read_cancelled(read, now, out);
    state_->settle(now, out);
}
void Swarm::on_question(ReadId read, Body question, bool friends, Time deadline, Time now,
                        Actions& out) {
    state_->on_question(read, std::move(question), friends, deadline, now, out);
    state_->settle(now, out);
}
void Swarm::on_fetch(const AssetId& asset, const RangeSet& fragments, Time now, Actions& out) {
    state_->want({}, asset, fragments, now, out);
    state_->settle(now, out);
}
void Swarm::on_fetch_for(ReadId asker, const AssetId& asset, const RangeSet& fragments, Time now,
                         Actions& out) {
    state_->want(asker, asset, fragments, now, out);
    state_->settle(now, out);
}
void Swarm::on_unwant_by(ReadId asker, const AssetId& asset, Time now, Actions& out) {
    state_->unwant(asker, asset, now, out);
    state_->settle(now, out);
}
void Swarm::on_limits(std::uint64_t max_upload, std::uint64_t max_download, Time now,
                      Actions& out) {
    state_->options_.max_upload = max_upload;
    state_->options_.max_download = max_download;
    state_->uploads_.set_rate(max_upload, now);
    state_->download_.set_rate(max_download, now);
    state_->settle(now, out);
}
void Swarm::on_friends(std::vector<std::string> friends, Time now, Actions& out) {
    state_->options_.friends = std::move(friends);
    state_->friends_at_ = now;
    state_->settle(now, out);
}
void Swarm::on_unwant(const AssetId& asset, Time now, Actions& out) {
    state_->unwant({}, asset, now, out);
    state_->settle(now, out);
}
void Swarm::on_publish(const AssetId& asset, std::vector<Offering> offerings, Time now,
                       Actions& out) {
    state_->on_publish(asset, std::move(offerings), now, out);
    state_->settle(now, out);
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
    const AssetState* known = state_->find_asset(asset);
    return known != nullptr && known->declined;
}
std::vector<OfferingView> Swarm::offerings(const AssetId& asset) const {
    std::vector<OfferingView> out;
    if (const AssetState* known = state_->find_asset(asset))
        for (const Publishing& publishing : known->publishing) {
            out.push_back(publishing.view);
            out.back().linked = publishing.link.value != 0;
        }
    return out;
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
std::shared_ptr<const Snapshot> Swarm::snapshot(Time now) {
    return state_->snapshot(now);
}
FarewellView Swarm::farewell() const {
    return state_->farewell_view();
}
std::map<AssetId, RangeSet> Swarm::at_risk() const {
    std::map<AssetId, RangeSet> out;
    for (const auto& [id, asset] : state_->assets_)
        if (!asset.at_risk.empty()) out.emplace(id, asset.at_risk);
    return out;
}
std::shared_ptr<const AssetView> Swarm::asset_view(const AssetId& asset, Time now) {
    AssetState* known = state_->find_asset(asset);
    return known == nullptr ? nullptr : state_->view(*known, now);
}
void Swarm::check_invariants(Time now) const {
    state_->check(now);
}

}  // namespace fragcast

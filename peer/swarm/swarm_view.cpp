// What is shown to people, and what is known by name.
#include "peer/swarm/swarm_view.hpp"

#include "messages/wire/endpoint.hpp"
#include "messages/wire/name_or_id.hpp"
#include "peer/swarm/core.hpp"
#include "peer/swarm/swarm_counters.hpp"
#include "peer/swarm/swarm_find.hpp"
#include "peer/swarm/swarm_links.hpp"
#include "peer/swarm/swarm_names.hpp"
#include "peer/swarm/swarm_view_peers.hpp"
#include "peer/swarm/swarm_wants.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace fragcast {

namespace {

constexpr std::size_t kHolderNames = 4;

std::uint64_t ms_of(Duration time) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

}  // namespace

void touch(Core& core, const AssetId& id) {
    if (core.assets.find(id) != nullptr) core.shown.touch(id);
}

// --- by name -------------------------------------------------------------------------------------

std::vector<AssetRecord> find(const Core& core, const std::string& name_or_id) {
    std::vector<AssetRecord> out;
    for (const KnownAsset* asset :
         core.assets.meant(NameOrId<AssetId>(name_or_id), limits::kMaxEntries))
        out.push_back(asset->record);
    return out;
}

// In order, ourselves where we belong.
void each_holder(const Core& core, const AssetId& id,
                 const std::function<bool(const PeerRecord&, const RangeSet&)>& tell) {
    bool ours = !core.book.fragments(id).empty();
    const auto tell_ours = [&] {
        return !std::exchange(ours, false) || tell(core.self.record(), core.book.fragments(id));
    };
    for (const auto& [peer, holding] : core.availability.who(id)) {
        if (core.self.record().id < peer && !tell_ours()) return;
        const PeerRecord* known = core.peers.record(peer);
        if (!holding.fragments.empty() && known != nullptr && !tell(*known, holding.fragments))
            return;
    }
    tell_ours();
}

std::vector<HolderRecord> holders(const Core& core, const AssetId& id) {
    std::vector<HolderRecord> out;
    each_holder(core, id, [&out](const PeerRecord& peer, const RangeSet& fragments) {
        out.push_back({peer, fragments});
        return true;
    });
    return out;
}

void each_peer(const Core& core, const PeerId& after,
               const std::function<bool(const PeerRecord&)>& tell) {
    bool ours = after < core.self.record().id;
    const auto tell_ours = [&] { return !std::exchange(ours, false) || tell(core.self.record()); };
    for (auto at = core.peers.all().upper_bound(after); at != core.peers.all().end(); ++at) {
        if (core.self.record().id < at->first && !tell_ours()) return;
        if (at->second.told() && !tell(at->second.record)) return;
    }
    tell_ours();
}

std::vector<PeerRecord> known_peers(const Core& core) {
    std::vector<PeerRecord> out;
    each_peer(core, {}, [&out](const PeerRecord& peer) {
        out.push_back(peer);
        return true;
    });
    return out;
}

// --- assets --------------------------------------------------------------------------------------

static void view_asked(const Core& core, const FragmentRef& fragment, FragmentView& out, Time now) {
    for (const RequestId request : core.requests.open().of_fragment(fragment)) {
        const Asked& asked = *core.requests.open().find(request);
        if (const Neighbour* n = neighbour(core, asked.link))
            out.asked.push_back({name_of_peer(core, n->peer().id), ms_of(now - asked.sent)});
    }
}

static void view_holders(const Core& core, const FragmentRef& fragment, FragmentView& out) {
    for (const auto& [peer, holding] : core.availability.who(fragment.asset)) {
        const KnownPeer* known = core.peers.find(peer);
        const bool whole = holding.fragments.contains(fragment.index.value);
        if (!whole || known == nullptr || known->record.guest) continue;
        ++out.holders;
        if (out.holder_names.size() < kHolderNames)
            out.holder_names.push_back(name_of_peer(core, peer));
    }
}

static FragmentView view(const Core& core, const KnownAsset& asset, FragmentIndex fragment,
                         Time now) {
    const FragmentInfo& info = asset.manifest->fragments[fragment.value];
    FragmentView out;
    out.size = info.size;
    out.duration_us = info.duration_us;
    out.chunks_total = chunk_count(info.size);
    const Assembly* unfinished = core.unfinished.find({asset.id, fragment});
    const std::map<PeerId, std::uint64_t>* senders = nullptr;
    if (core.book.fragments(asset.id).contains(fragment.value)) {
        out.state = FragmentView::State::here;
        out.chunks = out.chunks_total;
        if (const Origins::Origin* origin = core.origins.find({asset.id, fragment})) {
            senders = &origin->senders;
            out.took_us = static_cast<std::uint64_t>(origin->took.count());
        }
    } else if (unfinished != nullptr) {
        out.chunks = static_cast<std::uint32_t>(unfinished->proven().count());
        senders = &unfinished->senders();
        const FragmentRef ref{asset.id, fragment};
        if (!core.requests.open().open(ref).empty() || !unfinished->in_store().empty() ||
            unfinished->complete())
            out.state = FragmentView::State::coming;
    }
    view_asked(core, {asset.id, fragment}, out, now);
    view_holders(core, {asset.id, fragment}, out);
    if (senders != nullptr)
        for (const auto& [peer, bytes] : *senders)
            out.from.push_back({peer, name_of_peer(core, peer), bytes});
    return out;
}

// One true sentence on what it waits for.
std::string waiting(const Core& core, const KnownAsset& asset, Time now) {
    if (!core.wants.contains(asset.id)) return {};
    if (!core.room.on_disk()) return "there is no room on disk";
    const auto in = [&](Time when) {
        return when > now
                   ? " in " + human_duration(static_cast<std::uint64_t>((when - now).count()))
                   : std::string(" now");
    };
    const bool bus = any_bus_joined(core);
    const std::string asking = (bus ? "; asking the bus again" : "; asking friends again") +
                               in(core.search.next(asset.id));
    const auto& who = core.availability.who(asset.id);
    if (who.empty())
        return (bus ? "nobody is known to have it"
                    : "no bus answers, and nobody is known to have it") +
               asking;
    if (!asset.manifest) return "waiting for its description";
    const bool linked = std::any_of(
        who.begin(), who.end(), [&](const auto& claim) { return core.peers.linked(claim.first); });
    if (!linked) return "no holder of it can be reached" + asking;
    const RangeSet lacking = wanted_fragments(core, asset);
    RangeSet nobody = lacking;
    for (const auto& [peer, holding] : who)
        nobody.remove(holding.fragments);
    if (!nobody.empty() && nobody == lacking)
        return "nobody is known to have fragments " + nobody.text() + " whole" + asking;
    for (const Span& span : lacking.spans())
        for (std::uint32_t i = span.begin; i < span.end; ++i) {
            const FragmentRef ref{asset.id, {i}};
            if (!core.requests.open().open(ref).empty())
                return "fragment " + std::to_string(i) + " is coming";
        }
    if (core.room.full())
        return "the store's limit of " + human_bytes(core.room.limit()) +
               " is reached, and nothing here may be dropped";
    if (core.requests.held_back(now))
        return "this peer's download limit of " + human_bytes(core.requests.rate()) +
               "/s holds it back";
    return "its holders are busy";
}

std::shared_ptr<const AssetView> view(Core& core, const KnownAsset& asset, Time now) {
    const bool wanted = core.wants.contains(asset.id);
    // What is being fetched changes with time alone: what it waits for, what is under way.
    if (const auto before = core.shown.view(asset.id); before && !wanted && !before->wanted)
        return before;
    auto out = std::make_shared<AssetView>();
    out->asset = asset.record;
    out->manifest_here = asset.manifest != nullptr;
    out->wanted = wanted;
    out->declined = core.wants.declined(asset.id);
    out->holders = static_cast<std::uint32_t>(core.availability.who(asset.id).size());
    out->waiting = waiting(core, asset, now);
    if (asset.manifest) {
        out->mime = asset.manifest->mime;
        const RangeSet lacking = wanted_fragments(core, asset);
        const RangeSet& here = core.book.fragments(asset.id);
        const auto count = static_cast<std::uint32_t>(asset.manifest->fragments.size());
        out->fragments.reserve(count);
        for (std::uint32_t i = 0; i < count; ++i) {
            FragmentView fragment = view(core, asset, {i}, now);
            if (fragment.state == FragmentView::State::missing && lacking.contains(i))
                fragment.state = FragmentView::State::wanted;
            if (here.contains(i)) {
                out->bytes_here += fragment.size;
            } else if (const Assembly* part = core.unfinished.find({asset.id, {i}})) {
                for (const Span& span : part->proven().spans())
                    out->bytes_here +=
                        std::min<std::uint64_t>(fragment.size,
                                                std::uint64_t{span.end} * limits::kChunkBytes) -
                        std::uint64_t{span.begin} * limits::kChunkBytes;
            }
            out->fragments.push_back(std::move(fragment));
        }
    }
    core.shown.keep(asset.id, out);
    return out;
}

FarewellView farewell_view(const Core& core) {
    return core.farewell.view([&core](const AssetId& id) { return name_of_asset(core, id); });
}

// --- the whole -----------------------------------------------------------------------------------

static void overview(const Core& core, Overview& out, Time now) {
    out.self = core.self.record();
    out.sequence = core.book.sequence().value;
    out.uptime_ms = ms_of(now - core.life.since());
    out.leaving = core.life.has_left();
    out.farewell = farewell_view(core);
    out.stock = {core.room.stock(), core.room.limit(), core.room.lacks()};
    out.at_risk = core.keeper.count_at_risk();
    out.room = core.room.on_disk();
    out.counters = counters_view(core);
    out.fetch_times = core.origins.times();
    out.limits = {core.answers.rate(), core.requests.rate()};
    for (const BusSession& bus : core.buses) {
        BusView view;
        view.endpoint = bus.endpoint();
        view.tries = bus.tries();
        view.since_ms = ms_of(now - bus.since());
        switch (bus.state()) {
            case BusSession::State::joining:
                view.state = BusView::State::joining;
                break;
            case BusSession::State::settling:
                view.state = BusView::State::settling;
                break;
            case BusSession::State::joined:
                view.state = BusView::State::joined;
                break;
            case BusSession::State::away:
            case BusSession::State::left:
                break;
        }
        out.buses.push_back(std::move(view));
    }
}

// A friend tells what there is, and only when asked for one of them who has it.
bool is_shown(const Core& core, const KnownAsset& asset, bool by_friends) {
    const AssetId& id = asset.id;
    return asset.told && (by_friends || asset.manifest || core.wants.declined(id) ||
                          core.wants.contains(id) || !core.availability.who(id).empty());
}

// By asset, of each ourselves first, then the others by id.
bool holdings(const Core& core, HoldingsPlace& place, std::size_t steps,
              std::vector<HoldingRecord>& out) {
    const bool by_friends = no_bus_answers(core);
    const auto& assets = core.assets.all();
    for (auto at = assets.lower_bound(place.asset); at != assets.end(); ++at) {
        const auto& [id, asset] = *at;
        const bool show = is_shown(core, asset, by_friends);
        if (id != place.asset) {
            if (steps-- == 0) return true;
            place = {id, {}};
            const RangeSet& ours = core.book.fragments(id);
            if (show && !ours.empty()) out.push_back({core.self.record().id, id, ours});
        }
        if (!show) continue;
        const auto& who = core.availability.who(id);
        for (auto one = who.upper_bound(place.peer); one != who.end(); ++one) {
            if (steps-- == 0) return true;
            place.peer = one->first;
            if (!one->second.fragments.empty() && core.peers.record(one->first) != nullptr)
                out.push_back({one->first, id, one->second.fragments});
        }
    }
    return false;
}

News news(Core& core, Time now) {
    News out;
    auto all = std::make_shared<Overview>();
    overview(core, *all, now);
    out.overview = std::move(all);
    peers_news(core, out, now);
    const bool by_friends = no_bus_answers(core);
    // All may be of use now, or none: seldom.
    if (core.shown.change(by_friends))
        for (const auto& [id, asset] : core.assets.all())
            core.shown.look_at(id);
    // What is being fetched changes with time alone.
    for (const AssetId& id : core.wants.all())
        core.shown.look_at(id);
    for (const AssetId& id : core.shown.take()) {
        const KnownAsset* asset = core.assets.find(id);
        const bool show = asset != nullptr && is_shown(core, *asset, by_friends);
        const bool was = core.shown.set(id, show);
        if (show)
            out.changed.push_back(view(core, *asset, now));
        else if (was)
            out.gone.push_back(id);
    }
    return out;
}

}  // namespace fragcast

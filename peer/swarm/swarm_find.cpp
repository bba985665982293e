// Where manifests and holders are looked for: neighbours, buses, friends.
#include "peer/swarm/swarm_find.hpp"

#include "peer/swarm/core.hpp"
#include "peer/swarm/swarm_ask.hpp"
#include "peer/swarm/swarm_bus.hpp"
#include "peer/swarm/swarm_links.hpp"
#include "peer/swarm/swarm_outlook.hpp"
#include "peer/swarm/swarm_wants.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

namespace {

constexpr std::int32_t kManifestNonsense = 20;

}  // namespace

static void seek_manifest(Core& core, const AssetId& id, Turn& turn);
static void seek_holders(Core& core, const KnownAsset& asset, Turn& turn);
static void look_around(Core& core, Turn& turn);

bool any_bus_joined(const Core& core) {
    return std::any_of(core.buses.begin(), core.buses.end(),
                       [](const auto& bus) { return bus.joined(); });
}

// A first try that is still under way counts as an answer to come.
bool no_bus_answers(const Core& core) {
    return std::none_of(core.buses.begin(), core.buses.end(), [](const BusSession& bus) {
        return bus.joined() || (bus.state() == BusSession::State::joining && bus.tries() <= 1);
    });
}

void seek(Core& core, Turn& turn) {
    const std::set<AssetId> wanted = core.wants.all();
    for (const AssetId& id : wanted) {
        const KnownAsset& asset = core.assets.at(id);
        if (!asset.manifest) seek_manifest(core, id, turn);
        seek_holders(core, asset, turn);
    }
    if (!core.hearing.ask_for_records(turn)) return;
    AskAround around(core);
    for (const BusSession& bus : core.buses)
        if (bus.joined()) core.asks.list_all({bus.bus()}, around, turn);
    if (any_bus_joined(core)) return;
    for (const LinkId link : core.neighbours.members())
        core.asks.list_assets({{}, link}, around, turn);
}

// --- manifests -----------------------------------------------------------------------------------

static std::vector<Manifests::Holder> manifest_holders(Core& core, const AssetId& id, Time now) {
    std::vector<Manifests::Holder> out;
    for (const auto& [peer, holding] : core.availability.who(id))
        if (const Neighbour* n = link_of(core, peer); n != nullptr && !barred(core, *n, now))
            out.push_back({peer, n->link(), n->spoke(), n->passed_until(), n->patience()});
    return out;
}

static void seek_manifest(Core& core, const AssetId& id, Turn& turn) {
    if (!core.room.on_disk()) return;
    if (const auto late = core.manifests.late(id, turn)) {
        if (Neighbour* n = neighbour(core, late->link); n != nullptr && late->passed)
            n->pass_over(turn.now);
    }
    if (!core.manifests.idle(id)) return;
    std::vector<BusId> joined;
    for (const BusSession& bus : core.buses)
        if (bus.joined()) joined.push_back(bus.bus());
    const auto asked = core.manifests.seek(id, manifest_holders(core, id, turn.now), joined, turn);
    if (!asked) return;
    if (Neighbour* n = neighbour(core, asked->link)) {
        n->use(turn.now);
        n->ask_other(turn.now);
    }
}

void got(Core& core, const Manifests::From& from, const ManifestPart& part, std::size_t bytes,
         Turn& turn) {
    switch (core.manifests.got(from, part, bytes, turn)) {
        case Manifests::Heard::unasked:
            return;
        case Manifests::Heard::nonsense:
            return blame(core, from.link, kManifestNonsense, "its manifests are nonsense", turn);
        case Manifests::Heard::part:
            if (Neighbour* n = neighbour(core, from.link)) {
                n->heard_answer();
                n->gave_other();
            }
    }
}

// --- holders -------------------------------------------------------------------------------------

// Something is wanted that nobody within reach is known to have whole.
bool lacks_holders(const Core& core, const KnownAsset& asset, Time now) {
    RangeSet lacking = wanted_fragments(core, asset);
    const auto& who = core.availability.who(asset.id);
    if (who.empty()) return !asset.manifest || !lacking.empty();
    bool anybody = false;
    for (const auto& [peer, holding] : who) {
        const KnownPeer* there = core.peers.find(peer);
        if (there == nullptr || out_of_reach(core, peer, now)) continue;
        if (there->apart() && there->record.exchange.empty()) continue;
        anybody = true;
        lacking.remove(holding.fragments);
    }
    return asset.manifest ? !lacking.empty() : !anybody;
}

static void seek_holders(Core& core, const KnownAsset& asset, Turn& turn) {
    if (!core.search.due(asset.id, turn)) return;
    const bool bus = any_bus_joined(core);
    const auto step = core.search.look(asset.id,
                                       {lacks_holders(core, asset, turn.now), bus,
                                        no_bus_answers(core), core.asks.locating(asset.id)},
                                       turn);
    if (step.say) publish(core, {FragmentWanted{asset.id, wanted_fragments(core, asset)}}, turn);
    AskAround around(core);
    if (step.ask) core.asks.locate(asset.id, !bus, around, turn);
}

// --- friends -------------------------------------------------------------------------------------

// Everybody who is linked is asked whom and what it knows, so that we then have others to ask.
void keep_friends(Core& core, Turn& turn) {
    if (!no_bus_answers(core)) return;
    std::vector<Calls::Friend> friends;
    for (const std::string& endpoint : core.calls.friends())
        friends.push_back(
            {endpoint, core.neighbours.at_end_of(endpoint) != nullptr, open_at(core, endpoint)});
    if (const auto endpoint = Calls::friend_to_call(friends, core.neighbours.lines(), turn.now))
        dial(core, *endpoint, turn);
    if (!friends.empty()) turn.wake_by(core.neighbours.next_dial(turn.now));
    look_around(core, turn);
    if (!core.calls.take_friends_due(turn)) return;
    for (const LinkId link : core.neighbours.members())
        ask_around(core, link, turn);
}

// Something is wanted, and nobody within reach has it, or nobody is linked at all: those that we
// only know of are dialled, a few at a time. Each tells of more.
static void look_around(Core& core, Turn& turn) {
    const std::size_t dialling = core.neighbours.count_dialling();
    if (core.wants.empty() || dialling >= Calls::kLastResort) return;
    const std::set<AssetId>& wanted = core.wants.all();
    const bool searching = std::any_of(wanted.begin(), wanted.end(), [&](const AssetId& id) {
        return lacks_holders(core, core.assets.at(id), turn.now);
    });
    if (!searching && core.neighbours.any_up()) return;
    std::vector<Calls::Callee> known;
    for (const auto& [id, peer] : core.peers.all())
        if (const std::string& endpoint = peer.record.exchange; !peer.record.guest)
            known.push_back({id, endpoint, !peer.apart(), false, open_at(core, endpoint)});
    for (const Calls::Call& call :
         Calls::strangers(known, dialling, core.neighbours.lines(), turn.now))
        dial(core, call.peer, call.endpoint, turn);
}

void ask_around(Core& core, LinkId link, Turn& turn) {
    AskAround around(core);
    core.asks.list_all({{}, link}, around, turn);
    ask_all(core, neighbour(core, link)->peer().id, turn);
}

}  // namespace fragcast

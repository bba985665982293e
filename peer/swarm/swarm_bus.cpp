// What buses say, and what is announced.
#include "peer/swarm/swarm_bus.hpp"

#include "peer/swarm/core.hpp"
#include "peer/swarm/overload.hpp"
#include "peer/swarm/swarm_ask.hpp"
#include "peer/swarm/swarm_copies.hpp"
#include "peer/swarm/swarm_fetch.hpp"
#include "peer/swarm/swarm_find.hpp"
#include "peer/swarm/swarm_links.hpp"
#include "peer/swarm/swarm_messages.hpp"
#include "peer/swarm/swarm_names.hpp"
#include "peer/swarm/swarm_peers.hpp"
#include "peer/swarm/swarm_view.hpp"
#include "peer/swarm/swarm_wants.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

namespace {

constexpr std::size_t kManifestsPerAck = 8;

}  // namespace

static void after(Core& core, BusSession& session, BusSession::Event event, Turn& turn);
static void recount(Core& core, Turn& turn);

// --- the directory -------------------------------------------------------------------------------

void on_bus_message(Core& core, BusId bus, const Message& message, std::size_t bytes, Turn& turn) {
    if (bus.value >= core.buses.size() || core.life.has_left()) return;
    BusSession& session = core.buses[bus.value];
    core.clocks.hear_bus(message.header.epoch, turn.now);
    const BusSession::Event event = session.on_message(message.body, turn);
    turn.wake_by(session.next_tick());
    if (const auto* welcome = std::get_if<Welcome>(&message.body);
        welcome != nullptr && event == BusSession::Event::welcomed) {
        for (const PeerRecord& peer : welcome->peers)
            if (!too_far_ahead(core, peer.epoch, turn)) learn(core, peer, bus, turn);
        for (const AssetRecord& asset : welcome->assets)
            learn(core, asset, {}, turn.now);
        if (welcome->more) core.asks.list_all({bus}, core.around, turn);
    }
    after(core, session, event, turn);
    std::visit(
        Overload{[&](const Ack& m) {
                     std::size_t sent = 0;
                     for (const AssetId& id : m.manifests) {
                         const KnownAsset* asset = core.assets.find(id);
                         if (asset == nullptr || !asset->manifest) continue;
                         if (++sent > kManifestsPerAck) break;
                         turn.out.push_back(SendManifestToBus{bus, id});
                     }
                 },
                 [&](const ManifestPart& m) {
                     got(core, {{}, bus}, m, bytes, turn);
                 },
                 [&](const Refused& m) {
                     if (core.manifests.refused({{}, bus}, m.request, limits::kLocateMin, turn))
                         return;
                     answered(core, m.request, message.body, {bus}, turn);
                 },
                 [&](const Located& m) { answered(core, m.request, message.body, {bus}, turn); },
                 [&](const Peers& m) { answered(core, m.request, message.body, {bus}, turn); },
                 [&](const Assets& m) { answered(core, m.request, message.body, {bus}, turn); },
                 [&](const Dumped& m) { answered(core, m.request, message.body, {bus}, turn); },
                 [&](const Stats& m) { answered(core, m.request, message.body, {bus}, turn); },
                 [&](const Events& m) { answered(core, m.request, message.body, {bus}, turn); },
                 [](const auto&) {}},  // the session's own, or nothing that a bus says
        message.body);
}

void on_bus_failed(Core& core, BusId bus, const Error& why, Turn& turn) {
    if (bus.value >= core.buses.size() || core.life.has_left()) return;
    BusSession& session = core.buses[bus.value];
    after(core, session, session.on_failed(why, turn), turn);
    turn.wake_by(session.next_tick());
}

static void after(Core& core, BusSession& session, BusSession::Event event, Turn& turn) {
    switch (event) {
        case BusSession::Event::none:
            return;
        case BusSession::Event::welcomed:
            // What all others hold: later only what differs.
            core.asks.dump(session.bus(), core.around, turn);
            core.hearing.welcomed(turn.now);
            for (const AssetId& id : core.wants.all())
                core.search.begin_anew(id);
            turn.wake_by(turn.now);
            return;
        case BusSession::Event::duplicate:
            if (core.namesake.met()) turn.out.push_back(NewIdentity{});
            return;
        case BusSession::Event::lost:
            core.peers.bus_lost(session.bus());
            core.calls.friends_due(turn.now);
            turn.wake_by(turn.now);
            return;
    }
}

void publish(const Core& core, Publish said, Turn& turn) {
    if (any_bus_joined(core)) turn.out.push_back(std::move(said));
}

// Our book says something else of this asset.
void changed(Core& core, const AssetId& id, Turn& turn) {
    touch(core, id);
    for (BusSession& bus : core.buses) {
        bus.on_change(id, turn);
        turn.wake_by(bus.next_tick());
    }
}

void tick_buses(Core& core, Turn& turn) {
    for (BusSession& bus : core.buses) {
        after(core, bus, bus.on_tick(turn), turn);
        turn.wake_by(bus.next_tick());
    }
    for (const PeerId& peer : core.hearing.take_due())
        if (core.peers.contains(peer)) ask_all(core, peer, turn);
    if (!any_bus_joined(core)) return;
    recount(core, turn);
    if (core.hearing.beacon_due(turn))
        publish(
            core,
            {PeerAlive{core.book.root(), core.self.record().exchange, core.self.record().guest}},
            turn);
    if (!core.hearing.sweep_due(turn)) return;
    // Whom no bus has named since it was joined, and who is not linked, is gone.
    for (const PeerId& id : core.peers.strays())
        forget_peer(core, id, turn);
}

// --- announcements -------------------------------------------------------------------------------

// Something of this peer was missed: it is asked for all, or a bus in its place.
void heed(Core& core, Availability::News news, Hearing::Word word, const PeerId& peer, Turn& turn) {
    if (core.hearing.heed(peer, news, word)) ask_all(core, peer, turn);
}

// Who is linked is not gone before the link is.
static void left_bus(Core& core, const PeerId& peer, BusId bus, Turn& turn) {
    if (core.peers.left(peer, bus) == KnownPeers::Left::forgotten) forget_peer(core, peer, turn);
}

// That a peer left is an announcement like others, and its last. Who was not heard of for a lease
// is looked for in the lists of the buses that named it.
static void recount(Core& core, Turn& turn) {
    if (!core.hearing.recount_due(turn)) return;
    std::set<BusId> ask_at;
    for (const auto& [id, peer] : core.peers.all())
        if (Hearing::silent(peer.linked(), peer.heard, turn.now))
            ask_at.insert(peer.live_at.begin(), peer.live_at.end());
    for (const BusSession& bus : core.buses) {
        if (!bus.joined() || bus.settling() || !ask_at.contains(bus.bus())) continue;
        core.asks.recount(bus.bus(), core.around, turn);
        core.hearing.recounting(turn.now);
    }
}

void conclude(Core& core, const Asks::Everybody& all, Turn& turn) {
    const std::vector<PeerId> missing = core.peers.unlisted(all.bus, all.listed, all.since);
    core.hearing.recounted(missing.size());
    for (const PeerId& id : missing)
        left_bus(core, id, all.bus, turn);
}

static void hear_published(Core& core, const AssetPublished& m, const Header& header, Turn& turn) {
    const bool known = held_elsewhere(core, m.asset.id, header.sender);
    learn(core, m.asset, header.sender, turn.now);
    const auto news = core.availability.hear_current(header.sender, header.epoch, header.sequence);
    heed(core, news, Hearing::Word::announced, header.sender, turn);
    if (known || core.assets.find(m.asset.id) == nullptr) return;
    if (!core.assets.published(m.asset.id, header)) return;
    turn.report(Report::Level::info, "asset.published", m.asset.name + " was published",
                header.sender, m.asset.id);
}

void on_announcement(Core& core, BusId bus, const Message& message, Turn& turn) {
    const PeerId sender = message.header.sender;
    if (sender == core.self.record().id || !core.life.runs()) return;
    const Header& header = message.header;
    const bool of_bus = std::holds_alternative<PeerJoined>(message.body) ||
                        std::holds_alternative<PeerLeft>(message.body) ||
                        std::holds_alternative<BusStats>(message.body);
    if (!of_bus &&
        (too_far_ahead(core, header.epoch, turn) || unheard_of(core, sender, header.epoch, turn)))
        return;
    begins_anew(core, sender, header.epoch, turn);
    const auto alive = [&] {
        if (!core.peers.alive(sender, bus, turn.now)) return false;
        if (core.peers.find(sender)->word != Word::bus) core.hearing.lacks_record(turn);
        return true;
    };
    const auto holdings = [&](const AssetId& asset, const RangeSet& fragments, bool here) {
        if (!alive()) return;
        const auto news = core.availability.hear(sender, header.epoch, header.sequence);
        if (news == Availability::News::old) return;
        core.hearing.announced(sender);
        if (here)
            core.availability.add(sender, asset, fragments);
        else
            core.availability.remove(sender, asset, fragments);
        heed(core, news, Hearing::Word::announced, sender, turn);
    };
    const auto current = [&] {
        const auto news = core.availability.hear_current(sender, header.epoch, header.sequence);
        heed(core, news, Hearing::Word::announced, sender, turn);
    };
    std::visit(
        Overload{[&](const FragmentAvailable& m) {
                     learn(core, m.asset, sender, turn.now);
                     if (core.assets.find(m.asset.id) != nullptr)
                         holdings(m.asset.id, m.fragments, true);
                 },
                 [&](const FragmentGone& m) { holdings(m.asset, m.fragments, false); },
                 [&](const FragmentWanted& m) {
                     // A hint without a sequence comes by every bus, and counts once.
                     const KnownPeer* known = core.peers.find(sender);
                     Neighbour* n = link_of(core, sender);
                     if (n == nullptr || core.book.fragments(m.asset).empty() ||
                         (known->live_at.size() > 1 && bus != *known->live_at.begin()))
                         return;
                     turn.out.push_back(SendTo{n->link(), have_of(core, m.asset)});
                 },
                 [&](const AssetPublished& m) {
                     if (alive()) hear_published(core, m, header, turn);
                 },
                 [&](const AssetRemoved&) {  // what went was told by fragment.gone
                     if (alive()) current();
                 },
                 [&](const PeerJoined& m) {
                     if (too_far_ahead(core, m.peer.epoch, turn)) return;
                     const bool news =
                         !core.peers.contains(m.peer.id) && m.peer.id != core.self.record().id;
                     learn(core, m.peer, bus, turn);
                     if (news && !m.peer.guest)
                         turn.report(Report::Level::info, "peer.joined", m.peer.name + " joined",
                                     m.peer.id);
                     begins_anew(core, m.peer.id, m.peer.epoch, turn);
                     if (m.peer.id != core.self.record().id && core.peers.contains(m.peer.id))
                         heed(core, core.availability.hear(m.peer.id, m.peer.epoch, {}),
                              Hearing::Word::hello, m.peer.id, turn);
                 },
                 [&](const PeerAlive& m) {
                     if (!alive()) return;
                     const auto news =
                         core.availability.hear_root(sender, header.epoch, header.sequence, m.root);
                     if (news == Availability::News::next) core.hearing.fits(sender);
                     if (news != Availability::News::old)
                         core.hearing.beacon(sender, m.root, turn.now);
                     heed(core, news, Hearing::Word::beacon, sender, turn);
                 },
                 [&](const PeerLeft& m) {
                     const KnownPeer* known = core.peers.find(m.peer);
                     if (known != nullptr && !known->record.guest &&
                         known->live_at == std::set<BusId>{bus})
                         turn.report(Report::Level::info, "peer.left",
                                     name_of_peer(core, m.peer) + " left", m.peer);
                     left_bus(core, m.peer, bus, turn);
                 },
                 [&](const PeerLeaving&) { core.peers.leaves(sender, header.epoch, bus); },
                 [](const auto&) {}},  // shown by tools; nothing follows from it here
        message.body);
}

}  // namespace fragcast

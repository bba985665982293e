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

static void hear(Core& core, const BusSession& session, const Welcome& welcome, Turn& turn);
static void hear(const Core& core, const BusSession& session, const Ack& ack, Turn& turn);
static void hear(Core& core, const BusSession& session, const Refused& refused, Turn& turn);
static void after(Core& core, BusSession& session, BusSession::Event event, Turn& turn);
static void recount(Core& core, Turn& turn);

// --- the directory -------------------------------------------------------------------------------

void on_bus_message(Core& core, const facts::BusSaid& said, Turn& turn) {
    if (said.bus.value >= core.buses.size() || core.life.has_left()) return;
    BusSession& session = core.buses[said.bus.value];
    const Body& body = said.message.body;
    core.clocks.hear_bus(said.message.header.epoch, turn.now);
    const BusSession::Event event = session.on_message(body, turn);
    turn.wake_by(session.next_tick());
    if (const auto* welcome = std::get_if<Welcome>(&body);
        welcome != nullptr && event == BusSession::Event::welcomed)
        hear(core, session, *welcome, turn);
    after(core, session, event, turn);
    const Asks::Source source{said.bus};
    const Manifests::From giver{{}, said.bus};
    std::visit(
        Overload{[&](const Ack& m) { hear(core, session, m, turn); },
                 [&](const ManifestPart& m) { got(core, giver, m, said.payload_bytes, turn); },
                 [&](const Refused& m) { hear(core, session, m, turn); },
                 [&](const Located& m) { answered(core, m.request, body, source, turn); },
                 [&](const Peers& m) { answered(core, m.request, body, source, turn); },
                 [&](const Assets& m) { answered(core, m.request, body, source, turn); },
                 [&](const Dumped& m) { answered(core, m.request, body, source, turn); },
                 [&](const Stats& m) { answered(core, m.request, body, source, turn); },
                 [&](const Events& m) { answered(core, m.request, body, source, turn); },
                 [](const auto&) {}},  // the session's own, or nothing that a bus says
        body);
}

// Who and what is there, or the beginning of the lists.
static void hear(Core& core, const BusSession& session, const Welcome& welcome, Turn& turn) {
    for (const PeerRecord& peer : welcome.peers)
        if (!too_far_ahead(core, peer.epoch, turn)) learn(core, peer, session.bus(), turn);
    for (const AssetRecord& asset : welcome.assets)
        learn(core, asset, {}, turn.now);
    AskAround around(core);
    if (welcome.more) core.asks.list_all({session.bus()}, around, turn);
}

// It has no manifest of these.
static void hear(const Core& core, const BusSession& session, const Ack& ack, Turn& turn) {
    std::size_t sent = 0;
    for (const AssetId& id : ack.manifests) {
        const KnownAsset* asset = core.assets.find(id);
        if (asset == nullptr || !asset->manifest) continue;
        if (++sent > kManifestsPerAck) break;
        turn.out.push_back(SendManifestToBus{session.bus(), id});
    }
}

// A manifest, or else a question.
static void hear(Core& core, const BusSession& session, const Refused& refused, Turn& turn) {
    if (core.manifests.refused({{}, session.bus()}, refused.request, limits::kLocateMin, turn))
        return;
    answered(core, refused.request, refused, {session.bus()}, turn);
}

void on_bus_failed(Core& core, BusId bus, const Error& why, Turn& turn) {
    if (bus.value >= core.buses.size() || core.life.has_left()) return;
    BusSession& session = core.buses[bus.value];
    after(core, session, session.on_failed(why, turn), turn);
    turn.wake_by(session.next_tick());
}

static void after(Core& core, BusSession& session, BusSession::Event event, Turn& turn) {
    AskAround around(core);
    switch (event) {
        case BusSession::Event::none:
            return;
        case BusSession::Event::welcomed:
            // What all others hold: later only what differs.
            core.asks.dump(session.bus(), around, turn);
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
    AskAround around(core);
    for (const BusSession& bus : core.buses) {
        if (!bus.joined() || bus.settling() || !ask_at.contains(bus.bus())) continue;
        core.asks.recount(bus.bus(), around, turn);
        core.hearing.recounting(turn.now);
    }
}

void conclude(Core& core, const Asks::Everybody& all, Turn& turn) {
    const std::vector<PeerId> missing = core.peers.unlisted(all.bus, all.listed, all.since);
    core.hearing.recounted(missing.size());
    for (const PeerId& id : missing)
        left_bus(core, id, all.bus, turn);
}

// Its sender lives, as that bus's forwarder shows. False: there is no room for one more.
static bool alive(Core& core, const PeerId& sender, BusId bus, Turn& turn) {
    if (!core.peers.alive(sender, bus, turn.now)) return false;
    if (core.peers.find(sender)->word != Word::bus) core.hearing.lacks_record(turn);
    return true;
}

// A change of what its sender holds. Old: it is not to be applied.
static Availability::News change_of(Core& core, const Header& header, BusId bus, Turn& turn) {
    if (!alive(core, header.sender, bus, turn)) return Availability::News::old;
    const auto news = core.availability.hear(header.sender, header.epoch, header.sequence);
    if (news != Availability::News::old) core.hearing.announced(header.sender);
    return news;
}

// What tells no change shows that one was missed.
static void hear_current(Core& core, const Header& header, Turn& turn) {
    const auto news = core.availability.hear_current(header.sender, header.epoch, header.sequence);
    heed(core, news, Hearing::Word::announced, header.sender, turn);
}

static void hear(Core& core, const FragmentAvailable& m, const Header& header, BusId bus,
                 Turn& turn) {
    learn(core, m.asset, header.sender, turn.now);
    if (core.assets.find(m.asset.id) == nullptr) return;
    const auto news = change_of(core, header, bus, turn);
    if (news == Availability::News::old) return;
    core.availability.add(header.sender, m.asset.id, m.fragments);
    heed(core, news, Hearing::Word::announced, header.sender, turn);
}

static void hear(Core& core, const FragmentGone& m, const Header& header, BusId bus, Turn& turn) {
    const auto news = change_of(core, header, bus, turn);
    if (news == Availability::News::old) return;
    core.availability.remove(header.sender, m.asset, m.fragments);
    heed(core, news, Hearing::Word::announced, header.sender, turn);
}

// A hint without a sequence comes by every bus, and counts once.
static void hear(Core& core, const FragmentWanted& m, const Header& header, BusId bus, Turn& turn) {
    const KnownPeer* known = core.peers.find(header.sender);
    Neighbour* n = link_of(core, header.sender);
    if (n == nullptr || core.book.fragments(m.asset).empty()) return;
    if (known->live_at.size() > 1 && bus != *known->live_at.begin()) return;
    if (!n->may_want_aloud(turn.now)) return;
    turn.out.push_back(SendTo{n->link(), have_of(core, m.asset)});
}

static void hear(Core& core, const AssetPublished& m, const Header& header, BusId bus, Turn& turn) {
    if (!alive(core, header.sender, bus, turn)) return;
    const bool known = held_elsewhere(core, m.asset.id, header.sender);
    learn(core, m.asset, header.sender, turn.now);
    hear_current(core, header, turn);
    if (known || core.assets.find(m.asset.id) == nullptr) return;
    if (!core.assets.published(m.asset.id, header)) return;
    turn.report(Report::Level::info, "asset.published", m.asset.name + " was published",
                header.sender, m.asset.id);
}

// What went was told by fragment.gone.
static void hear(Core& core, const AssetRemoved&, const Header& header, BusId bus, Turn& turn) {
    if (alive(core, header.sender, bus, turn)) hear_current(core, header, turn);
}

static void hear(Core& core, const PeerJoined& m, BusId bus, Turn& turn) {
    const PeerId& peer = m.peer.id;
    if (too_far_ahead(core, m.peer.epoch, turn)) return;
    const bool other = peer != core.self.record().id;
    const bool news = other && !core.peers.contains(peer);
    learn(core, m.peer, bus, turn);
    if (news && !m.peer.guest)
        turn.report(Report::Level::info, "peer.joined", m.peer.name + " joined", peer);
    begins_anew(core, peer, m.peer.epoch, turn);
    if (other && core.peers.contains(peer))
        heed(core, core.availability.hear(peer, m.peer.epoch, {}), Hearing::Word::hello, peer,
             turn);
}

static void hear(Core& core, const PeerAlive& m, const Header& header, BusId bus, Turn& turn) {
    const PeerId& sender = header.sender;
    if (!alive(core, sender, bus, turn)) return;
    const auto news = core.availability.hear_root(sender, header.epoch, header.sequence, m.root);
    if (news == Availability::News::next) core.hearing.fits(sender);
    if (news != Availability::News::old) core.hearing.beacon(sender, m.root, turn.now);
    heed(core, news, Hearing::Word::beacon, sender, turn);
}

static void hear(Core& core, const PeerLeft& m, BusId bus, Turn& turn) {
    const KnownPeer* known = core.peers.find(m.peer);
    const bool last = known != nullptr && known->live_at == std::set<BusId>{bus};
    if (last && !known->record.guest)
        turn.report(Report::Level::info, "peer.left", name_of_peer(core, m.peer) + " left", m.peer);
    left_bus(core, m.peer, bus, turn);
}

// A bus's word is about others; everybody else's is of his own life.
static bool said_by_bus(const Body& body) {
    return std::holds_alternative<PeerJoined>(body) || std::holds_alternative<PeerLeft>(body) ||
           std::holds_alternative<BusStats>(body);
}

void on_announcement(Core& core, BusId bus, const Message& message, Turn& turn) {
    const Header& header = message.header;
    const PeerId& sender = header.sender;
    if (sender == core.self.record().id || !core.life.runs()) return;
    if (!said_by_bus(message.body) &&
        (too_far_ahead(core, header.epoch, turn) || unheard_of(core, sender, header.epoch, turn)))
        return;
    begins_anew(core, sender, header.epoch, turn);
    std::visit(Overload{// --- what its sender holds
                        [&](const FragmentAvailable& m) { hear(core, m, header, bus, turn); },
                        [&](const FragmentGone& m) { hear(core, m, header, bus, turn); },
                        [&](const FragmentWanted& m) { hear(core, m, header, bus, turn); },
                        [&](const AssetPublished& m) { hear(core, m, header, bus, turn); },
                        [&](const AssetRemoved& m) { hear(core, m, header, bus, turn); },
                        [&](const PeerAlive& m) { hear(core, m, header, bus, turn); },
                        // --- who comes and goes
                        [&](const PeerJoined& m) { hear(core, m, bus, turn); },
                        [&](const PeerLeft& m) { hear(core, m, bus, turn); },
                        [&](const PeerLeaving&) { core.peers.leaves(sender, header.epoch, bus); },
                        [](const auto&) {}},  // shown by tools; nothing follows from it here
               message.body);
}

}  // namespace fragcast

// What buses say, and what is announced.
#include "peer/swarm/overload.hpp"
#include "peer/swarm/swarm_state.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

namespace {

constexpr std::size_t kManifestsPerAck = 8;

}  // namespace

// --- the directory -------------------------------------------------------------------------------

void Swarm::State::on_bus_message(BusId bus, const Message& message, std::size_t bytes,
                                  Turn& turn) {
    if (bus.value >= buses_.size() || leaving_) return;
    BusSession& session = buses_[bus.value];
    clocks_.hear_bus(message.header.epoch, turn.now);
    const BusSession::Event event = session.on_message(message.body, turn);
    turn.wake_by(session.next_tick());
    if (const auto* welcome = std::get_if<Welcome>(&message.body);
        welcome != nullptr && event == BusSession::Event::welcomed) {
        for (const PeerRecord& peer : welcome->peers)
            if (!too_far_ahead(peer.epoch, turn)) learn(peer, bus, turn);
        for (const AssetRecord& asset : welcome->assets)
            learn(asset, {}, turn.now);
        if (welcome->more) asks_.list_all({bus}, around_, turn);
    }
    after(session, event, turn);
    std::visit(Overload{[&](const Ack& m) {
                            std::size_t sent = 0;
                            for (const AssetId& id : m.manifests) {
                                const AssetState* asset = find_asset(id);
                                if (asset == nullptr || !asset->manifest) continue;
                                if (++sent > kManifestsPerAck) break;
                                turn.out.push_back(SendManifestToBus{bus, id});
                            }
                        },
                        [&](const ManifestPart& m) {
                            got({{}, bus}, m, bytes, turn);
                        },
                        [&](const Refused& m) {
                            if (manifests_.refused({{}, bus}, m.request, limits::kLocateMin, turn))
                                return;
                            answered(m.request, message.body, {bus}, turn);
                        },
                        [&](const Located& m) { answered(m.request, message.body, {bus}, turn); },
                        [&](const Peers& m) { answered(m.request, message.body, {bus}, turn); },
                        [&](const Assets& m) { answered(m.request, message.body, {bus}, turn); },
                        [&](const Dumped& m) { answered(m.request, message.body, {bus}, turn); },
                        [&](const Stats& m) { answered(m.request, message.body, {bus}, turn); },
                        [&](const Events& m) { answered(m.request, message.body, {bus}, turn); },
                        [](const auto&) {}},  // the session's own, or nothing that a bus says
               message.body);
}

void Swarm::State::on_bus_failed(BusId bus, const Error& why, Turn& turn) {
    if (bus.value >= buses_.size() || leaving_) return;
    BusSession& session = buses_[bus.value];
    after(session, session.on_failed(why, turn), turn);
    turn.wake_by(session.next_tick());
}

void Swarm::State::after(BusSession& session, BusSession::Event event, Turn& turn) {
    switch (event) {
        case BusSession::Event::none:
            return;
        case BusSession::Event::welcomed:
            // What all others hold: later only what differs.
            asks_.dump(session.bus(), around_, turn);
            keeper_.members_changed();
            hearing_.welcomed(turn.now);
            for (const AssetId& id : wants_.all())
                assets_.at(id).search = {};
            turn.wake_by(turn.now);
            return;
        case BusSession::Event::duplicate:
            if (!std::exchange(identity_asked_, true)) turn.out.push_back(NewIdentity{});
            return;
        case BusSession::Event::lost:
            for (auto& [id, peer] : peers_)
                peer.live_at.erase(session.bus());
            keeper_.members_changed();
            friends_at_ = turn.now;
            turn.wake_by(turn.now);
            return;
    }
}

// Our book says something else of this asset.
void Swarm::State::changed(const AssetId& id, Turn& turn) {
    touch(id);
    for (BusSession& bus : buses_) {
        bus.on_change(id, turn);
        turn.wake_by(bus.next_tick());
    }
}

void Swarm::State::tick_buses(Turn& turn) {
    for (BusSession& bus : buses_) {
        after(bus, bus.on_tick(turn), turn);
        turn.wake_by(bus.next_tick());
    }
    for (const PeerId& peer : hearing_.take_due())
        if (peers_.contains(peer)) ask_all(peer, turn);
    if (!any_bus_joined()) return;
    recount(turn);
    if (hearing_.beacon_due(turn))
        turn.out.push_back(
            Publish{PeerAlive{self_.book.root(), self_.record.exchange, self_.record.guest}});
    if (!hearing_.sweep_due(turn)) return;
    // Whom no bus has named since it was joined, and who is not linked, is gone.
    std::vector<PeerId> gone;
    for (const auto& [id, peer] : peers_)
        if (peer.live_at.empty() && peer.links.empty() && peer.dialling.value == 0)
            gone.push_back(id);
    for (const PeerId& id : gone)
        forget_peer(id, turn);
}

// --- announcements -------------------------------------------------------------------------------

// Something of this peer was missed: it is asked for all, or a bus in its place.
void Swarm::State::heed(Availability::News news, const PeerId& peer, Turn& turn) {
    if (hearing_.heed(peer, news)) ask_all(peer, turn);
}

// Who is linked is not gone before the link is.
void Swarm::State::left_bus(const PeerId& peer, BusId bus, Turn& turn) {
    const auto found = peers_.find(peer);
    if (found == peers_.end() || found->second.live_at.erase(bus) == 0) return;
    if (!found->second.live_at.empty()) return;
    found->second.gone = true;
    if (found->second.links.empty()) forget_peer(peer, turn);
}

// That a peer left is an announcement like others, and its last. Who was not heard of for a lease
// is looked for in the lists of the buses that named it.
void Swarm::State::recount(Turn& turn) {
    if (!hearing_.recount_due(turn)) return;
    std::set<BusId> ask_at;
    for (const auto& [id, peer] : peers_)
        if (Hearing::silent(!peer.links.empty(), peer.heard, turn.now))
            ask_at.insert(peer.live_at.begin(), peer.live_at.end());
    for (const BusSession& bus : buses_) {
        if (!bus.joined() || bus.settling() || !ask_at.contains(bus.bus())) continue;
        ++counters_.asks;
        asks_.recount(bus.bus(), around_, turn);
        hearing_.recounting(turn.now);
    }
}

void Swarm::State::conclude(const Asks::Everybody& all, Turn& turn) {
    std::vector<PeerId> missing;
    for (const auto& [id, peer] : peers_)
        if (peer.heard < all.since && !all.listed.contains(id) && peer.live_at.contains(all.bus))
            missing.push_back(id);
    counters_.mended += missing.size();
    for (const PeerId& id : missing)
        left_bus(id, all.bus, turn);
}

void Swarm::State::hear_published(const AssetPublished& m, const Header& header, Turn& turn) {
    const bool known = held_elsewhere(m.asset.id, header.sender);
    learn(m.asset, header.sender, turn.now);
    const auto news = availability_.hear_current(header.sender, header.epoch, header.sequence);
    if (news == Availability::News::gap) ++counters_.gaps;
    heed(news, header.sender, turn);
    AssetState* asset = find_asset(m.asset.id);
    if (known || asset == nullptr || asset->published == header) return;
    asset->published = header;
    turn.report(Report::Level::info, "asset.published", m.asset.name + " was published",
                header.sender, m.asset.id);
}

void Swarm::State::on_announcement(BusId bus, const Message& message, Turn& turn) {
    const PeerId sender = message.header.sender;
    if (sender == self_.record.id || leaving_ || !started_) return;
    const Header& header = message.header;
    const bool of_bus = std::holds_alternative<PeerJoined>(message.body) ||
                        std::holds_alternative<PeerLeft>(message.body) ||
                        std::holds_alternative<BusStats>(message.body);
    if (!of_bus && (too_far_ahead(header.epoch, turn) || unheard_of(sender, header.epoch, turn)))
        return;
    begins_anew(sender, header.epoch, turn);
    const auto alive = [&] {
        if (!peers_.contains(sender) && peers_.size() >= limits::kMaxBusPeers) return false;
        KnownPeer& peer = peers_[sender];
        peer.live_at.insert(bus);
        peer.heard = turn.now;
        peer.gone = false;
        if (peer.word != Word::bus) hearing_.lacks_record(turn);
        return true;
    };
    const auto holdings = [&](const AssetId& asset, const RangeSet& fragments, bool here) {
        if (!alive()) return;
        const auto news = availability_.hear(sender, header.epoch, header.sequence);
        if (news == Availability::News::old) return;
        hearing_.announced(sender);
        if (here)
            availability_.add(sender, asset, fragments);
        else
            availability_.remove(sender, asset, fragments);
        if (news == Availability::News::gap) ++counters_.gaps;
        heed(news, sender, turn);
    };
    const auto current = [&] {
        const auto news = availability_.hear_current(sender, header.epoch, header.sequence);
        if (news == Availability::News::gap) ++counters_.gaps;
        heed(news, sender, turn);
    };
    std::visit(
        Overload{
            [&](const FragmentAvailable& m) {
                learn(m.asset, sender, turn.now);
                if (find_asset(m.asset.id) != nullptr) holdings(m.asset.id, m.fragments, true);
            },
            [&](const FragmentGone& m) { holdings(m.asset, m.fragments, false); },
            [&](const FragmentWanted& m) {
                // A hint without a sequence comes by every bus, and counts once.
                const auto known = peers_.find(sender);
                Neighbour* n = link_of(sender);
                if (n == nullptr || self_.book.fragments(m.asset).empty() ||
                    (known->second.live_at.size() > 1 && bus != *known->second.live_at.begin()))
                    return;
                turn.out.push_back(SendTo{n->link(), have_of(m.asset)});
            },
            [&](const AssetPublished& m) {
                if (alive()) hear_published(m, header, turn);
            },
            [&](const AssetRemoved&) {  // what went was told by fragment.gone
                if (alive()) current();
            },
            [&](const PeerJoined& m) {
                if (too_far_ahead(m.peer.epoch, turn)) return;
                const bool news = !peers_.contains(m.peer.id) && m.peer.id != self_.record.id;
                learn(m.peer, bus, turn);
                if (news && !m.peer.guest)
                    turn.report(Report::Level::info, "peer.joined", m.peer.name + " joined",
                                m.peer.id);
                begins_anew(m.peer.id, m.peer.epoch, turn);
                if (m.peer.id != self_.record.id && peers_.contains(m.peer.id))
                    heed(availability_.hear(m.peer.id, m.peer.epoch, {}), m.peer.id, turn);
            },
            [&](const PeerAlive& m) {
                if (!alive()) return;
                const auto news =
                    availability_.hear_root(sender, header.epoch, header.sequence, m.root);
                if (news != Availability::News::old) hearing_.beacon(sender, m.root, turn.now);
                if (news == Availability::News::gap && hearing_.is_too_many(sender)) return;
                if (news == Availability::News::gap) ++counters_.digests_differed;
                heed(news, sender, turn);
            },
            [&](const PeerLeft& m) {
                const auto found = peers_.find(m.peer);
                if (found != peers_.end() && !found->second.record.guest &&
                    found->second.live_at == std::set<BusId>{bus})
                    turn.report(Report::Level::info, "peer.left", name_of_peer(m.peer) + " left",
                                m.peer);
                left_bus(m.peer, bus, turn);
            },
            [&](const PeerLeaving&) {
                const auto found = peers_.find(sender);
                if (found == peers_.end() || found->second.leaving) return;
                found->second.leaving = true;
                keeper_.members_changed();
            },
            [](const auto&) {}},  // shown by tools; nothing follows from it here
        message.body);
}

}  // namespace fragcast

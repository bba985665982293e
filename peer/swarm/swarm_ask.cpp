// Questions to buses and friends, our own and our users': whom they can be put to, and what is made
// of the answers.
#include "peer/swarm/overload.hpp"
#include "peer/swarm/swarm_state.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

// --- whom they can be put to ---------------------------------------------------------------------

std::vector<Asks::Around::Bus> Swarm::State::AskAround::buses() const {
    std::vector<Bus> out;
    for (const BusSession& bus : s.buses_)
        out.push_back({bus.bus(), bus.joined(), bus.state() == BusSession::State::joining});
    return out;
}

Asks::Around::Way Swarm::State::AskAround::way_to(const std::string& endpoint) const {
    const Neighbour* n = s.neighbours_.at_end_of(endpoint);
    return n == nullptr ? Way{} : Way{n->link(), n->up()};
}

bool Swarm::State::AskAround::dial(const std::string& endpoint, Turn& turn) {
    return s.dial(endpoint, turn).value != 0;
}

bool Swarm::State::AskAround::up(LinkId link) const {
    const Neighbour* n = s.neighbour(link);
    return n != nullptr && n->up();
}

std::vector<LinkId> Swarm::State::AskAround::others() const {
    std::vector<LinkId> out = s.neighbours_.members();
    std::erase_if(out,
                  [this](LinkId link) { return s.is_friend(s.neighbour(link)->peer().exchange); });
    return out;
}

// --- answers -------------------------------------------------------------------------------------

void Swarm::State::answered(RequestId id, const Body& body, const Asks::Source& from, Turn& turn) {
    const Asks::Belief belief = asks_.hear(id, body, from);
    if (belief == Asks::Belief::wrong) ++counters_.refused_messages;
    if (belief == Asks::Belief::wrong || belief == Asks::Belief::unasked) return;
    bool news = false;
    if (const auto* located = std::get_if<Located>(&body)) {
        take(*located, from, turn);
    } else if (const auto* peers = std::get_if<Peers>(&body)) {
        for (const PeerRecord& peer : peers->peers)
            if (!too_far_ahead(peer.epoch, turn)) learn(peer, from.bus, turn);
    } else if (const auto* assets = std::get_if<Assets>(&body)) {
        for (const AssetRecord& record : assets->assets)
            learn(record, {}, turn.now);
    } else if (const auto* dumped = std::get_if<Dumped>(&body);
               dumped && belief == Asks::Belief::ours) {
        news = take(*dumped, turn.now);
    }
    conclude(asks_.go_on(id, body, from, news, around_, turn), turn);
}

// What a linked peer has it says itself; of the others this is the best we know.
void Swarm::State::take(const Located& located, const Asks::Source& from, Turn& turn) {
    for (const AssetRecord& record : located.assets)
        learn(record, {}, turn.now);
    if (located.found != Found::ok || located.assets.size() != 1) return;
    const AssetId id = located.assets.front().id;
    if (find_asset(id) == nullptr) return;
    for (const HolderRecord& holder : located.holders) {
        if (holder.peer.id == self_.record.id || too_far_ahead(holder.peer.epoch, turn)) continue;
        learn(holder.peer, from.bus, turn);
        if (!peers_.contains(holder.peer.id) || link_of(holder.peer.id) != nullptr) continue;
        if (hear_of(id, holder.peer.id, turn.now) == nullptr) break;
        availability_.set_whole(holder.peer.id, id, holder.fragments);
    }
}

bool Swarm::State::take(const Dumped& dumped, Time now) {
    bool news = false;
    for (const HoldingRecord& holding : dumped.holdings) {
        if (holding.peer == self_.record.id) continue;
        if (!peers_.contains(holding.peer) && peers_.size() >= limits::kMaxBusPeers) continue;
        const AssetState* known = hear_of(holding.asset, holding.peer, now);
        if (known == nullptr) continue;
        if (peers_[holding.peer].word != Word::bus || !known->told) hearing_.lacks_record();
        if (link_of(holding.peer) == nullptr &&
            availability_.set_whole(holding.peer, holding.asset, holding.fragments))
            news = true;
    }
    return news;
}

// --- what came of our own ------------------------------------------------------------------------

void Swarm::State::conclude(Asks::End end, Turn& turn) {
    std::visit(Overload{[](std::monostate) {}, [&](const auto& one) { conclude(one, turn); }}, end);
}

void Swarm::State::conclude(const Asks::Holders& found, Turn& turn) {
    AssetState* asset = find_asset(found.asset);
    if (asset == nullptr) return;
    const bool unknown = found.located.found == Found::unknown;
    const auto& holders = found.located.holders;
    asset->search.asked = asset->search.answered = true;
    asset->search.nobody =
        unknown || std::none_of(holders.begin(), holders.end(), [&](const auto& holder) {
            return holder.peer.id != self_.record.id;
        });
    if (unknown && availability_.who(found.asset).empty()) fail_hopeless(*asset, turn);
}

void Swarm::State::conclude(const Asks::AllOf& told, Turn& turn) {
    bool fewer = false;
    for (const auto& [peer, named] : told.named)
        if (peer != self_.record.id && link_of(peer) == nullptr)
            fewer = availability_.keep_only(peer, named) || fewer;
    if (!told.peer.is_zero()) told_all(told.peer, told.news || fewer, turn);
}

void Swarm::State::tick_asks(Turn& turn) {
    for (const RequestId id : asks_.late(turn))
        conclude(asks_.on_late(id, around_, turn), turn);
}

}  // namespace fragcast

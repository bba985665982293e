// Questions to buses and friends, our own and our users': whom they can be put to, and what is made
// of the answers.
#include "peer/swarm/swarm_ask.hpp"

#include "peer/swarm/core.hpp"
#include "peer/swarm/overload.hpp"
#include "peer/swarm/swarm_bus.hpp"
#include "peer/swarm/swarm_find.hpp"
#include "peer/swarm/swarm_heard.hpp"
#include "peer/swarm/swarm_links.hpp"
#include "peer/swarm/swarm_peers.hpp"
#include "peer/swarm/swarm_wants.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

static void take(Core& core, const Located& located, const Asks::Source& from, Turn& turn);
static bool take(Core& core, const Dumped& dumped, Time now);
static void conclude(Core& core, Asks::End end, Turn& turn);
static void conclude(Core& core, const Asks::Holders& found, Turn& turn);
static void conclude(Core& core, const Asks::AllOf& told, Turn& turn);

// --- whom they can be put to ---------------------------------------------------------------------

std::vector<Asks::Around::Bus> AskAround::buses() const {
    std::vector<Bus> out;
    for (const BusSession& bus : core_.buses)
        out.push_back({bus.bus(), bus.joined(), bus.state() == BusSession::State::joining});
    return out;
}

Asks::Around::Way AskAround::way_to(const std::string& endpoint) const {
    const Neighbour* n = core_.neighbours.at_end_of(endpoint);
    return n == nullptr ? Way{} : Way{n->link(), n->up()};
}

bool AskAround::dial(const std::string& endpoint, Turn& turn) {
    return fragcast::dial(core_, endpoint, turn).value != 0;
}

bool AskAround::up(LinkId link) const {
    const Neighbour* n = neighbour(core_, link);
    return n != nullptr && n->up();
}

std::vector<LinkId> AskAround::others() const {
    std::vector<LinkId> out = core_.neighbours.members();
    std::erase_if(out, [this](LinkId link) {
        return core_.calls.is_friend(neighbour(core_, link)->peer().exchange);
    });
    return out;
}

const std::vector<std::string>& AskAround::friends() const {
    return core_.calls.friends();
}

// --- answers -------------------------------------------------------------------------------------

void answered(Core& core, RequestId id, const Body& body, const Asks::Source& from, Turn& turn) {
    const Asks::Belief belief = core.asks.hear(id, body, from);
    if (belief == Asks::Belief::wrong || belief == Asks::Belief::unasked) return;
    bool news = false;
    if (const auto* located = std::get_if<Located>(&body)) {
        take(core, *located, from, turn);
    } else if (const auto* peers = std::get_if<Peers>(&body)) {
        for (const PeerRecord& peer : peers->peers)
            if (!too_far_ahead(core, peer.epoch, turn)) learn(core, peer, from.bus, turn);
    } else if (const auto* assets = std::get_if<Assets>(&body)) {
        for (const AssetRecord& record : assets->assets)
            learn(core, record, {}, turn.now);
    } else if (const auto* dumped = std::get_if<Dumped>(&body);
               dumped && belief == Asks::Belief::ours) {
        news = take(core, *dumped, turn.now);
    }
    AskAround around(core);
    conclude(core, core.asks.go_on(id, body, from, news, around, turn), turn);
}

// What a linked peer has it says itself; of the others this is the best we know.
static void take(Core& core, const Located& located, const Asks::Source& from, Turn& turn) {
    for (const AssetRecord& record : located.assets)
        learn(core, record, {}, turn.now);
    if (located.found != Found::ok || located.assets.size() != 1) return;
    const AssetId id = located.assets.front().id;
    if (core.assets.find(id) == nullptr) return;
    for (const HolderRecord& holder : located.holders) {
        if (holder.peer.id == core.self.record().id || too_far_ahead(core, holder.peer.epoch, turn))
            continue;
        learn(core, holder.peer, from.bus, turn);
        if (!core.peers.contains(holder.peer.id) || link_of(core, holder.peer.id) != nullptr)
            continue;
        if (hear_of(core, id, holder.peer.id, turn.now) == nullptr) break;
        core.availability.set_whole(holder.peer.id, id, holder.fragments);
    }
}

// true: something in it was not known
static bool take(Core& core, const Dumped& dumped, Time now) {
    bool news = false;
    for (const HoldingRecord& holding : dumped.holdings) {
        if (holding.peer == core.self.record().id) continue;
        if (!core.peers.room_for(holding.peer)) continue;
        const KnownAsset* known = hear_of(core, holding.asset, holding.peer, now);
        if (known == nullptr) continue;
        core.peers.named(holding.peer);
        if (core.peers.find(holding.peer)->word != Word::bus || !known->told)
            core.hearing.lacks_record();
        if (link_of(core, holding.peer) == nullptr &&
            core.availability.set_whole(holding.peer, holding.asset, holding.fragments))
            news = true;
    }
    return news;
}

// --- what came of our own ------------------------------------------------------------------------

static void conclude(Core& core, Asks::End end, Turn& turn) {
    std::visit(Overload{[](std::monostate) {}, [&](const auto& one) { conclude(core, one, turn); }},
               end);
}

static void conclude(Core& core, const Asks::Holders& found, Turn& turn) {
    const KnownAsset* asset = core.assets.find(found.asset);
    if (asset == nullptr) return;
    const bool unknown = found.located.found == Found::unknown;
    const auto& holders = found.located.holders;
    const bool others = std::any_of(holders.begin(), holders.end(), [&](const auto& holder) {
        return holder.peer.id != core.self.record().id;
    });
    core.search.answered(found.asset, unknown || !others);
    if (unknown && core.availability.who(found.asset).empty()) fail_hopeless(core, *asset, turn);
}

static void conclude(Core& core, const Asks::AllOf& told, Turn& turn) {
    bool fewer = false;
    for (const auto& [peer, named] : told.named)
        if (peer != core.self.record().id && link_of(core, peer) == nullptr)
            fewer = core.availability.keep_only(peer, named) || fewer;
    if (!told.peer.is_zero()) told_all(core, told.peer, told.news || fewer, turn);
}

void on_question(Core& core, facts::QuestionAsked asked, Turn& turn) {
    AskAround around(core);
    core.asks.ask(asked.read, std::move(asked.question), asked.friends, asked.deadline, around,
                  turn);
}

void tick_asks(Core& core, Turn& turn) {
    AskAround around(core);
    for (const RequestId id : core.asks.late(turn))
        conclude(core, core.asks.on_late(id, around, turn), turn);
}

}  // namespace fragcast

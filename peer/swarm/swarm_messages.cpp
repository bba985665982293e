// What neighbours say, kind by kind.
#include "peer/swarm/swarm_messages.hpp"

#include "messages/wire/codec.hpp"
#include "peer/swarm/core.hpp"
#include "peer/swarm/overload.hpp"
#include "peer/swarm/swarm_ask.hpp"
#include "peer/swarm/swarm_fetch.hpp"
#include "peer/swarm/swarm_find.hpp"
#include "peer/swarm/swarm_heard.hpp"
#include "peer/swarm/swarm_links.hpp"
#include "peer/swarm/swarm_names.hpp"
#include "peer/swarm/swarm_peers.hpp"
#include "peer/swarm/swarm_room.hpp"
#include "peer/swarm/swarm_serve.hpp"
#include "peer/swarm/swarm_store.hpp"
#include "peer/swarm/swarm_wants.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

namespace {

constexpr std::int32_t kElsewherePoints = 5;
constexpr const char* kDraining = "draining";  // who answers so leaves (PROTOCOL.md, "Offer")

// A claim, as far as the manifest is not here.
std::uint64_t offered_bytes(const Offer& offer) {
    return offer.asset.fragments == 0
               ? 0
               : Room::on_disk(offer.asset.size / offer.asset.fragments) * offer.fragments.count();
}

}  // namespace

static void unmet(Core& core, Neighbour& n, Turn& turn);
static void misplaced(Core& core, const Neighbour& n, Turn& turn);
static void hear(Core& core, Neighbour& n, const facts::LinkSaid& said, Turn& turn);
static void hear(const Neighbour& n, const Ping& ping, Turn& turn);
static void hear(Core& core, Neighbour& n, const Cancel& cancel);
static void hear(Core& core, Neighbour& n, const Have& have, const Header& header, Turn& turn);
static void answered_all(Core& core, Neighbour& n, const Have& have, const Header& header,
                         Turn& turn);
static void hear(Core& core, Neighbour& n, const AskHave& ask, Turn& turn);
static void hear(Core& core, Neighbour& n, const Offer& offer, Turn& turn);
static void hear(Core& core, Neighbour& n, const OfferAnswer& answer, Turn& turn);
static void hear(Core& core, Neighbour& n, const Receipt& receipt, Turn& turn);
static void hear(Core& core, Neighbour& n, const Bad& bad, Turn& turn);
static void hear(Core& core, Neighbour& n, const Refused& refused, Turn& turn);

void on_message(Core& core, const facts::LinkSaid& said, Turn& turn) {
    Neighbour* n = neighbour(core, said.link);
    if (n == nullptr || core.life.has_left()) return;
    n->on_heard(turn.now);
    const auto& [header, body] = said.message;
    if (const auto* hello = std::get_if<Hello>(&body))
        return on_hello(core, *n, *hello, header, turn);
    if (std::holds_alternative<Bye>(body)) return hang_up(core, said.link, false, turn);
    if (!n->knows(header.sender, header.epoch)) return unmet(core, *n, turn);
    hear(core, *n, said, turn);
}

// The process behind the link is another, or began in the middle: it must say who it is.
static void unmet(Core& core, Neighbour& n, Turn& turn) {
    turn.count("refused_messages");
    if (n.may_send_hello(turn.now)) say_hello(core, n, false, turn);
}

// Of who said who it is.
static void hear(Core& core, Neighbour& n, const facts::LinkSaid& said, Turn& turn) {
    const Header& header = said.message.header;
    const Body& body = said.message.body;
    const std::size_t bytes = said.payload_bytes;
    const Asks::Source source{{}, said.link};
    const Manifests::From giver{said.link, {}};
    std::visit(Overload{// --- it asks
                        [&](const Request& m) { serve(core, n, m, turn); },
                        [&](const AskProof& m) { serve(core, n, m, turn); },
                        [&](const AskManifest& m) { serve(core, n, m, turn); },
                        [&](const Locate& m) { serve(core, n, m, turn); },
                        [&](const ListPeers& m) { serve(core, n, m, turn); },
                        [&](const ListAssets& m) { serve(core, n, m, turn); },
                        [&](const AskHave& m) { hear(core, n, m, turn); },
                        [&](const Cancel& m) { hear(core, n, m); },
                        // --- it answers
                        [&](const Data& m) { got(core, n, m, bytes, turn); },
                        [&](const ProofPart& m) { got(core, n, m, bytes, turn); },
                        [&](const ManifestPart& m) { got(core, giver, m, bytes, turn); },
                        [&](const Absent& m) { got(core, n, m, turn); },
                        [&](const Busy& m) { got(core, n, m, turn); },
                        [&](const Refused& m) { hear(core, n, m, turn); },
                        [&](const Located& m) { answered(core, m.request, body, source, turn); },
                        [&](const Peers& m) { answered(core, m.request, body, source, turn); },
                        [&](const Assets& m) { answered(core, m.request, body, source, turn); },
                        // --- it tells
                        [&](const Have& m) { hear(core, n, m, header, turn); },
                        [&](const Offer& m) { hear(core, n, m, turn); },
                        [&](const OfferAnswer& m) { hear(core, n, m, turn); },
                        [&](const Receipt& m) { hear(core, n, m, turn); },
                        [&](const Bad& m) { hear(core, n, m, turn); },
                        // --- it lives
                        [&](const Ping& m) { hear(n, m, turn); },
                        [&](const Pong&) { n.on_pong(turn.now); },
                        [&](const auto&) { misplaced(core, n, turn); }},
               body);
}

static void hear(Core& core, Neighbour& n, const Cancel& cancel) {
    core.answers.cancel({n.link(), n.peer().id}, cancel.request);
}

static void hear(const Neighbour& n, const Ping&, Turn& turn) {
    turn.out.push_back(SendTo{n.link(), Pong{}});
}

// Nothing that neighbours say to each other.
static void misplaced(Core& core, const Neighbour& n, Turn& turn) {
    turn.count("refused_messages");
    blame(core, n.link(), kElsewherePoints, "it says what belongs elsewhere", turn);
}

// --- have ----------------------------------------------------------------------------------------

static void hear(Core& core, Neighbour& n, const Have& have, const Header& header, Turn& turn) {
    const PeerId peer = n.peer().id;
    if (!have.asset.is_zero()) {
        // Chunks are of use to who has to do with it; anybody may name any number of them.
        const KnownAsset* here = core.assets.find(have.asset);
        const bool chunks = here != nullptr && is_ours(core, *here);
        const bool any = !have.fragments.empty() || (chunks && !have.partial.empty());
        const KnownAsset* known = any ? hear_of(core, have.asset, peer, turn.now) : here;
        if (known == nullptr) return answered_all(core, n, have, header, turn);
        const KnownAsset& asset = *known;
        if (!asset.told) core.hearing.lacks_record();
        const Holding* claim = core.availability.of(have.asset, peer);
        const RangeSet before = claim != nullptr ? claim->fragments : RangeSet{};
        if (have.whole) {
            forgive(core, n, have);
            Holding holding{have.fragments, {}};
            for (const PartialRecord& partial : have.partial)
                if (chunks && !partial.chunks.empty() &&
                    !have.fragments.contains(partial.fragment.value))
                    holding.partial[partial.fragment] = partial.chunks;
            core.availability.set(peer, have.asset, std::move(holding));
        } else {
            core.availability.add(peer, have.asset, have.fragments);
            if (chunks)
                for (const PartialRecord& partial : have.partial)
                    core.availability.add(peer, {have.asset, partial.fragment}, partial.chunks);
        }
        if (before != have.fragments) core.hearing.changed(n.link());
        if (core.wants.contains(have.asset)) core.order.plan_anew();
        if (const Holding* holding = core.availability.of(have.asset, peer))
            core.offers.told(have.asset, peer, *holding);
        if (core.hearing.lacks_records()) turn.wake_by(turn.now);
    }
    hear_witness(core, n, have, turn);
    answered_all(core, n, have, header, turn);
}

// One of the haves that tell all of a neighbour; the last ends it.
static void answered_all(Core& core, Neighbour& n, const Have& have, const Header& header,
                         Turn& turn) {
    const auto told = core.hearing.hear(n.link(), have);
    if (!told) return;
    const PeerId peer = n.peer().id;
    const bool fewer = core.availability.keep_only(peer, told->named);
    if (!unheard_of(core, peer, header.epoch, turn))
        core.availability.hear_all(peer, header.epoch, header.sequence);
    told_all(core, peer, told->news || fewer, turn);
}

Have have_of(const Core& core, const AssetId& id) {
    Have have;
    have.asset = id;
    have.whole = true;
    have.fragments = core.book.fragments(id);
    for (const auto& [index, proven] : core.unfinished.proven(id)) {
        if (have.partial.size() >= limits::kMaxPartials) break;
        have.partial.push_back({index, proven});
    }
    return have;
}

static void hear(Core& core, Neighbour& n, const AskHave& ask, Turn& turn) {
    n.use(turn.now);
    if (ask.asset.is_zero()) {
        n.begin_telling(ask.request);
        tell_more(core, n, turn);
        if (n.telling()) turn.wake_by(turn.now + limits::kHavesEvery);
        return;
    }
    n.interested(ask.asset);
    Have have = have_of(core, ask.asset);
    have.request = ask.request;
    have.last = true;
    turn.out.push_back(SendTo{n.link(), std::move(have)});
}

// Page by page, so that a peer of many assets does not fill the link's queue at once.
void tell_more(Core& core, Neighbour& n, Turn& turn) {
    const auto& entries = core.book.entries();
    const auto& told = n.told_up_to();
    auto it = told ? entries.upper_bound(*told) : entries.begin();
    Have have;  // the last of all is known only when there is no other
    have.request = n.telling_request();
    if (entries.empty()) {
        have.last = true;
        turn.out.push_back(SendTo{n.link(), have});
        n.end_telling();
        return;
    }
    for (std::uint32_t i = 0; i < limits::kHavesPerTurn && it != entries.end(); ++i, ++it) {
        have = have_of(core, it->first);
        have.request = n.telling_request();
        have.last = std::next(it) == entries.end();
        n.told(it->first);
        turn.out.push_back(SendTo{n.link(), have});
    }
    if (it != entries.end()) return;
    if (!have.last) {  // entries went while we told them
        have = {};
        have.request = n.telling_request();
        have.last = true;
        turn.out.push_back(SendTo{n.link(), have});
    }
    n.end_telling();
}

void push_have(Core& core, const AssetId& id, const Have& have, Turn& turn) {
    const bool no_bus = no_bus_answers(core);
    for (Neighbour& n : core.neighbours.each()) {
        if (!n.up() || n.telling()) continue;
        // With no bus to announce it on, whole fragments and what is gone are told to everybody who
        // is linked.
        if (!n.is_interested(id) && (!no_bus || (have.fragments.empty() && !have.whole))) continue;
        if (have.fragments.empty() && !have.whole) {  // chunks: of no use to who has all
            const Holding* theirs = core.availability.of(id, n.peer().id);
            const bool all =
                theirs != nullptr &&
                std::all_of(have.partial.begin(), have.partial.end(),
                            [theirs](const PartialRecord& partial) {
                                return theirs->fragments.contains(partial.fragment.value);
                            });
            if (all) continue;
        }
        turn.out.push_back(SendTo{n.link(), have});
    }
}

// New chunks of unfinished fragments.
void push_partials(Core& core, Turn& turn) {
    for (const Have& have : core.unfinished.take_news(turn))
        push_have(core, have.asset, have, turn);
}

// --- offers, receipts, complaints ----------------------------------------------------------------

static void hear(Core& core, Neighbour& n, const Offer& offer, Turn& turn) {
    n.use(turn.now);
    // Who hands over leaves.
    if (offer.reason == OfferReason::handover) core.peers.leaves(n.peer().id);
    OfferAnswer answer{offer.request, false, {}};
    if (core.self.record().guest)
        answer.text = "a guest keeps nothing";
    else if (core.self.record().draining || core.farewell.runs() || core.life.has_left())
        answer.text = kDraining;
    else if (offer.reason != OfferReason::publish && core.self.record().capacity == 0)
        answer.text = "it holds no copies";
    else if (!core.room.on_disk() || !could_hold(core, offered_bytes(offer), turn.now))
        answer.text = "no room";
    else if (core.wants.declined(offer.asset.id))
        answer.text = "declined: removed by its user";
    else if (!check_name(offer.asset.name).ok() || offer.asset.id.is_zero())
        answer.text = "no such asset can be";
    else if (core.assets.find(offer.asset.id) == nullptr && !make_room(core, turn.now))
        answer.text = "too many assets are known here";
    else
        answer.accepted = true;
    turn.out.push_back(SendTo{n.link(), answer});
    if (!answer.accepted) return;
    learn(core, offer.asset, n.peer().id, turn.now);
    const KnownAsset& asset = core.assets.add(offer.asset.id);
    core.availability.add(n.peer().id, offer.asset.id, offer.fragments);
    core.wants.offer(asset.id, offer.fragments);
    if (offer.reason == OfferReason::publish) core.room.put(asset.id, offer.fragments, turn);
    spare(core, offer.asset.id, turn);
    n.tell_interest(offer.asset.id);  // what it has it has just said
    n.interested(offer.asset.id);
    turn.report(Report::Level::info, "put.offered",
                name_of_peer(core, n.peer().id) + " offers " + asset.record.name + " " +
                    offer.fragments.text(),
                n.peer().id, offer.asset.id);
    core.wants.changed(offer.asset.id);
}

static void hear(Core& core, Neighbour& n, const OfferAnswer& answer, Turn& turn) {
    const auto asset = core.offers.hear(n.link(), answer);
    if (!asset) return;
    if (answer.text == kDraining) core.peers.leaves(n.peer().id);
    if (answer.accepted) return;
    core.farewell.unable(n.peer().id);
    turn.report(Report::Level::warning, "put.refused",
                name_of_peer(core, n.peer().id) + " refuses " + name_of_asset(core, *asset) + ": " +
                    answer.text,
                n.peer().id, *asset);
}

static void hear(Core& core, Neighbour& n, const Receipt& receipt, Turn& turn) {
    core.peers.thanked(n.peer().id);
    turn.report(Report::Level::info, "fragment.receipt",
                name_of_peer(core, n.peer().id) + " thanks for " +
                    name_of_asset(core, receipt.asset) + " " +
                    std::to_string(receipt.fragment.value) + " (" + std::to_string(receipt.bytes) +
                    " bytes of it from here)",
                n.peer().id, receipt.asset, receipt.fragment.value);
}

// Anybody may say this: it costs us a line, and a look at one chunk now and then.
static void hear(Core& core, Neighbour& n, const Bad& bad, Turn& turn) {
    if (!n.may_complain(turn.now)) return;
    if (proven(core, {bad.asset, bad.fragment}).contains(bad.chunk.value))
        turn.out.push_back(DoubtChunk{{bad.asset, bad.fragment, bad.chunk}});
    turn.report(Report::Level::warning, "fragment.doubted",
                name_of_peer(core, n.peer().id) + " says that our " +
                    name_of_asset(core, bad.asset) + " " + std::to_string(bad.fragment.value) +
                    " failed its hash there",
                n.peer().id, bad.asset, bad.fragment.value);
}

static void hear(Core& core, Neighbour& n, const Refused& refused, Turn& turn) {
    if (core.manifests.refused({n.link(), {}}, refused.request, limits::kRequestTimeout, turn))
        return;
    answered(core, refused.request, refused, {{}, n.link()}, turn);
}

}  // namespace fragcast

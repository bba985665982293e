// What neighbours say, kind by kind.
#include "messages/wire/codec.hpp"
#include "peer/swarm/overload.hpp"
#include "peer/swarm/swarm_state.hpp"

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
               : offer.asset.size / offer.asset.fragments * offer.fragments.count();
}

}  // namespace

void Swarm::State::on_message(LinkId from, const Message& message, std::size_t bytes, Turn& turn) {
    Neighbour* known = neighbour(from);
    if (known == nullptr || leaving_) return;
    Neighbour& n = *known;
    n.on_heard(turn.now);
    if (const auto* hello = std::get_if<Hello>(&message.body)) {
        on_hello(n, *hello, message.header, turn);
        return;
    }
    if (std::holds_alternative<Bye>(message.body)) {
        hang_up(from, false, turn);
        return;
    }
    if (!n.knows(message.header.sender, message.header.epoch)) {
        // The process behind the link is another, or began in the middle: it must say who it is.
        ++counters_.refused_messages;
        if (n.may_send_hello(turn.now)) say_hello(n, false, turn);
        return;
    }
    const auto from_neighbour = [&](const auto& body) {
        answered(body.request, message.body, {{}, from}, turn);
    };
    std::visit(Overload{[&](const Data& m) { got(n, m, bytes, turn); },
                        [&](const Request& m) { serve(n, m, turn); },
                        [&](const Have& m) { hear(n, m, message.header, turn); },
                        [&](const AskHave& m) { hear(n, m, turn); },
                        [&](const AskProof& m) { serve(n, m, turn); },
                        [&](const ProofPart& m) { got(n, m, bytes, turn); },
                        [&](const Absent& m) {
                            ++counters_.absent_in;
                            got(n, m, turn);
                        },
                        [&](const Busy& m) {
                            ++counters_.busy_in;
                            got(n, m, turn);
                        },
                        [&](const Cancel& m) {
                            answers_.cancel({from, n.peer().id}, m.request);
                        },
                        [&](const Bad& m) { hear(n, m, turn); },
                        [&](const Offer& m) { hear(n, m, turn); },
                        [&](const OfferAnswer& m) { hear(n, m, turn); },
                        [&](const Receipt& m) { hear(n, m, turn); },
                        [&](const Ping&) {
                            turn.out.push_back(SendTo{from, Pong{}});
                        },
                        [&](const Pong&) { n.on_pong(turn.now); },
                        [&](const AskManifest& m) { serve(n, m, turn); },
                        [&](const ManifestPart& m) {
                            got({from, {}}, m, bytes, turn);
                        },
                        [&](const Refused& m) { hear(n, m, turn); },
                        [&](const Locate& m) { serve(n, m, turn); },
                        [&](const ListPeers& m) { serve(n, m, turn); },
                        [&](const ListAssets& m) { serve(n, m, turn); },
                        [&](const Located& m) { from_neighbour(m); },
                        [&](const Peers& m) { from_neighbour(m); },
                        [&](const Assets& m) { from_neighbour(m); },
                        [&](const auto&) {  // nothing that neighbours say to each other
                            ++counters_.refused_messages;
                            blame(from, kElsewherePoints, "it says what belongs elsewhere", turn);
                        }},
               message.body);
}

// --- have ----------------------------------------------------------------------------------------

void Swarm::State::hear(Neighbour& n, const Have& have, const Header& header, Turn& turn) {
    const PeerId peer = n.peer().id;
    if (!have.asset.is_zero()) {
        const bool any = !have.fragments.empty() || !have.partial.empty();
        AssetState* known = any ? hear_of(have.asset, peer, turn.now) : find_asset(have.asset);
        if (known == nullptr) return answered_all(n, have, header, turn);
        AssetState& asset = *known;
        if (!asset.told) hearing_.lacks_record();
        const Holding* claim = availability_.of(have.asset, peer);
        const RangeSet before = claim != nullptr ? claim->fragments : RangeSet{};
        if (have.whole) {
            forgive(n, have);
            Holding holding{have.fragments, {}};
            for (const PartialRecord& partial : have.partial)
                if (!have.fragments.contains(partial.fragment.value) && !partial.chunks.empty())
                    holding.partial[partial.fragment] = partial.chunks;
            availability_.set(peer, have.asset, std::move(holding));
        } else {
            availability_.add(peer, have.asset, have.fragments);
            for (const PartialRecord& partial : have.partial)
                availability_.add(peer, {have.asset, partial.fragment}, partial.chunks);
        }
        if (before != have.fragments) hearing_.changed(n.link());
        if (wants_.contains(have.asset)) order_.plan_anew();
        if (const Holding* holding = availability_.of(have.asset, peer))
            offers_.told(have.asset, peer, *holding);
        if (hearing_.lacks_records()) turn.wake_by(turn.now);
    }
    hear_witness(n, have, turn);
    answered_all(n, have, header, turn);
}

// One of the haves that tell all of a neighbour; the last ends it.
void Swarm::State::answered_all(Neighbour& n, const Have& have, const Header& header, Turn& turn) {
    const auto told = hearing_.hear(n.link(), have);
    if (!told) return;
    const PeerId peer = n.peer().id;
    const bool fewer = availability_.keep_only(peer, told->named);
    if (!unheard_of(peer, header.epoch, turn))
        availability_.hear_all(peer, header.epoch, header.sequence);
    told_all(peer, told->news || fewer, turn);
}

Have Swarm::State::have_of(const AssetId& id) const {
    Have have;
    have.asset = id;
    have.whole = true;
    have.fragments = self_.book.fragments(id);
    const AssetState* asset = find_asset(id);
    if (asset == nullptr) return have;
    for (const auto& [index, unfinished] : asset->unfinished) {
        if (have.partial.size() >= limits::kMaxPartials) break;
        if (!unfinished.proven().empty()) have.partial.push_back({index, unfinished.proven()});
    }
    return have;
}

void Swarm::State::hear(Neighbour& n, const AskHave& ask, Turn& turn) {
    n.use(turn.now);
    if (ask.asset.is_zero()) {
        n.begin_telling(ask.request);
        tell_more(n, turn);
        if (n.telling()) turn.wake_by(turn.now + limits::kHavesEvery);
        return;
    }
    n.interested(ask.asset);
    Have have = have_of(ask.asset);
    have.request = ask.request;
    have.last = true;
    turn.out.push_back(SendTo{n.link(), std::move(have)});
}

// Page by page, so that a peer of many assets does not fill the link's queue at once.
void Swarm::State::tell_more(Neighbour& n, Turn& turn) {
    const auto& entries = self_.book.entries();
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
        have = have_of(it->first);
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

void Swarm::State::push_have(const AssetId& id, const Have& have, Turn& turn) {
    const bool no_bus = no_bus_answers();
    for (Neighbour& n : neighbours_.each()) {
        if (!n.up() || n.telling()) continue;
        // With no bus to announce it on, whole fragments and what is gone are told to everybody who
        // is linked.
        if (!n.is_interested(id) && (!no_bus || (have.fragments.empty() && !have.whole))) continue;
        if (have.fragments.empty() && !have.whole) {  // chunks: of no use to who has all
            const Holding* theirs = availability_.of(id, n.peer().id);
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

// New chunks of unfinished fragments, after 16 of them or 20 ms.
void Swarm::State::push_partials(Turn& turn) {
    std::map<AssetId, Have> due;
    for (auto it = untold_.begin(); it != untold_.end();) {
        Assembly* unfinished = assembly(*it);
        if (unfinished == nullptr || unfinished->untold().empty()) {
            it = untold_.erase(it);
            continue;
        }
        const Time when = unfinished->untold_since() + limits::kPartialHaveEvery;
        if (turn.now < when && unfinished->untold().count() < limits::kPartialHaveChunks) {
            turn.wake_by(when);
            ++it;
            continue;
        }
        Have& have = due[it->asset];
        have.asset = it->asset;
        if (have.partial.size() < limits::kMaxPartials)
            have.partial.push_back({it->index, unfinished->take_untold()});
        it = untold_.erase(it);
    }
    for (const auto& [id, have] : due)
        push_have(id, have, turn);
}

// --- offers, receipts, complaints ----------------------------------------------------------------

void Swarm::State::hear(Neighbour& n, const Offer& offer, Turn& turn) {
    n.use(turn.now);
    // Who hands over leaves.
    if (KnownPeer& peer = peers_[n.peer().id];
        offer.reason == OfferReason::handover && !peer.leaving) {
        peer.leaving = true;
        keeper_.members_changed();
    }
    OfferAnswer answer{offer.request, false, {}};
    if (self_.record.guest)
        answer.text = "a guest keeps nothing";
    else if (self_.record.draining || farewell_.runs() || leaving_)
        answer.text = kDraining;
    else if (offer.reason != OfferReason::publish && self_.record.capacity == 0)
        answer.text = "it holds no copies";
    else if (!room_.on_disk() || !could_hold(offered_bytes(offer), turn.now))
        answer.text = "no room";
    else if (wants_.declined(offer.asset.id))
        answer.text = "declined: removed by its user";
    else if (!check_name(offer.asset.name).ok() || offer.asset.id.is_zero())
        answer.text = "no such asset can be";
    else if (find_asset(offer.asset.id) == nullptr && !make_room(turn.now))
        answer.text = "too many assets are known here";
    else
        answer.accepted = true;
    turn.out.push_back(SendTo{n.link(), answer});
    if (!answer.accepted) return;
    learn(offer.asset, n.peer().id, turn.now);
    AssetState& asset = this->asset(offer.asset.id);
    availability_.add(n.peer().id, offer.asset.id, offer.fragments);
    wants_.offer(asset.id, offer.fragments);
    if (offer.reason == OfferReason::publish) room_.put(asset.id, offer.fragments, turn);
    spare(offer.asset.id, turn);
    n.tell_interest(offer.asset.id);  // what it has it has just said
    n.interested(offer.asset.id);
    turn.report(
        Report::Level::info, "put.offered",
        name_of_peer(n.peer().id) + " offers " + asset.record.name + " " + offer.fragments.text(),
        n.peer().id, offer.asset.id);
    review(offer.asset.id, turn);
}

void Swarm::State::hear(Neighbour& n, const OfferAnswer& answer, Turn& turn) {
    const auto asset = offers_.hear(n.link(), answer);
    if (!asset) return;
    if (KnownPeer& peer = peers_[n.peer().id]; answer.text == kDraining && !peer.leaving) {
        peer.leaving = true;
        keeper_.members_changed();
    }
    if (answer.accepted) return;
    farewell_.unable(n.peer().id);
    turn.report(
        Report::Level::warning, "put.refused",
        name_of_peer(n.peer().id) + " refuses " + name_of_asset(*asset) + ": " + answer.text,
        n.peer().id, *asset);
}

void Swarm::State::hear(Neighbour& n, const Receipt& receipt, Turn& turn) {
    KnownPeer& peer = peers_[n.peer().id];
    ++peer.receipts;
    turn.report(Report::Level::info, "fragment.receipt",
                name_of_peer(n.peer().id) + " thanks for " + name_of_asset(receipt.asset) + " " +
                    std::to_string(receipt.fragment.value) + " (" + std::to_string(receipt.bytes) +
                    " bytes of it from here)",
                n.peer().id, receipt.asset, receipt.fragment.value);
}

// Anybody may say this: it costs us a line, and a look at one chunk now and then.
void Swarm::State::hear(Neighbour& n, const Bad& bad, Turn& turn) {
    if (!n.may_complain(turn.now)) return;
    if (proven({bad.asset, bad.fragment}).contains(bad.chunk.value))
        turn.out.push_back(DoubtChunk{{bad.asset, bad.fragment, bad.chunk}});
    turn.report(Report::Level::warning, "fragment.doubted",
                name_of_peer(n.peer().id) + " says that our " + name_of_asset(bad.asset) + " " +
                    std::to_string(bad.fragment.value) + " failed its hash there",
                n.peer().id, bad.asset, bad.fragment.value);
}

void Swarm::State::hear(Neighbour& n, const Refused& refused, Turn& turn) {
    if (manifests_.refused({n.link(), {}}, refused.request, limits::kRequestTimeout, turn)) return;
    answered(refused.request, refused, {{}, n.link()}, turn);
}

}  // namespace fragcast

// The end of a stay: what must not be lost is offered to those who stay.
#include "messages/wire/endpoint.hpp"
#include "peer/swarm/swarm_state.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

void Swarm::State::on_stop(Farewell::Kind kind, Time deadline, Turn& turn) {
    if (leaving_) return;
    const bool first = !farewell_.runs();
    if (!farewell_.begin(kind, deadline, turn.now)) return;
    if (eviction_.runs()) keep_after_all(eviction_.call_off(), turn);
    keeper_.members_changed();
    // Nothing comes any more; what is here plays and is served on.
    fail_reads(viewers_.readers(), fail(ErrorKind::interrupted, "the peer is stopping"), turn);
    const std::set<AssetId> wanted = wants_.all();
    for (const AssetId& id : wanted)
        review(id, turn);
    if (first && any_bus_joined()) turn.out.push_back(Publish{PeerLeaving{}});
    if (kind == Farewell::Kind::drain) {
        self_.record.draining = true;
        for (BusSession& bus : buses_)
            if (bus.joined()) bus.join_again(turn);
        for (Neighbour& n : neighbours_.each())
            if (n.up()) say_hello(n, true, turn);
    }
    tick_farewell(turn);
}

void Swarm::State::tick_farewell(Turn& turn) {
    if (!farewell_.look_due(turn)) return;
    // A link may have died without a word.
    for (const PeerId& peer : offers_.silent(OfferReason::handover, limits::kTakerWait, turn.now))
        farewell_.unable(peer);
    keeper_.recount();
    look_what_is_left(turn);
    const Farewell::Company company =
        farewell_.left().empty() ? Farewell::Company::none : look_for_company(turn);
    if (farewell_.over(company, turn.now)) {
        const bool alone = members().empty();
        return farewell_.end(
            alone, [this](const AssetId& id) { return name_of_asset(id); }, turn);
    }
    if (company == Farewell::Company::here) offer_last(turn);
}

bool Swarm::State::must_be_linked() const {
    return farewell_.must_be_linked(any_bus_joined());
}

Farewell::Company Swarm::State::look_for_company(Turn& turn) {
    Farewell::Company company = Farewell::Company::none;
    for (auto& [id, peer] : peers_) {
        if (!copy_facts(peer).stays() || !can_take(id, turn.now)) continue;
        // All at once: several may be gone without a word.
        if (peer.links.empty() && peer.dialling.value == 0)
            peer.dialling = dial(peer.record.exchange, turn);
        company = Farewell::meet(company, must_be_linked(), !peer.links.empty(),
                                 peer.dialling.value != 0);
    }
    return company;
}

bool Swarm::State::can_take(const PeerId& peer, Time now) {
    const auto known = peers_.find(peer);
    if (known == peers_.end()) return false;
    const Neighbour* dialled = neighbour(known->second.dialling);
    return farewell_.can_take(
        peer, {!known->second.links.empty(),
               dialled == nullptr ? Duration{} : now - dialled->used(), out_of_reach(peer, now)});
}

void Swarm::State::look_what_is_left(Turn& turn) {
    // Who refuses stays all the same; who is not linked counts as long as it may be.
    const auto staying = std::count_if(peers_.begin(), peers_.end(), [&](const auto& entry) {
        return copy_facts(entry.second).stays() &&
               (!entry.second.links.empty() || can_take(entry.first, turn.now));
    });
    std::map<AssetId, RangeSet> all;
    std::uint64_t bytes = 0;
    for (const auto& [id, entry] : self_.book.entries()) {
        const AssetState& asset = assets_.at(id);
        const std::uint32_t goal =
            farewell_.goal(replicas(asset), static_cast<std::uint32_t>(staying));
        RangeSet left = picture(asset, turn.now).short_of(self_.record.id, entry.fragments, goal);
        if (left.empty()) continue;
        for (const Span& span : left.spans())
            for (std::uint32_t i = span.begin; i < span.end; ++i)
                bytes += asset.manifest->fragments[i].size;
        all.emplace(id, std::move(left));
    }
    counters_.handed_over += farewell_.set_left(std::move(all), bytes);
}

// A few fragments at a time.
void Swarm::State::offer_last(Turn& turn) {
    std::uint32_t most = limits::kMaxCopiesWanted;
    for (const auto& [id, left] : farewell_.left()) {
        const AssetState& asset = assets_.at(id);
        auto offers = farewell_.offers(
            id, picture(asset, turn.now), self_.record.id, replicas(asset),
            [&](const PeerId& peer) { return can_take(peer, turn.now); }, most);
        for (auto& [peer, fragments] : offers)
            add_offering(id, {peers_.at(peer).record, std::move(fragments)}, OfferReason::handover,
                         turn.now);
        if (most == 0) break;
    }
    connect_due_ = true;
    offer_to_all(turn);
}

}  // namespace fragcast

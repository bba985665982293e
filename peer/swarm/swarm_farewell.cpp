// The end of a stay: what must not be lost is offered to those who stay.
#include "messages/wire/endpoint.hpp"
#include "peer/swarm/swarm_state.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

namespace {

constexpr Duration kFarewellEvery{50'000};

}  // namespace

void Swarm::State::on_stop(Farewell::Kind kind, Time deadline, Turn& turn) {
    if (leaving_) return;
    const bool first = farewell_.kind == Farewell::Kind::none;
    if (!first && (farewell_.kind == kind || kind == Farewell::Kind::drain)) return;
    farewell_ = {};
    farewell_.kind = kind;
    farewell_.deadline = deadline;
    farewell_.next = turn.now;
    if (eviction_) keep_after_all(eviction_->fragments, turn);
    members_changed();
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
        for (auto& [link, n] : neighbours_)
            if (n.up()) say_hello(n, true, turn);
    }
    tick_farewell(turn);
}

void Swarm::State::tick_farewell(Turn& turn) {
    Farewell& farewell = farewell_;
    if (farewell.kind == Farewell::Kind::none || farewell.done) return;
    if (turn.now < farewell.next) {
        turn.wake_by(farewell.next);
        return;
    }
    farewell.next = turn.now + kFarewellEvery;
    turn.wake_by(farewell.next);
    // A link may have died without a word.
    for (const PeerId& peer : offers_.silent(OfferReason::handover, limits::kTakerWait, turn.now))
        farewell.unable.insert(peer);
    members_stale_ = true;
    look_what_is_left(turn);
    const Company company = farewell.left.empty() ? Company::none : look_for_company(turn);
    const bool over = company == Company::none || turn.now >= farewell.deadline;
    if (farewell.left.empty() || over) return end_farewell(turn);
    if (company == Company::here) offer_last(turn);
}

// Who counts as staying must be linked, where nobody else vouches for it; of a drain always: what
// it leaves behind is all that there is.
bool Swarm::State::must_be_linked() const {
    return farewell_.kind == Farewell::Kind::drain ||
           (farewell_.kind == Farewell::Kind::stop && !any_bus_joined());
}

bool Swarm::State::stays(const KnownPeer& peer) const {
    return counts(peer) && !peer.record.guest && !peer.record.draining && !peer.leaving &&
           peer.record.capacity > 0;
}

// Who refuses stays all the same; who is not linked counts as long as it may be.
std::uint32_t Swarm::State::count_staying(Time now) {
    return static_cast<std::uint32_t>(
        std::count_if(peers_.begin(), peers_.end(), [&](const auto& entry) {
            return stays(entry.second) &&
                   (!entry.second.links.empty() || can_take(entry.first, now));
        }));
}

Swarm::State::Company Swarm::State::look_for_company(Turn& turn) {
    Company company = Company::none;
    for (auto& [id, peer] : peers_) {
        if (!stays(peer) || !can_take(id, turn.now)) continue;
        if (peer.links.empty()) {  // all at once: several may be gone without a word
            if (peer.dialling.value == 0) peer.dialling = dial(peer.record.exchange, turn);
            if (peer.dialling.value != 0 && must_be_linked()) company = Company::coming;
        }
        if (company == Company::none) company = Company::here;
    }
    return company;
}

bool Swarm::State::can_take(const PeerId& peer, Time now) {
    const auto known = peers_.find(peer);
    if (known == peers_.end() || farewell_.unable.contains(peer)) return false;
    if (!known->second.links.empty()) return true;
    const Neighbour* dialled = neighbour(known->second.dialling);
    if (dialled != nullptr && now - dialled->used() >= limits::kTakerWait)
        farewell_.unable.insert(peer);
    return !out_of_reach(peer, now) && !farewell_.unable.contains(peer);
}

void Swarm::State::look_what_is_left(Turn& turn) {
    Farewell& farewell = farewell_;
    const std::uint64_t before = farewell.left_fragments;
    farewell.left.clear();
    farewell.left_fragments = farewell.left_bytes = 0;
    const std::uint32_t staying = count_staying(turn.now);
    for (const auto& [id, entry] : self_.book.entries()) {
        const AssetState& asset = assets_.at(id);
        // Where nobody stays it ends at once, and what is lost is told.
        const std::uint32_t goal = farewell.kind == Farewell::Kind::stop
                                       ? 1
                                       : std::max(1U, std::min(replicas(asset), staying));
        RangeSet left = picture(asset, turn.now).short_of(self_.record.id, entry.fragments, goal);
        if (left.empty()) continue;
        farewell.left_fragments += left.count();
        for (const Span& span : left.spans())
            for (std::uint32_t i = span.begin; i < span.end; ++i)
                farewell.left_bytes += asset.manifest->fragments[i].size;
        farewell.left.emplace(id, std::move(left));
    }
    if (before > farewell.left_fragments) counters_.handed_over += before - farewell.left_fragments;
}

// To the first that should have it and can take it; a few fragments at a time.
void Swarm::State::offer_last(Turn& turn) {
    const Farewell& farewell = farewell_;
    std::uint32_t most = limits::kMaxCopiesWanted;
    for (const auto& [id, left] : farewell.left) {
        const AssetState& asset = assets_.at(id);
        const CopyPicture picture = this->picture(asset, turn.now);
        const std::uint32_t goal = farewell.kind == Farewell::Kind::stop ? 1 : replicas(asset);
        std::map<PeerId, RangeSet> offers;
        for (const Span& span : left.spans())
            for (std::uint32_t i = span.begin; i < span.end && most > 0; ++i, --most) {
                std::uint32_t lacking = goal - std::min(goal, picture.copies(self_.record.id, i));
                for (const PeerId& peer : picture.takers(i, members().size())) {
                    if (lacking == 0) break;
                    if (!can_take(peer, turn.now)) continue;
                    offers[peer].add(i);
                    --lacking;
                }
            }
        for (auto& [peer, fragments] : offers)
            add_offering(id, {peers_.at(peer).record, std::move(fragments)}, OfferReason::handover);
        if (most == 0) break;
    }
    connect_due_ = true;
    offer_to_all(turn);
}

void Swarm::State::end_farewell(Turn& turn) {
    farewell_.done = true;
    if (farewell_.left.empty()) {
        turn.report(Report::Level::info, "stopping.done",
                    farewell_.kind == Farewell::Kind::stop
                        ? "nothing is lost with this peer"
                        : "all that was here has its copies elsewhere");
        return;
    }
    const bool alone = members().empty();
    turn.report(alone ? Report::Level::info : Report::Level::warning, "stopping.at_risk",
                std::to_string(farewell_.left_fragments) +
                    (alone ? " fragments have no copy elsewhere, and nobody stays to take them: "
                           : " fragments lack copies at those who stay: ") +
                    left_text());
}

std::string Swarm::State::left_text() const {
    std::string text;
    for (const auto& [id, left] : farewell_.left) {
        if (text.size() > limits::kMaxTextBytes / 2) return text + ", …";
        text += (text.empty() ? "" : ", ") + name_of_asset(id) + " " + left.text();
    }
    return text;
}

}  // namespace fragcast

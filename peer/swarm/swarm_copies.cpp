// Copies: what we want for the swarm's sake, and what only we have.
#include "messages/wire/endpoint.hpp"
#include "peer/swarm/swarm_state.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

bool Swarm::State::holds_copies() const {
    return !self_.record.guest && self_.record.capacity > 0 && !leaving_ && !farewell_.runs();
}

CopyFacts Swarm::State::copy_facts(const KnownPeer& peer) const {
    CopyFacts facts;
    facts.counts = counts(peer);
    facts.guest = peer.record.guest;
    facts.draining = peer.record.draining;
    facts.leaving = peer.leaving;
    facts.linked = !peer.links.empty();
    facts.capacity = peer.record.capacity;
    return facts;
}

// Whoever is known is live: peers that are gone are forgotten.
const std::vector<CopyMember>& Swarm::State::members() {
    if (!keeper_.members_stale()) return keeper_.members();
    std::vector<CopyMember> all;
    for (const auto& [id, peer] : peers_)
        if (copy_facts(peer).is_member(must_be_linked())) all.push_back({id, peer.record.capacity});
    if (holds_copies()) all.push_back({self_.record.id, self_.record.capacity});
    keeper_.set_members(std::move(all));
    return keeper_.members();
}

std::uint32_t Swarm::State::replicas(const AssetState& asset) const {
    return asset.manifest ? asset.manifest->replicas : asset.record.replicas;
}

std::uint32_t Swarm::State::fragment_count(const AssetState& asset) const {
    return asset.manifest ? static_cast<std::uint32_t>(asset.manifest->fragments.size())
                          : asset.record.fragments;
}

CopyPicture Swarm::State::picture(const AssetState& asset, Time now) {
    std::vector<CopyHolder> holders;
    for (const auto& [id, holding] : availability_.who(asset.id)) {
        const auto known = peers_.find(id);
        if (known == peers_.end() || !known->second.told || holding.fragments.empty()) continue;
        CopyFacts facts = copy_facts(known->second);
        facts.barred = bars_.barred_id(id, now);
        if (const auto kind = facts.holder(must_be_linked()))
            holders.push_back({id, *kind, &holding.fragments});
    }
    for (const auto& [id, held] : keeper_.missing(asset.id))
        if (availability_.of(asset.id, id) == nullptr)
            holders.push_back({id, CopyHolder::Kind::away, held});
    if (const RangeSet& here = self_.book.fragments(asset.id); !here.empty())
        holders.push_back({self_.record.id,
                           holds_copies()               ? CopyHolder::Kind::copy
                           : self_.record.guest         ? CopyHolder::Kind::passing
                           : self_.record.capacity == 0 ? CopyHolder::Kind::outside
                                                        : CopyHolder::Kind::away,
                           &here});
    return CopyPicture(asset.id, fragment_count(asset), replicas(asset), members(),
                       std::move(holders));
}

// --- wanting -------------------------------------------------------------------------------------

Keeper::Sight Swarm::State::sight() const {
    const bool told = std::any_of(buses_.begin(), buses_.end(), [](const BusSession& bus) {
        return bus.joined() && !bus.settling();
    });
    return {any_bus_joined(), told, !neighbours_.members().empty(), no_bus_answers()};
}

void Swarm::State::tick_copies(Turn& turn) {
    const auto back = [this](const PeerId& id) {
        const auto known = peers_.find(id);
        return known != peers_.end() && known->second.told;
    };
    keeper_.expire(back, turn);
    if (self_.record.guest) return;
    keeper_.see(holds_copies(), sight(), turn);
    if (!keeper_.look_due(turn)) return;
    std::size_t budget = limits::kPlacementsPerLook;
    while (const auto id = keeper_.next(assets_, budget))
        review_copies(assets_.at(*id), budget, turn);
    keeper_.looked(turn);
    members();
    keeper_.tell_risk(
        self_.record.id, [this](const AssetId& id) { return name_of_asset(id); }, turn);
}

void Swarm::State::review_copies(AssetState& asset, std::size_t& budget, Turn& turn) {
    const CopyPicture picture = this->picture(asset, turn.now);
    const RangeSet& here = self_.book.fragments(asset.id);
    keeper_.set_at_risk(asset.id,
                        here.empty() ? RangeSet{} : picture.at_risk(self_.record.id, here));
    RangeSet wanted;
    bool unfinished = false;
    if (keeper_.may_want() && asset.told && !wants_.declined(asset.id) && !asset.dropping)
        wanted = picture.wanted(self_.record.id, budget, unfinished);
    else if (holds_copies() && !wants_.declined(asset.id))
        wanted = wants_.copies(asset.id);  // as long as nothing can be known
    wanted.remove(here);
    const auto fits = [&](std::uint32_t i) { return !asset.manifest || this->fits(asset, {i}); };
    RangeSet kept =
        Keeper::choose(wanted, wants_.copies() - wants_.copies(asset.id).count(), fits, unfinished);
    if (unfinished) keeper_.unfinished(asset.id);
    if (kept == wants_.copies(asset.id)) return;
    RangeSet news = kept;
    news.remove(wants_.copies(asset.id));
    wants_.copy(asset.id, std::move(kept));
    if (!news.empty())
        turn.report(Report::Level::debug, "copies.wanted",
                    "copies of " + name_of_asset(asset.id) + " " + news.text() + " are made here",
                    {}, asset.id);
    review(asset.id, turn);
}

Keeper::Holds Swarm::State::holds_of(const PeerId& peer) const {
    Keeper::Holds out;
    for (const AssetId& asset : availability_.assets(peer))
        out[asset] = availability_.of(asset, peer)->fragments;
    return out;
}

void Swarm::State::begins_anew(const PeerId& peer, Epoch epoch, Turn& turn) {
    const auto known = peers_.find(peer);
    if (known == peers_.end() || known->second.record.guest || !counts(known->second) ||
        !availability_.would_begin_anew(peer, epoch))
        return;
    keeper_.begins_anew(peer, holds_of(peer), turn);
}

}  // namespace fragcast

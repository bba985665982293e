// Copies: what we want for the swarm's sake, and what only we have.
#include "messages/wire/endpoint.hpp"
#include "peer/swarm/swarm_state.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

namespace {

constexpr Duration kCopiesEvery{100'000};
constexpr std::size_t kCostOfLook = 8;  // of an asset of which nothing lacks, in places computed
constexpr std::size_t kRiskNames = 3;

}  // namespace

bool Swarm::State::holds_copies() const {
    return !self_.record.guest && self_.record.capacity > 0 && !leaving_ &&
           farewell_.kind == Farewell::Kind::none;
}

// Whoever is known is live: peers that are gone are forgotten.
const std::vector<CopyMember>& Swarm::State::members() {
    if (!std::exchange(members_stale_, false)) return members_;
    members_.clear();
    for (const auto& [id, peer] : peers_)
        if (stays(peer) && !(must_be_linked() && peer.links.empty()))
            members_.push_back({id, peer.record.capacity});
    if (holds_copies()) members_.push_back({self_.record.id, self_.record.capacity});
    std::sort(members_.begin(), members_.end(),
              [](const CopyMember& a, const CopyMember& b) { return a.peer < b.peer; });
    return members_;
}

void Swarm::State::members_changed() {
    members_stale_ = true;
    copies_due_.add_all();
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
        // A guest gives what it puts to whom it likes; then copies are counted.
        if (known == peers_.end() || !known->second.told || known->second.record.guest ||
            holding.fragments.empty())
            continue;
        const KnownPeer& peer = known->second;
        const bool passing = peer.record.draining || !counts(peer) || bars_.barred_id(id, now);
        holders.push_back({id,
                           passing ? CopyHolder::Kind::passing
                           : peer.leaving || (must_be_linked() && peer.links.empty())
                               ? CopyHolder::Kind::away
                           : peer.record.capacity == 0 ? CopyHolder::Kind::outside
                                                       : CopyHolder::Kind::copy,
                           &holding.fragments});
    }
    for (const auto& [id, missing] : missing_)
        if (const auto held = missing.holds.find(asset.id);
            held != missing.holds.end() && availability_.of(asset.id, id) == nullptr)
            holders.push_back({id, CopyHolder::Kind::away, &held->second});
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

// Who has just begun, or whose buses have, sees too few others to conclude anything.
bool Swarm::State::may_want_copies(Turn& turn) {
    const bool told = std::any_of(buses_.begin(), buses_.end(), [](const BusSession& bus) {
        return bus.joined() && !bus.settling();
    });
    const bool met = std::any_of(neighbours_.begin(), neighbours_.end(), [](const auto& entry) {
        return entry.second.up() && !entry.second.peer().guest;
    });
    if (copies_from_ == kNever) {
        if (!any_bus_joined() && !(met && no_bus_answers())) return false;
        copies_from_ = turn.now + limits::kSettling;
    }
    if (turn.now < copies_from_) {
        turn.wake_by(copies_from_);
        return false;
    }
    return told || (met && !any_bus_joined());
}

void Swarm::State::tick_copies(Turn& turn) {
    expire_missing(turn);
    if (self_.record.guest) return;
    const bool may = holds_copies() && may_want_copies(turn);
    if (may != std::exchange(copies_may_, may)) members_changed();
    if (turn.now < copies_at_) {
        if (!copies_due_.empty()) turn.wake_by(copies_at_);
        return;
    }
    std::size_t budget = limits::kPlacementsPerLook;
    std::vector<AssetId> again;
    while (budget > 0) {
        const auto id = copies_due_.take(assets_);
        if (!id) break;
        budget -= std::min(budget, kCostOfLook);
        if (!review_copies(assets_.at(*id), budget, turn)) again.push_back(*id);
    }
    for (const AssetId& id : again)
        copies_due_.add(id);
    copies_at_ = turn.now + kCopiesEvery;
    if (!copies_due_.empty()) turn.wake_by(copies_at_);
    tell_risk(turn);
}

// False: there is more to look at, another time.
bool Swarm::State::review_copies(AssetState& asset, std::size_t& budget, Turn& turn) {
    const CopyPicture picture = this->picture(asset, turn.now);
    const RangeSet& here = self_.book.fragments(asset.id);
    at_risk_ -= asset.at_risk.count();
    asset.at_risk = here.empty() ? RangeSet{} : picture.at_risk(self_.record.id, here);
    at_risk_ += asset.at_risk.count();

    RangeSet wanted;
    bool unfinished = false;
    if (copies_may_ && asset.told && !wants_.declined(asset.id) && !asset.dropping)
        wanted = picture.wanted(self_.record.id, budget, unfinished);
    else if (holds_copies() && !wants_.declined(asset.id))
        wanted = wants_.copies(asset.id);  // as long as nothing can be known
    wanted.remove(here);
    // Only a few begin at a time.
    const std::uint64_t others = wants_.copies() - wants_.copies(asset.id).count();
    RangeSet kept;
    for (const Span& span : wanted.spans())
        for (std::uint32_t i = span.begin; i < span.end; ++i) {
            if (others + kept.count() >= limits::kMaxCopiesWanted) {
                unfinished = true;
                break;
            }
            if (asset.manifest && !fits(asset, {i})) continue;
            kept.add(i);
        }
    if (kept == wants_.copies(asset.id)) return !unfinished;
    RangeSet news = kept;
    news.remove(wants_.copies(asset.id));
    wants_.copy(asset.id, std::move(kept));
    if (!news.empty())
        turn.report(Report::Level::debug, "copies.wanted",
                    "copies of " + name_of_asset(asset.id) + " " + news.text() + " are made here",
                    {}, asset.id);
    review(asset.id, turn);
    return !unfinished;
}

void Swarm::State::expire_missing(Turn& turn) {
    // One that is back: until it has told what it still holds, that is what it held.
    for (auto& [id, missing] : missing_) {
        const auto known = peers_.find(id);
        const bool back = known != peers_.end() && known->second.told;
        if (back && !std::exchange(missing.back, true))
            missing.until = std::min(missing.until, turn.now + 2 * limits::kHeartbeat);
    }
    const auto expired = std::erase_if(
        missing_, [&turn](const auto& entry) { return entry.second.until <= turn.now; });
    for (const auto& [id, missing] : missing_)
        turn.wake_by(missing.until);
    if (expired > 0) members_changed();
}

// With what it held.
void Swarm::State::expect_back(const PeerId& peer, Time until, Turn& turn) {
    const std::set<AssetId>& held = availability_.assets(peer);
    if (held.empty() || options_.repair_after == Duration{}) return;
    MissingPeer& missing = missing_[peer];
    missing = {until, false, {}};
    for (const AssetId& asset : held)
        missing.holds[asset] = availability_.of(asset, peer)->fragments;
    turn.wake_by(until);
}

void Swarm::State::begins_anew(const PeerId& peer, Epoch epoch, Turn& turn) {
    const auto known = peers_.find(peer);
    if (known == peers_.end() || known->second.record.guest || !counts(known->second) ||
        !availability_.would_begin_anew(peer, epoch))
        return;
    expect_back(peer, turn.now + 2 * limits::kHeartbeat, turn);
}

// --- what is at risk -----------------------------------------------------------------------------

// Said once it lasted: a copy that has just come is alone for a moment.
void Swarm::State::tell_risk(Turn& turn) {
    const bool alone =
        members().empty() || (members().size() == 1 && members().front().peer == self_.record.id);
    if (at_risk_ == 0 || alone) {
        at_risk_since_ = kNever;
        risk_told_ = false;
        return;
    }
    if (at_risk_since_ == kNever) at_risk_since_ = turn.now;
    if (risk_told_) return;
    if (turn.now - at_risk_since_ < limits::kAtRiskTold) {
        turn.wake_by(at_risk_since_ + limits::kAtRiskTold);
        return;
    }
    risk_told_ = true;
    std::string names;
    std::size_t named = 0;
    for (const auto& [id, asset] : assets_) {
        if (asset.at_risk.empty()) continue;
        if (++named > kRiskNames) break;
        names += (named > 1 ? ", " : "") + name_of_asset(id) + " " + asset.at_risk.text();
    }
    if (named > kRiskNames) names += ", …";
    turn.report(Report::Level::warning, "copies.at_risk",
                "no other peer has " + std::to_string(at_risk_) +
                    (at_risk_ == 1 ? " fragment" : " fragments") + " that are here: " + names);
}

}  // namespace fragcast

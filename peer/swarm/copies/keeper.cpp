#include "peer/swarm/copies/keeper.hpp"

#include <algorithm>

namespace fragcast {

// --- who may hold copies -------------------------------------------------------------------------

void Keeper::follow(const Membership& now, const KnownPeers& peers) {
    const bool renewed = now != membership_ || peers.renewals() != renewals_;
    const bool relinked = now.linked_only() && peers.relinks() != relinks_;
    membership_ = now;
    renewals_ = peers.renewals();
    relinks_ = peers.relinks();
    if (renewed) due_.add_all();
    if (renewed || relinked) members_stale_ = true;
}

const std::vector<CopyMember>& Keeper::members(const Membership& now, const KnownPeers& peers) {
    follow(now, peers);
    if (std::exchange(members_stale_, false)) members_ = now.members(peers.all());
    return members_;
}

bool Keeper::alone(const PeerId& self) const {
    return members_.empty() || (members_.size() == 1 && members_.front().peer == self);
}

// --- who is missing ------------------------------------------------------------------------------

void Keeper::gone(const PeerId& peer, Holds holds, Turn& turn) {
    expect(peer, turn.now + options_.repair_after, std::move(holds), turn);
}

void Keeper::begins_anew(const PeerId& peer, Holds holds, Turn& turn) {
    expect(peer, turn.now + 2 * limits::kHeartbeat, std::move(holds), turn);
}

void Keeper::expect(const PeerId& peer, Time until, Holds holds, Turn& turn) {
    if (holds.empty() || options_.repair_after == Duration{}) return;
    if (!missing_.expect(peer, until, std::move(holds))) due_.add_all();
    turn.wake_by(until);
}

// One that is back: until it has told what it still holds, that is what it held.
void Keeper::expire(const std::function<bool(const PeerId&)>& back, Turn& turn) {
    if (missing_.expire(back, turn)) due_.add_all();
}

// --- whether copies may be wanted ----------------------------------------------------------------

void Keeper::see(bool holds, const Sight& sight, Turn& turn) {
    const bool may = holds && enough(sight, turn);
    if (may != std::exchange(may_want_, may)) due_.add_all();
}

bool Keeper::enough(const Sight& sight, Turn& turn) {
    if (from_ == kNever) {
        if (!sight.joined && !(sight.met && sight.no_buses)) return false;
        from_ = turn.now + limits::kSettling;
    }
    if (turn.now < from_) {
        turn.wake_by(from_);
        return false;
    }
    return sight.told || (sight.met && !sight.joined);
}

// --- whose copies are looked at ------------------------------------------------------------------

void Keeper::wake(Turn& turn) const {
    if (!due_.empty()) turn.wake_by(look_at_);
}

bool Keeper::look_due(Turn& turn) const {
    if (turn.now >= look_at_) return true;
    wake(turn);
    return false;
}

void Keeper::looked(Turn& turn) {
    for (const AssetId& id : std::exchange(again_, {}))
        due_.add(id);
    look_at_ = turn.now + kLookEvery;
    wake(turn);
}

RangeSet Keeper::choose(const RangeSet& wanted, std::uint64_t others,
                        const std::function<bool(std::uint32_t)>& fits, bool& unfinished) {
    RangeSet out;
    std::uint64_t all = others;
    for (const Span& span : wanted.spans())
        for (std::uint32_t i = span.begin; i < span.end; ++i) {
            if (all >= limits::kMaxCopiesWanted) {
                unfinished = true;
                return out;
            }
            if (!fits(i)) continue;
            out.add(i);
            ++all;
        }
    return out;
}

// --- what is at risk -----------------------------------------------------------------------------

void Keeper::set_at_risk(const AssetId& asset, RangeSet fragments) {
    count_at_risk_ += fragments.count();
    count_at_risk_ -= at_risk(asset).count();
    if (fragments.empty())
        at_risk_.erase(asset);
    else
        at_risk_[asset] = std::move(fragments);
}

const RangeSet& Keeper::at_risk(const AssetId& asset) const {
    static const RangeSet kNothing;
    const auto found = at_risk_.find(asset);
    return found == at_risk_.end() ? kNothing : found->second;
}

void Keeper::tell_risk(const PeerId& self, const std::function<std::string(const AssetId&)>& name,
                       Turn& turn) {
    if (count_at_risk_ == 0 || alone(self)) {
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
    for (const auto& [id, fragments] : at_risk_) {
        if (++named > kRiskNames) break;
        names += (named > 1 ? ", " : "") + name(id) + " " + fragments.text();
    }
    if (named > kRiskNames) names += ", …";
    turn.report(Report::Level::warning, "copies.at_risk",
                "no other peer has " + std::to_string(count_at_risk_) +
                    (count_at_risk_ == 1 ? " fragment" : " fragments") +
                    " that are here: " + names);
}

const char* Keeper::broken() const {
    std::uint64_t all = 0;
    for (const auto& [id, fragments] : at_risk_) {
        if (fragments.empty()) return "keeper: nothing of an asset is at risk";
        all += fragments.count();
    }
    if (all != count_at_risk_) return "keeper: the sum of what is at risk is wrong";
    return missing_.broken();
}

}  // namespace fragcast

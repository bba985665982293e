// Loop thread. Pure.
//
// What is kept for the swarm's sake, as one peer sees it (PROTOCOL.md, "Copies"): which peers may
// hold copies, who is missing and expected back with what it held, whose copies are looked at next,
// since when enough of the swarm is seen to conclude anything, and what only we have.
#pragma once

#include "messages/wire/holding.hpp"
#include "messages/wire/limits.hpp"
#include "peer/swarm/copies/copies.hpp"
#include "peer/swarm/copies/membership.hpp"
#include "peer/swarm/copies/missing.hpp"
#include "peer/swarm/options.hpp"
#include "peer/swarm/people/known_peers.hpp"
#include "peer/swarm/rounds.hpp"
#include "peer/swarm/turn.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fragcast {

class Keeper {
public:
    static constexpr Duration kLookEvery{100'000};
    static constexpr std::size_t kCostOfLook = 8;  // if nothing lacks; in places computed
    static constexpr std::size_t kRiskNames = 3;

    // After so long without a peer what it held is repaired; 0: at once.
    // `options` outlives it.
    explicit Keeper(const SwarmOptions& options) : options_(options) {}
    explicit Keeper(SwarmOptions&&) = delete;

    // --- who may hold copies: counted when somebody asks, anew where that may have changed
    const std::vector<CopyMember>& members(const Membership& now, const KnownPeers& peers);
    // All copies may stand otherwise when somebody counts as another thing, or we do.
    void follow(const Membership& now, const KnownPeers& peers);
    // Nobody else was a member when they were counted last.
    bool alone(const PeerId& self) const;

    // --- who is missing, with what it held
    using Holds = Missing::Holds;
    void gone(const PeerId& peer, Holds holds, Turn& turn);
    // A life of it begins of which nothing is known yet.
    void begins_anew(const PeerId& peer, Holds holds, Turn& turn);
    // It is not expected any more.
    void forget(const PeerId& peer) { missing_.forget(peer); }
    // `back`: whether a peer is known to be here. It has a moment to tell what it still holds.
    void expire(const std::function<bool(const PeerId&)>& back, Turn& turn);
    // Somebody is missing who held some of it.
    bool expects(const AssetId& asset) const { return missing_.held(asset); }
    // Who is missing, and what of the asset each of them held; until the next change.
    std::vector<std::pair<PeerId, const RangeSet*>> missing(const AssetId& asset) const {
        return missing_.of(asset);
    }

    // --- whether copies may be wanted
    struct Sight {
        bool joined = false;    // a bus
        bool told = false;      // by one that is not settling
        bool met = false;       // a neighbour that is no guest
        bool no_buses = false;  // none answers
    };
    // Who has just begun, or whose buses have, sees too few others to conclude anything. `holds`:
    // we hold copies at all.
    void see(bool holds, const Sight& sight, Turn& turn);
    bool may_want() const { return may_want_; }

    // --- whose copies are looked at: of some assets at a time, in rounds
    void changed(const AssetId& asset) { due_.add(asset); }
    void all_changed() { due_.add_all(); }
    void wake(Turn& turn) const;      // for the next look
    bool look_due(Turn& turn) const;  // else says by wake_by() when
    // The next asset, for its price out of `budget`. `all`: a map by AssetId.
    template <class Map>
    std::optional<AssetId> next(const Map& all, std::size_t& budget) {
        if (budget == 0) return std::nullopt;
        const auto id = due_.take(all);
        if (id) budget -= std::min(budget, kCostOfLook);
        return id;
    }
    void unfinished(const AssetId& asset) { again_.push_back(asset); }  // there is more to look at
    void looked(Turn& turn);
    // Of what is wanted, what may begin: limits::kMaxCopiesWanted in all. `others`: wanted of other
    // assets; `fits`: there is room for a fragment. `unfinished`: there is more.
    static RangeSet choose(const RangeSet& wanted, std::uint64_t others,
                           const std::function<bool(std::uint32_t)>& fits, bool& unfinished);

    // --- what is here, and at no other live peer
    void set_at_risk(const AssetId& asset, RangeSet fragments);
    const RangeSet& at_risk(const AssetId& asset) const;
    const std::map<AssetId, RangeSet>& at_risk() const { return at_risk_; }
    std::uint64_t count_at_risk() const { return count_at_risk_; }  // fragments
    // Said once it lasted limits::kAtRiskTold: a copy that has just come is alone for a moment.
    void tell_risk(const PeerId& self, const std::function<std::string(const AssetId&)>& name,
                   Turn& turn);
    void forget(const AssetId& asset) { set_at_risk(asset, {}); }

    // For tests and the simulator: the rule that does not hold; nullptr: all do.
    const char* broken() const;

private:
    void expect(const PeerId& peer, Time until, Holds holds, Turn& turn);
    bool enough(const Sight& sight, Turn& turn);

    const SwarmOptions& options_;
    std::vector<CopyMember> members_;
    bool members_stale_ = true;
    Membership membership_{Standing{}};  // as it was followed last, at so many changes
    std::uint64_t renewals_ = 0;
    std::uint64_t relinks_ = 0;
    Missing missing_;
    Rounds<AssetId> due_;
    std::vector<AssetId> again_;
    Time look_at_{};
    bool may_want_ = false;
    Time from_ = kNever;  // copies are wanted not before
    std::map<AssetId, RangeSet> at_risk_;
    std::uint64_t count_at_risk_ = 0;
    Time at_risk_since_ = kNever;
    bool risk_told_ = false;
};

}  // namespace fragcast

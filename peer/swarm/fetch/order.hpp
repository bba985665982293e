// Loop thread. Pure.
//
// What is asked for, in which order (picker.hpp), and when that order is made anew: at once when
// somebody here wants otherwise; after kEvery at the soonest when only others have otherwise, so
// that a swarm that says much is followed at a price that does not grow with what it says. What a
// user here wishes comes before what was offered, or is to be a copy; of that, beyond
// limits::kMaxOthersOrdered fragments, each asset gets its share, and others of it in turn.
#pragma once

#include "messages/wire/manifest.hpp"
#include "peer/swarm/buses/availability.hpp"
#include "peer/swarm/fetch/picker.hpp"
#include "peer/swarm/fetch/timeline.hpp"
#include "peer/swarm/turn.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace fragcast {

class Order {
public:
    static constexpr Duration kEvery{100'000};

    explicit Order(std::uint64_t seed) : seed_(seed) {}

    // --- when. It is made anew for the first time at once.
    void stale() { stale_ = true; }               // something is wanted or held otherwise
    void at_once() { stale_ = at_once_ = true; }  // it cannot wait
    // Wakes when it is to be made anew, if that is later.
    bool due(Turn& turn) const;

    // Something that a plan follows from is otherwise: who may be asked, what is asked, what is
    // here.
    void plan_anew() { plan_due_ = true; }
    bool take_plan() { return std::exchange(plan_due_, false); }

    // --- which
    // Of one asset, what is not here.
    struct Wanted {
        AssetId asset;
        const Manifest* manifest = nullptr;
        std::vector<Timeline::Stretch> needs;  // of who plays and reads
        RangeSet whole;                        // fragments that its user wants, in no hurry
        RangeSet others;                       // as well, but nobody here wishes them
        RangeSet begun;                        // fragments that part of is here
    };
    // `reach`: the fragments that somebody who is linked has some of; asked only for shares.
    using Reach = std::function<RangeSet(const AssetId&)>;
    void make(const std::vector<Wanted>& wanted, const Availability& others, const Reach& reach,
              Time now);
    void forget(const AssetId& asset);
    const std::vector<Work>& all() const { return work_; }
    bool empty() const { return work_.empty(); }
    std::size_t size() const { return work_.size(); }
    // For tests: the rule that does not hold; nullptr: all do.
    const char* broken() const;

private:
    void add(const Wanted& wanted, const Timeline::Stretch& stretch, const Availability& others);
    void add(const Wanted& wanted, const RangeSet& whole, bool wish, const Availability& others);
    RangeSet share(const Wanted& wanted, const RangeSet& reach, std::uint64_t most) const;
    void add_shares(const std::vector<Wanted>& wanted, std::uint64_t sharers,
                    const Availability& others, const Reach& reach);

    std::uint64_t seed_;  // chance of our own: peers do not all ask for the same first
    std::vector<Work> work_;
    std::uint64_t shares_ = 0;  // how often shares were dealt
    bool crowded_ = false;      // they were, by the last order
    bool plan_due_ = false;
    bool stale_ = true;
    bool at_once_ = true;
    Time made_{};
};

}  // namespace fragcast

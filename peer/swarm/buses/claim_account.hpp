// Loop thread. Pure.
//
// What the claims of others cost us, in bytes, by teller and in all. Anybody may claim anything at
// a few bytes a span: beyond limits::kMaxClaimBytes who costs most gives way (Availability). A
// plain claim counts for little, so that honest ones are limited by number long before.
#pragma once

#include "messages/wire/holding.hpp"
#include "messages/wire/limits.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <utility>

namespace fragcast {

class ClaimAccount {
public:
    static std::uint64_t cost(const RangeSet& chunks);   // of an unfinished fragment
    static std::uint64_t cost(const Holding& holding);   // of a claim; nothing: of an empty one
    static std::uint64_t whole(const Holding& holding);  // of that, without what is unfinished

    // What a teller's claim cost before, and costs now.
    void change(const PeerId& teller, std::uint64_t before, std::uint64_t now);
    std::uint64_t of(const PeerId& teller) const;
    std::uint64_t all() const { return all_; }
    bool over() const { return all_ > limits::kMaxClaimBytes; }
    PeerId most() const;  // who costs most; zero: nobody claims anything
    // For tests and the simulator: the rule that does not hold; nullptr: all do.
    const char* broken() const;

private:
    std::map<PeerId, std::uint64_t> of_;  // none is 0
    std::set<std::pair<std::uint64_t, PeerId>> by_cost_;
    std::uint64_t all_ = 0;
};

}  // namespace fragcast

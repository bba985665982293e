// Loop thread. Pure.
//
// Who here waits for which fragments of one asset to become whole: each asker for itself. Its end
// is the end of its want, and of nobody else's.
#pragma once

#include "messages/wire/holding.hpp"
#include "peer/swarm/actions.hpp"

#include <cstdint>
#include <map>

namespace fragcast {

class Askers {
public:
    // More of it, for an asker that is there already. None: all there are.
    void add(ReadId who, const RangeSet& fragments);
    // False: it wants nothing.
    bool end(ReadId who) { return wants_.erase(who) > 0; }
    void end_all() { wants_.clear(); }
    bool empty() const { return wants_.empty(); }
    std::size_t size() const { return wants_.size(); }
    // Of an asset of so many fragments, by anybody.
    RangeSet wanted(std::uint32_t count) const;
    // These are here: who lacks no other has what it wanted, and its want is over.
    void settle(const RangeSet& here, std::uint32_t count);

private:
    static RangeSet within(const RangeSet& fragments, std::uint32_t count);

    std::map<ReadId, RangeSet> wants_;  // empty: all
};

}  // namespace fragcast

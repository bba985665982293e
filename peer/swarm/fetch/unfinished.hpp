// Loop thread. Pure.
//
// The fragments of which something is here or was asked for, and which are not whole: one Assembly
// each. And which of their chunks neighbours were not told of yet (PROTOCOL.md, "have").
#pragma once

#include "messages/wire/message.hpp"
#include "peer/swarm/fetch/assembly.hpp"
#include "peer/swarm/turn.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace fragcast {

class Unfinished {
public:
    using OfAsset = std::map<FragmentIndex, Assembly>;

    const Assembly* find(const FragmentRef& fragment) const;  // nullptr: none of it
    const OfAsset& of(const AssetId& asset) const;
    const std::map<AssetId, OfAsset>& all() const { return rows_; }
    bool any(const AssetId& asset) const { return rows_.contains(asset); }
    RangeSet begun(const AssetId& asset) const;
    // What others may have of it now.
    std::map<FragmentIndex, RangeSet> proven(const AssetId& asset) const;
    std::size_t count() const;

    // It is begun, if it was not. The caller may change it until it is asked what changed.
    Assembly& begin(const FragmentRef& fragment, std::uint64_t size);
    Assembly* change(const FragmentRef& fragment);  // the same of one that is begun, else nullptr
    // The one way out: it is whole, or gone, or not worth its bytes. None: it was not begun.
    std::optional<Assembly> end(const FragmentRef& fragment);
    // Assets of which something was begun, changed or ended since the last call.
    std::set<AssetId> take_changed() { return std::exchange(changed_, {}); }

    // --- telling neighbours, after limits::kPartialHaveChunks chunks of one or kPartialHaveEvery
    void tell(const FragmentRef& fragment, const RangeSet& chunks, Time now);
    // What is to be told now, one message for each asset; wakes for the rest. At most
    // limits::kMaxPartials fragments in one: the others stay untold. To be asked after each fact.
    std::vector<Have> take_news(Turn& turn);
    std::size_t count_untold() const { return untold_.size(); }

    // For tests: the rule that does not hold; nullptr: all do.
    const char* broken() const;

private:
    Assembly* at(const FragmentRef& fragment);

    std::map<AssetId, OfAsset> rows_;  // none empty
    std::set<FragmentRef> untold_;
    Time news_at_ = kNever;  // nothing of untold_ is due before
    std::set<AssetId> changed_;
};

}  // namespace fragcast

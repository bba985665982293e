// Loop thread. Pure.
//
// Assets that are known here only because others named them: nobody here wants, holds, plays or
// declines them. Anybody may name any number of ids, so the table forgets: what nobody is known to
// have any more, after a while; and for one more than there is room for, first what nobody is known
// to have, then the oldest of who has the most in it. So who names very many pushes out its own.
#pragma once

#include "messages/wire/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace fragcast {

class Heard {
public:
    // It is named. `holder` has it; zero: nobody is known to. Who has it first stays its holder
    // here, until it is passed on.
    void name(const AssetId& asset, const PeerId& holder, Time now);
    // Another answers for it from now on: its holder does so no more. Zero: nobody.
    void pass(const AssetId& asset, const PeerId& to, Time now);
    // It is not here by hearsay only, or not at all.
    void remove(const AssetId& asset);
    bool contains(const AssetId& asset) const { return rows_.contains(asset); }
    PeerId holder(const AssetId& asset) const;  // zero: of none, or not in here
    std::size_t size() const { return rows_.size(); }
    std::size_t size(const PeerId& holder) const;

    // What goes for one more. None: it is empty.
    std::optional<AssetId> least() const;
    // What nobody was known to have since `then` and who named it no more since: not in here now.
    std::vector<AssetId> take_faded(Time then);
    // For tests and the simulator: the rule that does not hold; nullptr: all do.
    const char* broken() const;

private:
    struct Row {
        PeerId holder;
        std::uint64_t number = 0;  // the order in which they came to their holder
        Time named{};
    };
    void put(const AssetId& asset, const PeerId& holder, Time now);

    std::map<AssetId, Row> rows_;
    std::map<PeerId, std::map<std::uint64_t, AssetId>> by_holder_;
    std::set<std::pair<std::size_t, PeerId>> by_size_;  // of by_holder_; without zero
    std::uint64_t last_ = 0;
};

}  // namespace fragcast

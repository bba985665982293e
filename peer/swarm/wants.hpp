// Loop thread. Pure.
//
// Why something of an asset is wanted here, and which assets are: one row for each, with every way
// in and out of it.
//
//   for good   its user's: what of it is lost comes again
//   askers     until it is here, each for itself; what came for one is then wanted for good
//   offered    a peer offered it; given up when nobody has it for limits::kHearsayKept
//   copies     fewer than there should be: at most limits::kMaxCopiesWanted of all assets, which
//              whoever decides about them sees to
//
// The end of one reason is the end of no other. What viewers want stands in Viewers. Declined is
// the opposite of all: the user removed the asset, and nobody here asked for it since.
//
// An asset is wanted when something that is not here has a reason: look() is told so whenever
// either may have changed. An empty set of fragments, where one is asked for, is all that there
// are.
#pragma once

#include "messages/wire/holding.hpp"
#include "peer/swarm/buses/availability.hpp"
#include "peer/swarm/fetch/askers.hpp"
#include "peer/swarm/turn.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace fragcast {

class Wants {
public:
    // --- reasons come
    void ask(ReadId who, const AssetId& asset, const RangeSet& fragments);  // 0: for good
    void offer(const AssetId& asset, const RangeSet& fragments);
    void copy(const AssetId& asset, RangeSet fragments);  // these, instead of what it was

    // --- and go
    void end(ReadId who, const AssetId& asset);  // 0: what was wanted for good
    // `here` of so many fragments is. An asker that lacks nothing any more is none.
    void came(const AssetId& asset, const RangeSet& here, std::uint32_t count);
    // One came, of all that are here. What was to be a copy is counted.
    void fetched(const FragmentRef& fragment);
    // Dropped to make room: what was wanted for once was here, and is wanted no more.
    void evicted(const AssetId& asset, const RangeSet& fragments);
    // Its user took them away: all else of it stays wanted.
    void taken(const AssetId& asset, const RangeSet& fragments, std::uint32_t count);
    void drop(const AssetId& asset);  // everybody's but copies
    // True: it was otherwise. Not declined any more is to be remembered.
    bool decline(const AssetId& asset, bool declined, Turn& turn);
    // Who has a wanted asset changed; `nobody`: as far as is known.
    void holders_changed(const AssetId& asset, bool nobody, Time now);
    // Offers whose asset nobody has for long, which end so: of which assets.
    std::vector<AssetId> give_up(const Availability& availability, Time now);
    void forget(const AssetId& asset);  // as if nobody had ever named it

    // --- why
    bool any(const AssetId& asset) const;  // for good, asked for, offered or a copy
    bool declined(const AssetId& asset) const;
    // Of an asset of so many fragments, here or not.
    RangeSet fragments(const AssetId& asset, std::uint32_t count) const;
    // Of them, what a user here asked for; the rest was offered, or is to be a copy.
    RangeSet wished(const AssetId& asset, std::uint32_t count) const;
    // It comes because somebody here fetches it; one that is `loose` and wanted for good was here
    // before, and comes again as what it was.
    bool on_purpose(const FragmentRef& fragment, std::uint32_t count, bool loose) const;
    const RangeSet& copies(const AssetId& asset) const;
    std::uint64_t copies() const { return copies_; }        // of all assets
    std::uint64_t count_copied() const { return copied_; }  // since the start

    // --- which. A reason came or went, or what is here of it did: look() is due.
    void changed(const AssetId& asset) { changed_.insert(asset); }
    std::set<AssetId> take_changed() { return std::exchange(changed_, {}); }
    enum class Change { none, begins, ends };
    Change look(const AssetId& asset, bool lacking);
    // Assets that are wanted and were not, or the reverse, since the last call.
    std::set<AssetId> take_turned() { return std::exchange(turned_, {}); }
    bool contains(const AssetId& asset) const { return wanted_.contains(asset); }
    bool empty() const { return wanted_.empty(); }
    const std::set<AssetId>& all() const { return wanted_; }

    std::size_t size() const { return rows_.size(); }
    // For tests and the simulator: the rule that does not hold; nullptr: all do.
    const char* broken() const;

private:
    struct Row {
        bool all = false;  // for good; also what is not known yet
        RangeSet good;
        Askers askers;
        RangeSet offered;
        RangeSet copies;
        Time alone = kNever;  // since when nobody is known to have it
        bool declined = false;

        bool any() const;
    };
    const Row* find(const AssetId& asset) const;
    // Changes the row, if there is one, and ends it with its last reason.
    template <class Do>
    void change(const AssetId& asset, Do what);

    std::map<AssetId, Row> rows_;
    std::uint64_t copies_ = 0;
    std::uint64_t copied_ = 0;
    std::set<AssetId> wanted_;
    std::set<AssetId> changed_;
    std::set<AssetId> turned_;
};

}  // namespace fragcast

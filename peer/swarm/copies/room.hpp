// Loop thread. Pure.
//
// The limit of the store: how many bytes each asset takes, how much lacks for what is wanted, what
// of it is kept and what may go to make room (PROTOCOL.md, "Eviction"). What was put here, or
// fetched on purpose, is kept, whatever others say; what was only played, or copied for the swarm's
// sake, is loose. And whether there is room on the disk at all.
#pragma once

#include "messages/wire/holding.hpp"
#include "messages/wire/limits.hpp"
#include "messages/wire/manifest.hpp"
#include "peer/swarm/fetch/assembly.hpp"
#include "peer/swarm/options.hpp"
#include "peer/swarm/turn.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace fragcast {

class Room {
public:
    static constexpr Duration kLookEvery{1'000'000};
    static constexpr Duration kPassOnEvery{30'000'000};
    static constexpr std::size_t kMostPassedOn = 16;  // fragments at a time

    // `options` outlives it.
    explicit Room(const SwarmOptions& options) : options_(options) {}
    explicit Room(SwarmOptions&&) = delete;
    void start(Time now) { started_ = now; }

    // --- the disk. Each true: it is otherwise now, and said.
    bool on_disk() const { return on_disk_; }
    bool disk_says(bool room, Turn& turn);
    bool tick_disk(Turn& turn);  // should nobody say that there is some

    // --- what is counted, in bytes. A fragment counts for limits::kMinFragmentOnDisk at least:
    // its file, its proof's, and its share of the manifest.
    static std::uint64_t on_disk(std::uint64_t size) {
        return std::max(size, limits::kMinFragmentOnDisk);
    }
    struct Taken {
        const Manifest* manifest = nullptr;  // nullptr: nothing counts
        const RangeSet& whole;
        const RangeSet& withdrawn;  // and still on disk
        const std::map<FragmentIndex, Assembly>& unfinished;
        bool comes = false;  // it is wanted, and somebody who has some of it is linked
    };
    // Room is kept for the rest of a fragment of which something came, while more of it comes; a
    // proof keeps none, and counts for itself.
    static std::uint64_t bytes(const Taken& taken);
    static std::uint64_t here(const Assembly& one);  // of an unfinished one
    // Replaces what was counted of that asset, and costs what differs. What was kept for the rest
    // of what does not come any more lacks no more.
    void count(const AssetId& asset, const Taken& taken);
    // Who has some of it is linked, or is no more: it is to be counted again.
    void stale(const AssetId& asset) { stale_.insert(asset); }
    std::set<AssetId> take_stale() { return std::exchange(stale_, {}); }
    std::uint64_t stock() const { return stock_; }
    std::uint64_t stock(const AssetId& of) const;
    std::uint64_t limit() const { return options_.max_store; }  // bytes; 0: none
    bool limited() const { return limit() > 0; }
    bool full() const { return limited() && stock_ >= limit(); }
    // One more fragment; `coming`: the size of others of which the first chunk is on its way. Notes
    // how much lacks where it does not, unless it never could.
    bool fits(std::uint64_t size, std::uint64_t coming);
    // `free`: bytes that may be evicted.
    bool could_hold(std::uint64_t bytes, std::uint64_t free) const {
        return !limited() || stock_ + bytes <= limit() + free;
    }

    // --- what is kept
    void keep(const AssetId& asset, const RangeSet& fragments, Turn& turn);
    // Offered by who publishes it: kept, as soon as it is here.
    void put(const AssetId& asset, const RangeSet& fragments, Turn& turn);
    void put_no_more(const AssetId& asset);
    bool is_put(const AssetId& asset) const;
    // `on_purpose`: its user fetched it, or put its file here. Else it was played, copied or handed
    // over, and is loose unless it was put.
    void came(const FragmentRef& fragment, bool on_purpose, Turn& turn);
    // The store has these whole; of them, as it was told to remember, `loose`.
    void found(const AssetId& asset, const RangeSet& whole, const RangeSet& loose);
    void used(const FragmentRef& fragment, Time now);  // sent or read
    const RangeSet& loose(const AssetId& asset) const;
    // --- the ways out
    void taken(const AssetId& asset, const RangeSet& fragments);    // by its user, out of the store
    void dropped(const AssetId& asset, const RangeSet& fragments);  // evicted
    void removed(const AssetId& asset);  // all that was here; count() says what it takes now
    void forget(const AssetId& asset);

    // --- making room
    bool lacks() const { return needed_ > 0; }
    void wake(Turn& turn) const;  // for the next look, if something lacks
    // True: room is to be made now; once a second. Never while we stop (`staying`).
    bool look(bool staying, Turn& turn);
    // How much lacked; who wants it still says so again.
    std::uint64_t take_needed() { return std::exchange(needed_, 0); }
    struct Held {  // an asset of which something is here, and loose
        AssetId asset;
        const RangeSet* here = nullptr;
        std::uint32_t played = ~0U;  // from this fragment on somebody watches it
        std::uint32_t replicas = 1;
        std::vector<const RangeSet*> witnesses;          // what each of them has
        std::function<bool(std::uint32_t)> responsible;  // whether we are, for a fragment
    };
    // What is loose, nobody here plays on to, and we are not responsible for, the longest unused
    // first: of which R witnesses have a copy (`copied`), or of which fewer have.
    std::vector<FragmentRef> evictable(const std::vector<Held>& held, bool copied) const;
    struct Victims {
        AssetId asset;
        RangeSet fragments;
    };
    // The first of `evictable`, of one asset at a time: one answer speaks for all of its fragments.
    // `size`: of one. None: there are none, which is said once.
    std::optional<Victims> victims(const std::vector<FragmentRef>& evictable, std::uint64_t lacking,
                                   const std::function<std::uint64_t(const FragmentRef&)>& size,
                                   Turn& turn);
    // An eviction is over; not `all`: some of it had to be kept. What lacked while it ran may fit
    // by now: who wants it still says so again.
    void evicted(bool all, Time now) {
        needed_ = 0;
        look_ = all ? now : now + kLookEvery;
    }
    // True: those who should have what is here are to be asked to take it (kMostPassedOn).
    bool pass_on(Time now);

    // For tests and the simulator: the rule that does not hold; nullptr: all do.
    const char* broken() const;

private:
    struct Row {
        std::uint64_t stock = 0;
        RangeSet whole;  // as it was counted, with what is withdrawn
        std::uint64_t whole_bytes = 0;
        std::uint64_t kept = 0;  // for the rest of unfinished ones
        RangeSet put;
        RangeSet loose;
        std::map<FragmentIndex, Time> used;  // last; since we started
    };
    const Row& row(const AssetId& asset) const;  // empty: there is none
    void tidy(const AssetId& asset);             // no row says nothing

    const SwarmOptions& options_;
    Time started_{};
    bool on_disk_ = true;
    Time try_disk_ = kNever;
    std::map<AssetId, Row> rows_;
    std::set<AssetId> stale_;
    std::uint64_t stock_ = 0;   // of all rows
    std::uint64_t needed_ = 0;  // what something wanted lacks
    Time look_{};
    Time pass_on_at_{};
    bool limit_told_ = false;
};

}  // namespace fragcast

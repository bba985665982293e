// Store thread.
//
// What is hashed again though it counts, and in which order: what a neighbour complained of, what a
// user wants verified, and slowly, while nobody waits, all there is. Each call does a bounded
// piece.
#pragma once

#include "messages/wire/holding.hpp"
#include "messages/wire/limits.hpp"
#include "peer/store/fragment_store.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace fragcast {

struct BadFragment {
    FragmentRef fragment;
    RangeSet chunks;  // empty: not known which
    std::string why;
};

// How far a verification is.
struct Verification {
    std::uint64_t cookie = 0;
    std::uint64_t fragments = 0, bytes = 0;  // hashed so far
    std::uint64_t fragments_total = 0, bytes_total = 0;
    std::vector<BadFragment> bad;  // since it was last told
    bool done = false;
    std::string error;  // why it ended before its time
};

class StoreChecks {
public:
    // `step`: bad or unread.
    using Lost = std::function<void(const FragmentRef&, const CheckStep& step)>;
    using Told = std::function<void(Verification)>;

    // `lost`: a fragment was damaged or cannot be read, and is no longer had. `told`: at the
    // beginning of a verification, after each of its fragments, and at its end.
    // `slow_from`: where the first round of the slow look begins, by chance: a peer that is never
    // on for long would else look at the same ones each time.
    StoreChecks(ChunkStore& store, Time now, const AssetId& slow_from, Lost lost, Told told);

    // Of one asset, or of all (zero).
    void verify(std::uint64_t cookie, const AssetId& asset);
    void doubt(const ChunkRef& chunk);

    // Whether somebody waits for what step() does.
    bool waiting() const { return !doubts_.empty() || !doubted_.empty() || !jobs_.empty(); }
    // Hashes at most so many chunks.
    void step(std::uint32_t chunks);

    // The same for nobody in particular, at slow_time() at the earliest.
    void slow_step(Time now);
    Time slow_time() const { return slow_time_; }

private:
    struct Job {
        AssetId asset;       // zero: all
        FragmentRef next{};  // at or after this one
        Verification so_far;
    };
    bool tell_if_lost(const FragmentRef& fragment, const CheckStep& step);
    void check(const FragmentRef& fragment, std::uint32_t chunks);
    void go_on(Job& job, std::uint32_t chunks);
    void end(Job& job);

    ChunkStore& store_;
    Lost lost_;
    Told told_;
    std::deque<ChunkRef> doubts_;    // a chunk each
    std::set<FragmentRef> doubted_;  // all of them
    std::deque<Job> jobs_;           // the first is under way
    Time slow_time_;
    Time round_began_{};
    bool in_round_ = false;
    bool from_the_middle_ = true;
    FragmentRef slow_{};
};

}  // namespace fragcast

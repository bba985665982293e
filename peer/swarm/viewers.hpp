// Loop thread. Pure.
//
// Who plays and reads here, what that makes wanted, and by when.
//
// A playhead is a viewer's newest position. It is forgotten limits::kPlayhead after it was told. Of
// more than limits::kMaxViewers the one goes that was seen to play for the shortest time: anybody
// can invent viewers, and they push out each other, not who plays. A reader waits
// for a chunk or a manifest, for a viewer or for nobody (viewer 0), at most limits::kMaxReads of
// them. It waits no more when that came, when its deadline is over, and when its viewer is gone or
// plays elsewhere: another asset, or further than kNearBytes away.
//
// Functions that return readers or a viewer change nothing: who asked says goodbye to each by end()
// or gone(), so that the wants of its asset are looked at again each time.
#pragma once

#include "messages/wire/holding.hpp"
#include "messages/wire/limits.hpp"
#include "messages/wire/manifest.hpp"
#include "peer/swarm/fetch/timeline.hpp"
#include "peer/swarm/turn.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace fragcast {

class Viewers {
public:
    // Bytes. Reads this far from a viewer's newest position are still of use to it.
    static constexpr std::uint64_t kNearBytes = 16 << 20;

    // Somebody opened our page, and may play something later.
    void entered() { ++entered_; }
    std::uint64_t count_entered() const { return entered_; }

    // --- playheads
    struct Film {  // what is known of what is played; both or neither
        const Manifest* manifest = nullptr;
        const Timeline* timeline = nullptr;
    };
    struct Moved {
        AssetId before;            // what it played until now
        std::vector<ReadId> left;  // of its own, that are too far away now
    };
    // Who must be gone first, so that there is room for this viewer's playhead.
    std::optional<ViewerId> in_the_way_of(ViewerId viewer) const;
    // Its byte is needed now, unless it reads on where it was: then when it will have been played.
    Moved move(ViewerId viewer, const AssetId& asset, FragmentIndex fragment, std::uint64_t offset,
               const Film& film, Turn& turn);
    // What it played; none: it had no playhead. Its readers are readers_of().
    std::optional<AssetId> gone(ViewerId viewer);
    void stop_playing(const AssetId& asset);
    void stop_playing() { playheads_.clear(); }
    bool is_played(const AssetId& asset) const { return played_from(asset).has_value(); }
    // The first fragment that somebody plays from; none: nobody plays it.
    std::optional<FragmentIndex> played_from(const AssetId& asset) const;

    // --- readers. An id is one reader's until its end.
    bool full() const { return reads_.size() >= limits::kMaxReads; }
    void wait(ReadId read, ViewerId viewer, const ChunkRef& chunk, Time deadline, Turn& turn);
    void wait_for_manifest(ReadId read, const AssetId& asset, Time deadline, Turn& turn);
    // This chunk is asked for, whether it is here or not: so far has the viewer read.
    void asked_for(ViewerId viewer, const ChunkRef& chunk, const Manifest& manifest);
    // What it waited for, or a part of that; none: it does not wait here.
    std::optional<AssetId> end(ReadId read);
    // It is here: who waited for it, and waits no more.
    std::set<ReadId> came(const ChunkRef& chunk);
    std::vector<ReadId> manifest_came(const AssetId& asset);
    bool is_read(const AssetId& asset) const;
    std::vector<ReadId> readers() const;
    std::vector<ReadId> readers_of(ViewerId viewer) const;  // of nobody: none
    std::vector<ReadId> readers_of(const AssetId& asset) const;
    std::vector<ReadId> readers_of_manifest(const AssetId& asset) const;
    std::vector<ChunkRef> awaited(const AssetId& asset) const;
    bool is_awaited(const FragmentRef& fragment, const RangeSet& chunks) const;  // any of them

    // --- what follows
    // From the playheads on, and what readers wait for; of an asset of so many fragments.
    RangeSet wanted(const AssetId& asset, std::uint32_t count) const;
    // The same by chunks: first those that readers wait for, then of `lacking` what is to be
    // played.
    std::vector<Timeline::Stretch> needs(const AssetId& asset, const Timeline& timeline,
                                         const RangeSet& lacking, Time now) const;

    // --- time
    struct Late {
        ReadId read;
        AssetId asset;
    };
    std::vector<Late> late(Turn& turn) const;
    std::vector<ViewerId> silent(Turn& turn) const;

    std::size_t count_playheads() const { return playheads_.size(); }
    std::size_t count_readers() const { return reads_.size(); }
    std::size_t count_awaited() const { return waiting_.size(); }  // chunks
    // For tests and the simulator: the rule that does not hold; nullptr: all do.
    const char* broken() const;

private:
    struct Playhead {
        AssetId asset;
        FragmentIndex fragment;
        std::uint64_t offset = 0;
        Time since{};  // when its viewer came
        Time set{};
        Time due{};                 // when its byte is needed
        std::uint64_t read_to = 0;  // of the asset's bytes, from the last jump on
    };
    struct Read {
        ViewerId viewer;
        std::optional<ChunkRef> chunk;  // none: the manifest
        AssetId asset;
        Time since{};
        Time deadline{};
    };
    using Waiting = std::map<ChunkRef, std::set<ReadId>>;

    // Readers that `is` says so of, by id.
    template <class Is>
    std::vector<ReadId> readers_that(Is is) const;
    std::vector<ReadId> too_far(ViewerId viewer, const AssetId& asset, std::uint64_t place,
                                const Film& film) const;
    Time needed_at(const Timeline& timeline, const ChunkRef& chunk,
                   const std::set<ReadId>& readers) const;

    std::map<ViewerId, Playhead> playheads_;
    std::map<ReadId, Read> reads_;
    Waiting waiting_;  // reads_ that wait for a chunk
    std::uint64_t entered_ = 0;
};

}  // namespace fragcast

// What is counted since the start: each number a row, with what it is called and who counts it.
#include "peer/swarm/swarm_counters.hpp"

#include "peer/swarm/core.hpp"

namespace fragcast {

namespace {

constexpr const char* kBytes = "fragcast_transfer_bytes_total";
constexpr const char* kBytesHelp = "Payload exchanged with other peers.";
constexpr const char* kChunks = "fragcast_transfer_chunks_total";
constexpr const char* kChunksHelp = "Chunks exchanged with other peers.";
constexpr const char* kVain = "fragcast_fetch_failures_total";
constexpr const char* kVainHelp =
    "Requests that brought nothing: no answer in time, put off, refused, or wrong bytes.";

}  // namespace

// Messages that made no sense, by whom they were refused.
static std::uint64_t refused(const Core& core) {
    return core.tally.count_refused() + core.requests.count_unasked() +
           core.answers.count_refused() + core.manifests.count_refused() +
           core.asks.count_refused() + core.clocks.count_refused() +
           core.neighbours.count_refused();
}

CountersView counters_view(const Core& core) {
    return {{
        {"bytes_in", core.requests.bytes_came(), kBytes, kBytesHelp, "direction", "in"},
        {"bytes_out", core.answers.bytes_sent(), kBytes, kBytesHelp, "direction", "out"},
        {"chunks_in", core.requests.count_came(), kChunks, kChunksHelp, "direction", "in"},
        {"chunks_out", core.answers.count_sent(), kChunks, kChunksHelp, "direction", "out"},
        {"timeouts",
         core.requests.count_timed_out() + core.proofs.count_timed_out() +
             core.manifests.count_timed_out(),
         kVain, kVainHelp, "reason", "timeout"},
        {"busy_in", core.tally.count_busy(), kVain, kVainHelp, "reason", "busy"},
        {"absent_in", core.tally.count_absent(), kVain, kVainHelp, "reason", "absent"},
        {"bad_chunks", core.tally.count_wrong(), kVain, kVainHelp, "reason", "bad"},
        {"duplicates",
         core.requests.count_spare() + core.proofs.count_spare() + core.manifests.count_spare(),
         "fragcast_duplicate_chunks_total", "Chunks that came and were here already."},
        {"lost_fragments", core.book.count_lost(), "fragcast_verify_failures_total",
         "Fragments that were here and turned out damaged on disk or gone from it."},
        {"copies_made", core.wants.count_copied(), "fragcast_copies_made_total",
         "Fragments that were fetched for the swarm's sake."},
        {"evicted", core.eviction.count_dropped(), "fragcast_evicted_fragments_total",
         "Fragments that were dropped to make room."},
        {"gaps", core.hearing.count_gaps(), "fragcast_bus_gaps_total",
         "Announcements that were missed, and asked for."},
        {"digests_differed", core.hearing.count_differed(), "fragcast_bus_digests_differed_total",
         "Beacons that showed another state than the one known."},
        {"asks", core.hearing.count_asks(), "fragcast_bus_asks_total",
         "Questions for all that a peer holds, or for all that a bus lists."},
        {"mended", core.hearing.count_mended(), "fragcast_bus_mended_total",
         "Of these, the answers that brought what announcements had not."},
        {"refused_messages", refused(core), "fragcast_refused_messages_total",
         "Messages that made no sense, from others."},
        {"busy_sent", core.answers.count_busy()},
        // Fragments that others took when we left.
        {"handed_over", core.farewell.count_handed_over()},
        {"viewers", core.viewers.count_entered()},
        {"held_requests", core.viewers.count_readers()},
    }};
}

}  // namespace fragcast

// What is counted since the start: what owners count, each number a row with what it is called and
// who counts it, and what is counted where it happens (tally.hpp).
#include "peer/swarm/swarm_counters.hpp"

#include "peer/swarm/core.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace fragcast {

namespace {

constexpr const char* kBytes = "fragcast_transfer_bytes_total";
constexpr const char* kBytesHelp = "Payload exchanged with other peers.";
constexpr const char* kChunks = "fragcast_transfer_chunks_total";
constexpr const char* kChunksHelp = "Chunks exchanged with other peers.";

}  // namespace

// Messages that made no sense, by the owners who refused them.
static std::uint64_t refused(const Core& core) {
    return core.requests.count_unasked() + core.answers.count_refused() +
           core.manifests.count_refused() + core.asks.count_refused() +
           core.clocks.count_refused() + core.neighbours.count_refused();
}

// After those of the same metric, which must not be apart.
static void place(CountersView& out, const CounterView& row) {
    const auto same =
        std::find_if(out.rows.rbegin(), out.rows.rend(), [&row](const CounterView& other) {
            return std::string_view(other.metric ? other.metric : "") == row.metric;
        });
    out.rows.insert(same == out.rows.rend() ? out.rows.end() : same.base(), row);
}

static std::vector<CounterView> of_owners(const Core& core) {
    return {
        {"bytes_in", core.requests.bytes_came(), kBytes, kBytesHelp, "direction", "in"},
        {"bytes_out", core.answers.bytes_sent(), kBytes, kBytesHelp, "direction", "out"},
        {"chunks_in", core.requests.count_came(), kChunks, kChunksHelp, "direction", "in"},
        {"chunks_out", core.answers.count_sent(), kChunks, kChunksHelp, "direction", "out"},
        {"timeouts",
         core.requests.count_timed_out() + core.proofs.count_timed_out() +
             core.manifests.count_timed_out(),
         kInVain, kInVainHelp, "reason", "timeout"},
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
        {"busy_sent", core.answers.count_busy()},
        // Fragments that others took when we left.
        {"handed_over", core.farewell.count_handed_over()},
        {"viewers", core.viewers.count_entered()},
        {"held_requests", core.viewers.count_readers()},
    };
}

CountersView counters_view(const Core& core) {
    CountersView out{of_owners(core)};
    Counts counts = core.tally.all();
    counts[Counted("refused_messages").row] += refused(core);
    for (std::size_t i = 0; i < kCounted.size(); ++i) {
        const CountedRow& row = kCounted[i];
        place(out, {row.name, counts[i], row.metric, row.help, row.label, row.value});
    }
    return out;
}

}  // namespace fragcast

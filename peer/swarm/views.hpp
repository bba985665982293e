// Any thread: immutable values.
//
// What the loop shows to people, made when somebody looks: news, handed to the HTTP actor, of what
// changed since the last; and what the routes make JSON of (HTTP.md names the fields).
#pragma once

#include "messages/wire/message.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace fragcast {

struct ProvenanceView {
    PeerId peer;  // our own id: cut or copied in here
    std::string name;
    std::uint64_t bytes = 0;
};

struct AskedView {
    std::string name;
    std::uint64_t since_ms = 0;  // of the oldest open request
};

struct FragmentView {
    enum class State { missing, wanted, coming, here };
    State state = State::missing;
    std::uint32_t chunks = 0;  // proven
    std::uint32_t chunks_total = 0;
    std::uint64_t size = 0;
    std::uint64_t duration_us = 0;
    std::uint32_t holders = 0;              // others who have it whole, as far as known
    std::vector<std::string> holder_names;  // the first few
    std::vector<ProvenanceView> from;       // who sent how much of it (so far)
    std::vector<AskedView> asked;           // who was asked for more of it and has not answered
    std::uint64_t took_us = 0;              // from the first request for it; 0: it did not come
};

struct AssetView {
    AssetRecord asset;
    bool manifest_here = false;
    bool wanted = false;    // something of it is being fetched
    bool declined = false;  // removed by this peer's user, and not asked for since
    std::uint64_t bytes_here = 0;
    std::uint32_t holders = 0;  // other peers that have something of it, as far as known
    std::string mime;
    std::vector<FragmentView> fragments;  // empty without a manifest
    // One true sentence on what it waits for; empty when it waits for nothing.
    std::string waiting;
};

struct PeerView {
    PeerRecord peer;
    bool self = false;
    bool linked = false;
    bool dialled = false;  // by us
    bool barred = false;
    std::uint64_t rtt_us = 0;
    std::uint64_t rate_in = 0;  // bytes per second, smoothed
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    std::uint64_t receipts = 0;   // whole fragments that it thanked us for
    std::uint32_t fragments = 0;  // it holds, as far as known

    bool operator==(const PeerView&) const = default;
};

struct BusView {
    std::string endpoint;
    enum class State { away, joining, settling, joined };
    State state = State::away;
    std::uint32_t tries = 0;     // since it was last there
    std::uint64_t since_ms = 0;  // how long in this state
};

struct CountersView {
    std::uint64_t bytes_in = 0, bytes_out = 0, chunks_in = 0, chunks_out = 0;
    std::uint64_t bad_chunks = 0, refused_messages = 0, gaps = 0, digests_differed = 0, asks = 0;
    std::uint64_t mended = 0, busy_sent = 0, timeouts = 0, duplicates = 0, viewers = 0;
    std::uint64_t held_requests = 0, busy_in = 0, absent_in = 0, lost_fragments = 0;
    std::uint64_t copies_made = 0, evicted = 0, handed_over = 0;

    // Each by its name in JSON, and, if it is a metric, by that name; what it counts.
    struct Row {
        std::uint64_t CountersView::*number;
        const char* name;
        const char* metric = nullptr;
        const char* help = nullptr;
        const char* label = nullptr;  // and its value
        const char* value = nullptr;
    };
    static const std::array<Row, 21>& rows();
    CountersView& operator+=(const CountersView& other) {
        for (const Row& row : rows())
            this->*row.number += other.*row.number;
        return *this;
    }

    // Each is counted by an owner of the core, or collected from several.
    template <class Core>
    static CountersView of(const Core& core) {
        CountersView out;
        out.bytes_in = core.requests.bytes_came();
        out.bytes_out = core.answers.bytes_sent();
        out.chunks_in = core.requests.count_came();
        out.chunks_out = core.answers.count_sent();
        out.bad_chunks = core.tally.count_wrong();
        out.refused_messages = core.tally.count_refused() + core.requests.count_unasked() +
                               core.answers.count_refused() + core.manifests.count_refused() +
                               core.asks.count_refused() + core.clocks.count_refused() +
                               core.neighbours.count_refused();
        out.gaps = core.hearing.count_gaps();
        out.digests_differed = core.hearing.count_differed();
        out.asks = core.hearing.count_asks();
        out.mended = core.hearing.count_mended();
        out.busy_sent = core.answers.count_busy();
        out.timeouts = core.requests.count_timed_out() + core.proofs.count_timed_out() +
                       core.manifests.count_timed_out();
        out.duplicates =
            core.requests.count_spare() + core.proofs.count_spare() + core.manifests.count_spare();
        out.viewers = core.viewers.count_entered();
        out.held_requests = core.viewers.count_readers();
        out.busy_in = core.tally.count_busy();
        out.absent_in = core.tally.count_absent();
        out.lost_fragments = core.book.count_lost();
        out.copies_made = core.wants.count_copied();
        out.evicted = core.eviction.count_dropped();
        out.handed_over = core.farewell.count_handed_over();
        return out;
    }
};

inline const std::array<CountersView::Row, 21>& CountersView::rows() {
    using C = CountersView;
    constexpr const char* kBytes = "fragcast_transfer_bytes_total";
    constexpr const char* kBytesHelp = "Payload exchanged with other peers.";
    constexpr const char* kChunks = "fragcast_transfer_chunks_total";
    constexpr const char* kChunksHelp = "Chunks exchanged with other peers.";
    constexpr const char* kVain = "fragcast_fetch_failures_total";
    constexpr const char* kVainHelp =
        "Requests that brought nothing: no answer in time, put off, refused, or wrong bytes.";
    static constexpr std::array<Row, 21> kRows{{
        {&C::bytes_in, "bytes_in", kBytes, kBytesHelp, "direction", "in"},
        {&C::bytes_out, "bytes_out", kBytes, kBytesHelp, "direction", "out"},
        {&C::chunks_in, "chunks_in", kChunks, kChunksHelp, "direction", "in"},
        {&C::chunks_out, "chunks_out", kChunks, kChunksHelp, "direction", "out"},
        {&C::timeouts, "timeouts", kVain, kVainHelp, "reason", "timeout"},
        {&C::busy_in, "busy_in", kVain, kVainHelp, "reason", "busy"},
        {&C::absent_in, "absent_in", kVain, kVainHelp, "reason", "absent"},
        {&C::bad_chunks, "bad_chunks", kVain, kVainHelp, "reason", "bad"},
        {&C::duplicates, "duplicates", "fragcast_duplicate_chunks_total",
         "Chunks that came and were here already."},
        {&C::lost_fragments, "lost_fragments", "fragcast_verify_failures_total",
         "Fragments that were here and turned out damaged on disk or gone from it."},
        {&C::copies_made, "copies_made", "fragcast_copies_made_total",
         "Fragments that were fetched for the swarm's sake."},
        {&C::evicted, "evicted", "fragcast_evicted_fragments_total",
         "Fragments that were dropped to make room."},
        {&C::gaps, "gaps", "fragcast_bus_gaps_total",
         "Announcements that were missed, and asked for."},
        {&C::digests_differed, "digests_differed", "fragcast_bus_digests_differed_total",
         "Beacons that showed another state than the one known."},
        {&C::asks, "asks", "fragcast_bus_asks_total",
         "Questions for all that a peer holds, or for all that a bus lists."},
        {&C::mended, "mended", "fragcast_bus_mended_total",
         "Of these, the answers that brought what announcements had not."},
        {&C::refused_messages, "refused_messages", "fragcast_refused_messages_total",
         "Messages that made no sense, from others."},
        {&C::busy_sent, "busy_sent"},
        {&C::handed_over, "handed_over"},  // fragments that others took when we left
        {&C::viewers, "viewers"},
        {&C::held_requests, "held_requests"},
    }};
    return kRows;
}

// How long fragments took, from the first request for them to their end.
struct FetchTimes {
    static constexpr std::array<double, 11> kSeconds = {0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                                        1,    2.5,   5,    10,  30};
    std::array<std::uint64_t, kSeconds.size() + 1> counts{};  // the last: longer than any of them
    double sum_seconds = 0;

    void add(std::chrono::duration<double> took) {
        std::size_t at = 0;
        while (at < kSeconds.size() && took.count() > kSeconds[at])
            ++at;
        ++counts[at];
        sum_seconds += took.count();
    }
};

struct EventView {
    std::uint64_t number = 0;
    std::uint64_t unix_ms = 0;
    std::string kind;
    std::string text;
    PeerId peer;
    AssetId asset;
    std::int64_t fragment = -1;
};

// An offer of ours to one peer.
struct OfferingView {
    PeerRecord to;
    RangeSet offered;
    RangeSet held;        // as the peer's Have says
    bool linked = false;  // the offer was made over a link that is still up
    bool answered = false;
    bool refused = false;
    std::string text;  // why it refuses; until it answers, why it was not reached
    std::uint64_t bytes_sent = 0;
};

struct SpeedLimits {  // bytes per second, 0: none
    std::uint64_t max_upload = 0;
    std::uint64_t max_download = 0;
};

// How far the end of a peer's stay is.
struct FarewellView {
    enum class State { none, stopping, draining };
    State state = State::none;
    bool done = false;
    std::uint64_t fragments_left = 0;
    std::uint64_t bytes_left = 0;
    std::string left;  // "film 3-5, notes 0", for people
};

struct StockView {  // bytes
    std::uint64_t used = 0;
    std::uint64_t limit = 0;  // 0: none
    bool full = false;        // something wanted waits for room
};

struct Overview {  // of all but assets and peers
    PeerRecord self;
    SpeedLimits limits;
    std::uint64_t sequence = 0;
    std::uint64_t uptime_ms = 0;
    bool leaving = false;
    FarewellView farewell;
    StockView stock;
    std::uint64_t at_risk = 0;  // fragments that are here and at no other live peer
    bool room = true;           // on disk
    CountersView counters;
    FetchTimes fetch_times;
    std::vector<BusView> buses;
};

using AssetPtr = std::shared_ptr<const AssetView>;
using PeerPtr = std::shared_ptr<const PeerView>;

struct Snapshot : Overview {
    std::vector<PeerView> peers;   // self first, then by name and id; guests last
    std::vector<AssetPtr> assets;  // by name and id
};

// What changed of what is shown since the last news; the first has all.
struct News {
    std::shared_ptr<const Overview> overview;
    std::vector<AssetPtr> changed;  // by id
    std::vector<AssetId> gone;
    std::vector<PeerPtr> changed_peers{};  // by id, ourselves among them
    std::vector<PeerId> gone_peers{};
};

}  // namespace fragcast

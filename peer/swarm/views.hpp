// Any thread: immutable values.
//
// What the loop shows to people, made when somebody looks: news, handed to the HTTP actor, of what
// changed since the last; and what the routes make JSON of (HTTP.md names the fields).
#pragma once

#include "messages/wire/message.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
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

// What is counted since the start, by its name in JSON; and, if it is a metric, by that one's.
struct CounterView {
    const char* name = "";
    std::uint64_t number = 0;
    const char* metric = nullptr;
    const char* help = nullptr;
    const char* label = nullptr;  // and its value
    const char* value = nullptr;
};

struct CountersView {
    std::vector<CounterView> rows;  // of one metric one after the other

    // Which must be there.
    std::uint64_t operator[](std::string_view name) const {
        std::size_t at = 0;
        while (at < rows.size() && name != rows[at].name)
            ++at;
        return rows.at(at).number;
    }
};

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

// What changed of what is shown since the last news; the first has all.
struct News {
    std::shared_ptr<const Overview> overview;
    std::vector<AssetPtr> changed;  // by id
    std::vector<AssetId> gone;
    std::vector<PeerPtr> changed_peers{};  // by id, ourselves among them
    std::vector<PeerId> gone_peers{};
};

}  // namespace fragcast

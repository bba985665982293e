// Loop thread. Pure.
//
// Which manifests are asked for: one row for each asset, with whom it is asked of, under which
// number, from which byte on, until when; and who failed, and is not asked for it before when
// (PROTOCOL.md, 10.3). An asset is asked of one at a time, part by part, and then lies with the
// store until that has judged it.
//
//   idle ── seek ──▶ asking ── got its last part ──▶ storing ── forget: it is here ──▶ no row
//     ▲                │ late, refused, nonsense, link_gone, stop   │
//     └────────────────┴────────────────────── not_stored ──────────┘
//
// Who failed is left alone for a while: a peer for as long as said, a bus for limits::kLocateMin at
// most. Another is asked at once.
#pragma once

#include "messages/wire/holding.hpp"
#include "peer/swarm/turn.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace fragcast {

class Manifests {
public:
    // At the other end of a link; of link 0: a bus.
    struct From {
        LinkId link;
        BusId bus;
        bool operator==(const From&) const = default;
    };
    // Of a peer that has it: linked and not barred.
    struct Holder {
        PeerId peer;
        LinkId link;
        bool spoke = false;   // answered something on this link
        Time passed_until{};  // passed over before: it let an answer wait
        Duration patience{};  // until its first answer is late
    };
    struct Choice {
        From from;
        PeerId peer;  // zero: a bus
        Duration patience{};
    };
    // Who answers rather than who may; of two alike the first. A bus where there is no holder, and
    // where `passed` holders let their first answer wait; one that was passed over at last, and
    // only where there is no bus.
    static std::optional<Choice> choose(const std::vector<Holder>& holders,
                                        const std::optional<BusId>& bus, std::uint32_t passed,
                                        Time now);

    // Asks one of these, other than who failed, from the first byte on; not of what is asked for
    // already, or lies with the store. None: nobody is asked now. Wakes when an answer is late, or
    // when who failed may be asked again.
    std::optional<From> seek(const AssetId& asset, const std::vector<Holder>& holders,
                             const std::vector<BusId>& joined, Turn& turn);
    bool idle(const AssetId& asset) const;  // neither asked for nor with the store

    // --- answers
    enum class Heard {
        unasked,   // not of whom it came from, or not under its number: nothing changes
        nonsense,  // not the part that was asked for: who sent it is left alone for limits::kBar
        part       // kept, and the next is asked for, or it was the last
    };
    Heard got(const From& from, const ManifestPart& part, std::size_t bytes, Turn& turn);
    // Busy, or it has it not. False: no manifest was asked of it under this number.
    bool refused(const From& from, RequestId request, Duration pause, Turn& turn);

    // --- the other ways out of being asked for
    struct Late {
        LinkId link;          // 0: a bus
        bool passed = false;  // its first answer, and it is passed over: not left alone
    };
    // None: it is not asked for, or not late yet; wakes when it is.
    std::optional<Late> late(const AssetId& asset, Turn& turn);
    void link_gone(LinkId link);
    // Not wanted any more: what lies with the store is judged all the same.
    void stop(const AssetId& asset);

    // --- the store's word
    // Whether what came over this link is what we wait for: else its word changes nothing.
    bool waits_for(const AssetId& asset, LinkId link) const;
    // It was not kept. `who` is at the link's other end, and is left alone; zero: nobody is any
    // more, or it was a bus.
    void not_stored(const AssetId& asset, const PeerId& who, Duration pause, Turn& turn);
    // It is here, or nothing of it is any more.
    void forget(const AssetId& asset) { rows_.erase(asset); }

    std::set<AssetId> asked() const;
    std::size_t size() const { return rows_.size(); }
    std::size_t count_failed() const;  // peers, one for each asset
    // --- since the start
    std::uint64_t count_spare() const { return spare_; }      // parts that nobody waited for
    std::uint64_t count_refused() const { return refused_; }  // parts that are nonsense
    std::uint64_t count_timed_out() const { return timed_out_; }
    // For tests and the simulator: the rule that does not hold; nullptr: all do.
    const char* broken() const;

private:
    enum class State { idle, asking, storing };
    struct Row {
        State state = State::idle;
        RequestId request;
        From from;
        PeerId peer;  // asking: it is at the other end
        std::uint64_t offset = 0;
        std::uint64_t total = 0;  // 0: not told yet
        Time sent{};
        Time due{};                     // then it is late
        std::uint32_t passed = 0;       // holders that let their first answer wait
        std::map<PeerId, Time> failed;  // not asked before
        std::map<BusId, Time> bus_failed;

        bool empty() const {
            return state == State::idle && passed == 0 && failed.empty() && bus_failed.empty();
        }
    };
    using Rows = std::map<AssetId, Row>;
    Rows::iterator find_asked(const From& from, RequestId request);
    static void ask(const AssetId& asset, Row& row, Duration patience, Turn& turn);
    static void fail(Row& row, const PeerId& who, Duration pause, Turn& turn);

    Rows rows_;
    std::uint64_t spare_ = 0;
    std::uint64_t refused_ = 0;
    std::uint64_t timed_out_ = 0;
};

}  // namespace fragcast

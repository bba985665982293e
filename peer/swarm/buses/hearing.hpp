// Loop thread. Pure.
//
// Announcements may be lost: whom we ask again for what, and when. Of each peer, that something it
// said was missed and when it was last asked for all that it has; of each link, how much of that
// answer has come; and the times of the rounds: our beacon, the lists for records that lack, the
// recount of who is silent, the sweep after a welcome (PROTOCOL.md, "Order, gaps, digests").
// A row for each peer that something of the kind is known of; the caller forgets it with the peer.
#pragma once

#include "messages/wire/limits.hpp"
#include "messages/wire/message.hpp"
#include "peer/swarm/buses/availability.hpp"
#include "peer/swarm/turn.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>

namespace fragcast {

class Hearing {
public:
    // --- all that one peer has
    enum class Word { announced, beacon, hello /* its own, or a bus's, that it came */ };
    // What a word is to what is known. True: it is to be asked for all, by ask_all().
    bool heed(const PeerId& peer, Availability::News news, Word word);
    // Its beacon came with this root; and something was announced after it.
    void beacon(const PeerId& peer, const StateDigest& root, Time now);
    void announced(const PeerId& peer);
    void fits(const PeerId& peer);  // what is known of it is what it beacons
    // Some of what it has was forgotten here: no digest of this life can match any more.
    void too_many(const PeerId& peer);
    void begins_anew(const PeerId& peer);

    enum class Whom { nobody /* later, or not at all */, itself, bus };
    struct Ways {
        bool linked = false;
        bool bus = false;                 // one is joined
        std::function<bool()> under_way;  // a bus is asked for all of it already
    };
    // Whom to ask now: itself where it is linked, else a bus. Once in limits::kLocateMin at most;
    // what comes too soon is due then. Where answers fit no beacon again and again
    // that time doubles, up to limits::kAskAllMax, until one fits.
    Whom ask_all(const PeerId& peer, const Ways& ways, Turn& turn);
    void due(const PeerId& peer, Time when, Turn& turn);
    std::set<PeerId> take_due();
    // All of it was told. `news`: something in it was not known, or is no more. An answer of before
    // the last beacon is asked for again.
    void told_all(const PeerId& peer, bool news, const Availability& availability, Turn& turn);
    void unlinked(const PeerId& peer);  // it may be asked at once
    void forget(const PeerId& peer);

    // --- its own answer, have by have
    void asked(LinkId link, RequestId request);  // an earlier question there is forgotten
    void changed(LinkId link);                   // a have that said something new
    struct Told {
        std::set<AssetId> named;
        bool news = false;
    };
    // None: it is no part of the answer, or not the last. One that names more than
    // limits::kMaxAssetsPerPeer is no answer any more.
    std::optional<Told> hear(LinkId link, const Have& have);
    void forget(LinkId link);

    // --- records: an id was named whose record is not known; buses are asked for their lists
    void lacks_record() { records_due_ = true; }
    void lacks_record(Turn& turn);  // and no later than it may be asked for
    bool lacks_records() const { return records_due_; }
    bool ask_for_records(Turn& turn);  // true: now; once in limits::kDirectoryAnswer

    // --- rounds, each true when it is due
    void start(Time now);     // the first beacon is due in a heartbeat
    void welcomed(Time now);  // at once; who was not named until limits::kLease later is gone
    bool beacon_due(Turn& turn);
    bool sweep_due(Turn& turn);
    // Who was not heard of for a lease is looked for in the lists of the buses that named it:
    // looked at each heartbeat, and a bus asked once in a lease.
    bool recount_due(Turn& turn);
    static bool silent(bool linked, Time heard, Time now);
    void recounting(Time now);             // a bus was asked
    void recounted(std::uint64_t absent);  // so many whose end was missed

    std::size_t asks_due() const { return ask_due_.size(); }

    // --- since the start
    std::uint64_t count_gaps() const { return gaps_; }          // between announcements
    std::uint64_t count_differed() const { return differed_; }  // beacons, from what is known
    std::uint64_t count_asks() const { return asks_; }
    std::uint64_t count_mended() const { return mended_; }  // answers that had what was missed
    // For tests and the simulator: the rule that does not hold; nullptr: all do.
    const char* broken() const;

private:
    static constexpr Time kNeverYet{Duration::min()};
    struct Row {
        Time asked_all = kNeverYet;          // somebody was
        Duration wait = limits::kLocateMin;  // from then to the next time
        bool misfit = false;                 // so was the last answer
        bool missed = false;                 // something that it said: the answer mends the picture
        bool too_many = false;
        StateDigest beacon_root;  // of the last beacon, while nothing was announced after it
        Time beacon_at = kNeverYet;
    };
    struct Telling {
        RequestId request;
        Told told;
    };

    std::map<PeerId, Row> rows_;
    std::map<LinkId, Telling> telling_;
    std::set<PeerId> ask_due_;  // to be asked for all, as soon as may be
    bool records_due_ = false;
    Time records_at_{};
    Time recount_at_{};
    Time alive_at_ = kNever;
    Time sweep_at_ = kNever;
    std::uint64_t gaps_ = 0;
    std::uint64_t differed_ = 0;
    std::uint64_t asks_ = 0;
    std::uint64_t mended_ = 0;
};

}  // namespace fragcast

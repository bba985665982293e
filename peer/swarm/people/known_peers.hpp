// Loop thread. Pure.
//
// The peers that somebody told us of: where each lives and on whose word, over which links it is
// up, which buses name it, and what went to and fro. Once limits::kMaxBusPeers are known nobody new
// is, but who is linked or dialled, and only for as long, and whom a bus lists, in place of who was
// only heard of: anybody can invent peers, and they shut out nobody. Forgetting is the caller's,
// who keeps more of them than is here.
#pragma once

#include "messages/wire/limits.hpp"
#include "messages/wire/records.hpp"
#include "peer/swarm/actions.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace fragcast {

// Whose word on a peer its record is. A later one counts for more, and a lesser one never takes its
// place: anybody can repeat another's id and key.
enum class Word {
    nobody,  // the id is known, no record
    other,   // another peer's: an address to try
    hello,   // of who answers to the id on a link: ends with it
    bus
};

struct KnownPeer {
    PeerRecord record;
    Word word = Word::nobody;
    LinkId told_by{};         // hello: over which link
    bool at_home = false;     // hello: we dialled it where it says that it lives
    bool leaving = false;     // it said that it is about to stop
    std::set<LinkId> links;   // up; asked on the first, answered on any
    LinkId dialling{};        // 0: not
    std::set<BusId> live_at;  // buses that named it and did not say that it left
    bool gone = false;        // every bus that named it says so
    Time heard{};             // last named alive: by itself or a bus
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    std::uint64_t receipts = 0;

    bool told() const { return word != Word::nobody; }
    bool linked() const { return !links.empty(); }
    // Neither up nor about to be.
    bool apart() const { return links.empty() && dialling.value == 0; }
};

class KnownPeers {
public:
    // --- who is known. nullptr: it is not.
    const KnownPeer* find(const PeerId& peer) const;
    const PeerRecord* record(const PeerId& peer) const;  // nullptr as well: only the id is
    bool contains(const PeerId& peer) const { return peers_.contains(peer); }
    bool linked(const PeerId& peer) const;
    const std::map<PeerId, KnownPeer>& all() const { return peers_; }
    std::size_t size() const { return peers_.size(); }

    // --- what is said of where it lives
    struct Learnt {
        bool taken = false;  // that is its record now
        bool anew = false;   // the first, or of a later life
    };
    // Who must be forgotten first, so that there is room for one that a bus lists: somebody of whom
    // less is known, and who is neither linked nor dialled. None: there is room, or no such one.
    std::optional<PeerId> in_the_way_of(const PeerId& peer) const;
    // A bus lists it, so it lives.
    Learnt listed(const PeerRecord& record, BusId bus, Time now);
    // Another peer names it. `in_vain`: nobody answered lately where it was said to be until now.
    Learnt mentioned(const PeerRecord& record, bool in_vain);
    // Its hello came on that link, which we dialled at `dialled`; empty: it dialled us.
    Learnt introduced(const PeerRecord& record, LinkId link, const std::string& dialled,
                      bool bus_joined);
    bool room_for(const PeerId& peer) const;  // it is known, or one more may be
    // Somebody speaks of the id alone. False: no room.
    bool named(const PeerId& peer);
    // It speaks on that bus. False: no room.
    bool alive(const PeerId& peer, BusId bus, Time now);
    // It stops, as it says over a link of its own. True: that is news.
    bool leaves(const PeerId& peer);
    // The same, over a bus: of the life that we know, and by one that names it where any does.
    bool leaves(const PeerId& peer, Epoch life, BusId bus);

    // --- its links
    void dialling(const PeerId& peer, LinkId link);
    // It failed, or ended. For whom it was, if nothing is left of it: to be forgotten.
    std::optional<PeerId> dial_over(LinkId link);
    // True: it is the first.
    bool linked(const PeerId& peer, LinkId link);
    enum class Unlinked {
        nothing,   // it was none of its links, or another is left
        voucher,   // as well, but the record was said on this one: to be introduced() on another
        last,      // none is left; it is expected back
        forgotten  // none is left, and nobody else vouches for it, or there are too many
    };
    Unlinked unlinked(const PeerId& peer, LinkId link, bool bus_joined);
    // Who is linked and was not, or the reverse, since the last call.
    std::set<PeerId> take_relinked() { return std::exchange(relinked_, {}); }
    // Of whom anything that people see is otherwise than at the last call; they may be forgotten.
    std::set<PeerId> take_changed() { return std::exchange(changed_, {}); }

    // --- for who counts them: each raised when somebody may count as another thing than before, by
    // what is said of it, or because it is linked or is no more
    std::uint64_t renewals() const { return renewals_; }
    std::uint64_t relinks() const { return relinks_; }

    // --- what buses say of who left
    enum class Left {
        nothing,   // that bus did not name it, or another still does
        linked,    // all say so, but it is here
        forgotten  // nobody has it any more: to be forgotten
    };
    Left left(const PeerId& peer, BusId bus);
    void bus_lost(BusId bus);
    // At that bus, not heard of since then and not in its list.
    std::vector<PeerId> unlisted(BusId bus, const std::set<PeerId>& listed, Time since) const;
    // Named by no bus, and apart.
    std::vector<PeerId> strays() const;

    // --- what went to and fro, with who is linked
    void came(const PeerId& peer, std::uint64_t bytes);
    void sent(const PeerId& peer, std::uint64_t bytes);
    void thanked(const PeerId& peer);

    void forget(const PeerId& peer);

    // For tests: the rule that does not hold; nullptr: all do.
    const char* broken() const;

private:
    bool crowded() const { return peers_.size() > limits::kMaxBusPeers; }
    KnownPeer* at(const PeerId& peer);
    KnownPeer* at_or_new(const PeerId& peer);  // nullptr: no room
    Learnt take(KnownPeer& known, const PeerRecord& record, Word word);
    void relinked(const PeerId& peer);

    std::map<PeerId, KnownPeer> peers_;
    std::set<PeerId> relinked_;
    std::set<PeerId> changed_;
    std::uint64_t renewals_ = 0;
    std::uint64_t relinks_ = 0;
};

}  // namespace fragcast

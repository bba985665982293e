// Loop thread. Pure.
//
// What to ask, of whom. Work is ordered by one comparison over (zone, deadline, whose wish, rarity,
// chance); for each piece of work, choosing the neighbour and choosing the chunks are two
// functions. After the streaming algorithm of libtorrent: the most urgent first, of whom will have
// it here soonest.
#pragma once

#include "messages/wire/holding.hpp"
#include "peer/swarm/actions.hpp"
#include "peer/swarm/people/neighbour.hpp"

#include <cstdint>
#include <vector>

namespace fragcast {

enum class Zone : std::uint8_t {
    urgent,  // a viewer is about to need it: by deadline
    near,    // the same viewer's next minute: in order
    far      // everything else: rarest first
};

// Chunks of one fragment that are wanted alike.
struct Work {
    FragmentRef fragment;
    Span chunks;
    Zone zone = Zone::far;
    Time deadline = kNever;     // of the first of them; kNever in the far zone
    bool others = false;        // no user here wishes it: it was offered, or is to be a copy
    std::uint32_t holders = 0;  // who has the fragment whole
    bool begun = false;         // what is begun is ended first: a whole fragment is a copy
    std::uint64_t salt = 0;
};
// The order of preference, whole.
bool before(const Work& a, const Work& b);

// A neighbour that may be asked, and what it has of the fragment in question. What else a rule
// needs to know of the neighbour it asks there.
struct Lane {
    const Neighbour* n = nullptr;
    RangeSet can;            // chunks that it claims
    std::uint32_t room = 0;  // chunks that it may be asked for now
    Duration queue_time{};   // until what is asked there already will have come
    Duration chunk_time{};   // what each further chunk adds

    LinkId link() const { return n->link(); }
};
struct Pick {
    LinkId link;
    Span chunks;
    bool operator==(const Pick&) const = default;
};

// Whom: the lane that has the chunk here soonest; of bad standing later. nullptr: nobody.
Lane* choose_whom(std::vector<Lane>& lanes, const RangeSet& free);
// What: a run of at most `most` chunks, the first at or after `start`, else the first of all.
Span choose_what(const RangeSet& can, std::uint32_t start, std::uint32_t most);

// Deals `free`, chunks of this work that nobody was asked for, out to the lanes; takes from their
// room. In the far zone each lane is first asked for what only it has, begun at a place of chance:
// so that peers who want the same of one source get different parts, and pass them on.
std::vector<Pick> deal(const Work& work, RangeSet free, std::vector<Lane>& lanes);

}  // namespace fragcast

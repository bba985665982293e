// Loop thread. Pure.
//
// What lies in libzmq's hands for those who do not take it: who may be given more, and who is cut.
// A link has at most limits::kMaxUnsentBytes of payload there, until it took more no more than
// limits::kMinInFlightBytes and what it took; all have limits::kMaxUnsentPayloadBytes, and of that
// a link no more than it leaves to others. The last eighth is for those for whom nothing lies. So
// many who take nothing leave room for one who does. Who takes next to nothing of what lies for it
// is cut after limits::kUntakenLongest, and after limits::kUntakenWanted if somebody found no room
// meanwhile: the laziest first, of equally lazy ones who has most, until half of it is free again.
// (The rule of shares is that of Choudhury and Hahne, "Dynamic queue length thresholds for
// shared-memory packet switches", 1998.)
#pragma once

#include "peer/swarm/actions.hpp"

#include <cstdint>
#include <map>
#include <vector>

namespace fragcast {

class Untaken {
public:
    // One for whom something lies: how many bytes, and how many it took in all so far.
    struct Line {
        LinkId link;
        std::uint64_t lies = 0;
        std::uint64_t taken = 0;
    };
    // Whether a link that took so many bytes in all, and for which `own` bytes of payload lie, may
    // be given more; `all`: of all links.
    static bool has_room(std::uint64_t own, std::uint64_t taken, std::uint64_t all);
    // Whether what lies for others is why it may not.
    static bool lacks_room(std::uint64_t own, std::uint64_t all);
    // Somebody got nothing because of what lies for others.
    void no_room() { wanted_ = true; }
    // All for whom something lies now; from time to time. Who is to be cut: the laziest first.
    std::vector<LinkId> look(const std::vector<Line>& lines, Time now);
    std::size_t size() const { return seen_.size(); }

private:
    struct Seen {
        std::uint64_t goal = 0;  // when it took so much, it counts as one who takes
        Time since{};
    };
    std::map<LinkId, Seen> seen_;
    bool wanted_ = false;
};

}  // namespace fragcast

// Loop thread. Pure.
//
// What of a request that takes too long is asked of somebody else: of a second neighbour as well,
// while a viewer waits or the first never gave anything; or of an idle one instead, which would
// have it here much sooner (the endgame of BitTorrent's BEP 3, with its waste capped:
// requests.hpp).
#pragma once

#include "peer/swarm/fetch/inflight.hpp"
#include "peer/swarm/fetch/picker.hpp"
#include "peer/swarm/people/neighbour.hpp"

#include <vector>

namespace fragcast::rescues {

inline constexpr Duration kWorthIt{500'000};     // what taking a request elsewhere must save
inline constexpr Duration kArriving{1'000'000};  // who gave so lately is about to give more

// Chunks that the request waits for, are `lacking` still, and nobody else is asked for.
RangeSet once_asked(const Asked& asked, const RangeSet& lacking, const Inflight& open);
// Of these lanes, those that can be the second: not who was asked for some of it; where the first
// is mute, only who gave something before.
void keep_second(std::vector<Lane>& lanes, const Asked& asked, bool mute, const Inflight& open);
// What an idle neighbour, which claims `claim`, takes over of a request at a slow one. Empty: it is
// not worth it, or it cannot. Never the chunk that is arriving.
RangeSet worth_moving(const Asked& asked, const Neighbour& slow, const Neighbour& idle,
                      const Holding& claim, Time now);

}  // namespace fragcast::rescues

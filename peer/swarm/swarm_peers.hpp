// Loop thread. Pure. Who is known, on whose word: a bus's, their own, another's.
#pragma once

#include "peer/swarm/core.hpp"

namespace fragcast {

// By a bus; none: another peer says it.
void learn(Core& core, const PeerRecord& record, std::optional<BusId> bus, Turn& turn);
// by hello
void learn(Core& core, const Neighbour& n);
void forget_peer(Core& core, const PeerId& peer, Turn& turn);
// Of a life that no bus has heard of, though one is asked.
bool unheard_of(Core& core, const PeerId& peer, Epoch epoch, Turn& turn);
// and counted
bool too_far_ahead(Core& core, Epoch epoch, Turn& turn);

}  // namespace fragcast

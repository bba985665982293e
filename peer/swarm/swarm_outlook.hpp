// Loop thread. Pure. What becomes of a want, for those who do not wish to wait for what cannot
// come.
#pragma once

#include "peer/swarm/core.hpp"

namespace fragcast {

bool out_of_reach(const Core& core, const PeerId& id, Time now);

}  // namespace fragcast

// Loop thread. Pure. Requests that take too long: asked of a second neighbour, taken back, given
// up.
#pragma once

#include "peer/swarm/core.hpp"

namespace fragcast {

void time_out(Core& core, Turn& turn);
void rescue(Core& core, Turn& turn);

}  // namespace fragcast

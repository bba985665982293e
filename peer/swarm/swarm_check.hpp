// Loop thread. Pure. What must always hold, checked in every build: the simulator and the tests
// call it.
#pragma once

#include "peer/swarm/core.hpp"

namespace fragcast {

void check(const Core& core, Time now);

}  // namespace fragcast

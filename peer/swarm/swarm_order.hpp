// Loop thread. Pure. What is wanted that is not here, put in order.
#pragma once

#include "peer/swarm/core.hpp"

namespace fragcast {

void make_order(Core& core, Time now);

}  // namespace fragcast

// Loop thread. Pure. What is counted since the start, as it is shown to people.
#pragma once

#include "peer/swarm/core.hpp"

namespace fragcast {

CountersView counters_view(const Core& core);

}  // namespace fragcast

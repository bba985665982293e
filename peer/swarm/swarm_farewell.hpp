// Loop thread. Pure. The end of a stay: what must not be lost is offered to those who stay.
#pragma once

#include "peer/swarm/core.hpp"

namespace fragcast {

void on_stop(Core& core, const facts::StopAsked& asked, Turn& turn);
void tick_farewell(Core& core, Turn& turn);

}  // namespace fragcast

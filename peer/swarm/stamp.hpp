// Loop thread. Pure. The header that goes before what a swarm says (PROTOCOL.md, sections 2 and 6).
#pragma once

#include "messages/wire/message.hpp"
#include "peer/swarm/swarm.hpp"

namespace fragcast {

// Who says it, in which epoch, and as of which change of what it holds: `change` where that is
// given, else the current one; 0 for announcements that say nothing of what the sender holds.
Message stamp(const Swarm& swarm, Body body, Sequence change = {});

}  // namespace fragcast

// Loop thread. Pure. What is shown of peers.
#pragma once

#include "peer/swarm/core.hpp"

namespace fragcast {

PeerView view(const Core& core, const KnownPeer& peer, Time now);
// Of those who are not as they were: what is seen of them is. At the end of each fact, once.
void touch_peers(Core& core);
// Into the news, who looks otherwise than at the last, and who is no more.
void peers_news(Core& core, News& out, Time now);

}  // namespace fragcast

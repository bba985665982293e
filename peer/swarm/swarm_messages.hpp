// Loop thread. Pure. What neighbours say, kind by kind.
#pragma once

#include "peer/swarm/core.hpp"

namespace fragcast {

void on_message(Core& core, const facts::LinkSaid& said, Turn& turn);
Have have_of(const Core& core, const AssetId& asset);
// of an answer to ask_have of all
void tell_more(Core& core, Neighbour& n, Turn& turn);
void push_have(Core& core, const AssetId& asset, const Have& have, Turn& turn);
void push_partials(Core& core, Turn& turn);

}  // namespace fragcast

// Loop thread. Pure. Offering an asset to peers, and watching it arrive there.
#pragma once

#include "peer/swarm/core.hpp"

namespace fragcast {

void on_publish(Core& core, facts::PublishAsked asked, Turn& turn);
void add_offering(Core& core, const AssetId& id, Offering offering, OfferReason reason, Time now);
void offer_to_all(Core& core, Turn& turn);
void offer_to(Core& core, Neighbour& n, Turn& turn);
void tick_publishing(Core& core, Turn& turn);

}  // namespace fragcast

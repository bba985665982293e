// Loop thread. Pure. What is known of assets because others named them, and when that is forgotten
// again.
#pragma once

#include "peer/swarm/core.hpp"

namespace fragcast {

// It is named. nullptr: it is not known, and nothing known may be forgotten for it.
const KnownAsset* hear_of(Core& core, const AssetId& id, const PeerId& holder, Time now);
// Somebody here has to do with it.
bool is_ours(const Core& core, const KnownAsset& asset);
// nobody here has to do with it any more
void heard_only(Core& core, const AssetId& id, Time now);
// for one more asset
bool make_room(Core& core, Time now);
void tick_heard(Core& core, Turn& turn);

}  // namespace fragcast

// Loop thread. Pure. What the user of this peer takes away: an asset, or files from its store.
#pragma once

#include "peer/swarm/core.hpp"

namespace fragcast {

void decline(Core& core, const KnownAsset& asset, bool declined, Turn& turn);
void on_remove(Core& core, const AssetId& id, Turn& turn);
void on_asset_dropped(Core& core, const AssetId& id);
void on_asset_taken(Core& core, const AssetId& id, Turn& turn);
void on_fragments_taken(Core& core, const AssetId& id, const RangeSet& fragments, Turn& turn);

}  // namespace fragcast

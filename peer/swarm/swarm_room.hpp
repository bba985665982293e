// Loop thread. Pure. The limit of the store: what is counted, and what is dropped to make room.
// Never a copy that the swarm would miss: R witnesses are heard first (PROTOCOL.md, "Eviction").
#pragma once

#include "peer/swarm/core.hpp"

namespace fragcast {

// Counts what takes more or less than it did; who reads the room does so first.
void restock(Core& core);
// What the room should have counted of it.
std::uint64_t takes(const Core& core, const KnownAsset& asset);
bool fits(Core& core, const KnownAsset& asset, FragmentIndex fragment);
bool could_hold(Core& core, std::uint64_t bytes, Time now);
void came(Core& core, const KnownAsset& asset, FragmentIndex fragment, bool fetched, Turn& turn);
void tick_room(Core& core, Turn& turn);
void hear_witness(Core& core, const Neighbour& n, const Have& have, Turn& turn);
void keep_after_all(Core& core, const Eviction::Outcome& outcome, Turn& turn);
// somebody here wants it again
void spare(Core& core, const AssetId& asset, Turn& turn);

}  // namespace fragcast

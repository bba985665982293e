// Loop thread. Pure. What we call others, and who else has something.
#pragma once

#include "peer/swarm/core.hpp"

namespace fragcast {

// By anyone that is no guest, `but` this one.
bool held_elsewhere(const Core& core, const AssetId& asset, const PeerId& but);
std::string name_of_peer(const Core& core, const PeerId& peer);
std::string name_of_asset(const Core& core, const AssetId& asset);

}  // namespace fragcast

// Loop thread. Pure. Where manifests and holders are looked for: neighbours, buses, friends.
#pragma once

#include "peer/swarm/core.hpp"

namespace fragcast {

bool any_bus_joined(const Core& core);
bool no_bus_answers(const Core& core);
void seek(Core& core, Turn& turn);
void got(Core& core, const Manifests::From& from, const ManifestPart& part, std::size_t bytes,
         Turn& turn);
bool lacks_holders(const Core& core, const KnownAsset& asset, Time now);
void keep_friends(Core& core, Turn& turn);
void ask_around(Core& core, LinkId link, Turn& turn);

}  // namespace fragcast

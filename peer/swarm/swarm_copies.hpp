// Loop thread. Pure. Copies: what we want for the swarm's sake, and what only we have.
#pragma once

#include "peer/swarm/core.hpp"

namespace fragcast {

// Who counts as what, as all stands now.
Membership membership(const Core& core);
// What was concluded of others, where that may have changed: copies are looked at again.
void follow_members(Core& core);
const std::vector<CopyMember>& members(Core& core);
CopyPicture picture(Core& core, const KnownAsset& asset, Time now);
void tick_copies(Core& core, Turn& turn);
Keeper::Holds holds_of(const Core& core, const PeerId& peer);
// A life of it begins of which nothing is known yet.
void begins_anew(Core& core, const PeerId& peer, Epoch epoch, Turn& turn);

}  // namespace fragcast

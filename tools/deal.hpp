// Any thread: pure. Which peer `put` offers which fragment.
#pragma once

#include "messages/manifest.hpp"
#include "peer/swarm.hpp"

#include <vector>

namespace fragcast::tools {

// `spread`: fragment i, and its further copies, to peers i, i+1, … in turn, so that (with two peers
// at least and fewer copies than peers) nobody has all. `each`: everything to every peer, as --to
// asks. Else each fragment to the R peers that rendezvous hashing names (PROTOCOL.md, "Copies"); to
// all where there are fewer. Peers that get nothing are left out.
std::vector<Offering> deal(const Manifest& manifest, const AssetId& asset,
                           const std::vector<PeerRecord>& peers, bool spread, bool each);

}  // namespace fragcast::tools

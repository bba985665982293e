// Loop thread. Pure. What others ask of us: chunks, proofs, manifests, and what we know.
#pragma once

#include "peer/swarm/core.hpp"

namespace fragcast {

RangeSet proven(const Core& core, const FragmentRef& fragment);
void serve(Core& core, Neighbour& n, const Request& request, Turn& turn);
void serve(Core& core, Neighbour& n, const AskProof& ask, Turn& turn);
void serve(Core& core, Neighbour& n, const AskManifest& ask, Turn& turn);
void on_sent(Core& core, const facts::Sent& sent, Turn& turn);
void serve(Core& core, Neighbour& n, const Locate& ask, Turn& turn);
void serve(Core& core, Neighbour& n, const ListPeers& ask, Turn& turn);
void serve(Core& core, Neighbour& n, const ListAssets& ask, Turn& turn);

}  // namespace fragcast

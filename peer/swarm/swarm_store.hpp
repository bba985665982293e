// Loop thread. Pure. What the store says: verdicts on what came, fragments done and lost, assets
// added.
#pragma once

#include "peer/swarm/core.hpp"

namespace fragcast {

void on_chunk_stored(Core& core, const ChunkRef& chunk, LinkId from, StoreVerdict verdict,
                     Turn& turn);
void wrong(Core& core, const FragmentRef& fragment, ChunkIndex chunk, LinkId from, Turn& turn);
void bar_liar(Core& core, LinkId link, Turn& turn);
void forgive(Core& core, Neighbour& n, const Have& have);
void on_proof_stored(Core& core, const facts::ProofStored& stored, Turn& turn);
void on_manifest_stored(Core& core, facts::ManifestStored stored, Turn& turn);
void on_room(Core& core, bool room, Turn& turn);
void announce(Core& core, const KnownAsset& asset, const RangeSet& fragments, Turn& turn);
void on_fragment_done(Core& core, const FragmentRef& fragment, Turn& turn);
void on_fragment_lost(Core& core, const FragmentRef& fragment, Turn& turn);
void not_here(Core& core, const AssetId& id, const RangeSet& fragments, Turn& turn);
void on_fragment_damaged(Core& core, const facts::FragmentDamaged& found, Turn& turn);
void on_fragment_failed(Core& core, const FragmentRef& fragment, const std::string& why,
                        Turn& turn);
void on_asset_added(Core& core, StoredAsset stored, Turn& turn);

}  // namespace fragcast

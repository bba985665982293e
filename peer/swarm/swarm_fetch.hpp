// Loop thread. Pure. What we ask of others: proofs and chunks; and what they answer.
#pragma once

#include "peer/swarm/core.hpp"

namespace fragcast {

Assembly& begin(Core& core, const KnownAsset& asset, FragmentIndex fragment);
std::uint32_t length(const Core& core, const ChunkRef& chunk);
// of those who are linked and not barred
Lanes lanes_now(Core& core, Turn& turn);
void plan(Core& core, Turn& turn);
void ask(Core& core, const Work& work, const Pick& pick, bool again, Turn& turn);
void relieve(Core& core, const Asked& asked, const RangeSet& chunks, Time now);
void cancel(Core& core, RequestId request, Turn& turn);
void got(Core& core, Neighbour& n, const Data& data, std::size_t bytes, Turn& turn);
void got(Core& core, Neighbour& n, const ProofPart& part, std::size_t bytes, Turn& turn);
void got(Core& core, Neighbour& n, const Absent& absent, Turn& turn);
void got(Core& core, Neighbour& n, const Busy& busy, Turn& turn);

}  // namespace fragcast

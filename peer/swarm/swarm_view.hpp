// Loop thread. Pure. What is shown to people, and what is known by name.
#pragma once

#include "peer/swarm/core.hpp"

#include <functional>

namespace fragcast {

void touch(Core& core, const AssetId& id);
std::vector<AssetRecord> find(const Core& core, const std::string& name_or_id);
// One after the other by id, ourselves among them, until `tell` says false: what is asked for a
// page costs a page.
void each_holder(const Core& core, const AssetId& id,
                 const std::function<bool(const PeerRecord&, const RangeSet&)>& tell);
void each_peer(const Core& core, const PeerId& after,
               const std::function<bool(const PeerRecord&)>& tell);
std::vector<HolderRecord> holders(const Core& core, const AssetId& id);
bool holdings(const Core& core, HoldingsPlace& place, std::size_t steps,
              std::vector<HoldingRecord>& out);
std::vector<PeerRecord> known_peers(const Core& core);
std::string waiting(const Core& core, const KnownAsset& asset, Time now);
std::shared_ptr<const AssetView> view(Core& core, const KnownAsset& asset, Time now);
FarewellView farewell_view(const Core& core);
bool is_shown(const Core& core, const KnownAsset& asset, bool by_friends);
News news(Core& core, Time now);

}  // namespace fragcast

// Loop thread. Pure: what the swarm core remembers of assets; only swarm_*.cpp include this.
#pragma once

#include "peer/swarm/fetch/timeline.hpp"
#include "peer/swarm/swarm.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace fragcast {

struct AssetState {
    AssetId id;
    AssetRecord record;
    bool told = false;  // the record is known
    std::shared_ptr<const Manifest> manifest;
    std::unique_ptr<Timeline> timeline;  // with the manifest
    bool dropping = false;               // the store has not yet said that it is gone

    Header published;  // of the last word that it was; every bus carries it

    bool dirty = true;
    std::shared_ptr<const AssetView> view;
};

}  // namespace fragcast

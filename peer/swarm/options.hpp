// Loop thread: value types. What a swarm's owners work by, as its user gave it. An owner that works
// by some of them has a reference to all, and reads one where it decides.
#pragma once

#include "messages/wire/limits.hpp"
#include "messages/wire/records.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace fragcast {

struct SwarmOptions {
    PeerRecord self;  // id, epoch, name, addresses; guest = never counts as a holder of copies
    Bytes key;        // public
    std::uint32_t buses = 1;
    std::vector<std::string> bus_endpoints;  // their names in texts and views, where given
    std::vector<std::string> friends;        // endpoints, asked in order when no bus answers
    std::uint64_t max_upload = 0;            // bytes per second, 0 = no limit
    std::uint64_t max_download = 0;
    std::uint32_t upload_slots = limits::kUploadSlots;
    std::uint64_t max_store = 0;                   // bytes of fragments that are kept; 0: no limit
    Duration repair_after = limits::kRepairAfter;  // how long a missing peer is expected back
    std::vector<AssetId> declined;  // removed by the user of this peer, as the store remembers
    std::size_t max_assets = limits::kMaxAssetsKnown;
};

}  // namespace fragcast

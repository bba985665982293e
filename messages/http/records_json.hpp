// Any thread. Records as the JSON of HTTP.md; one place for bus, peer and tools.
#pragma once

#include "messages/wire/records.hpp"

#include <nlohmann/json_fwd.hpp>

namespace fragcast {

nlohmann::json to_json(const PeerRecord& peer);    // Peer, the fields that a bus knows
nlohmann::json to_json(const AssetRecord& asset);  // Asset, without "here" and "holders"
nlohmann::json to_json(const EventRecord& event);  // Event

}  // namespace fragcast

// Any thread. Records as the JSON of HTTP.md; one place for bus, peer and tools.
#pragma once

#include "messages/wire/records.hpp"

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace fragcast {

nlohmann::json to_json(const PeerRecord& peer);    // Peer, the fields that a bus knows
nlohmann::json to_json(const AssetRecord& asset);  // Asset, without "here" and "holders"
nlohmann::json to_json(const EventRecord& event);  // Event

// Names come from outside: bytes that are no UTF-8 become U+FFFD.
std::string json_text(const nlohmann::json& json);

}  // namespace fragcast

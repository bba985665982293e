// Any thread. What the bus's HTTP shows, as HTTP.md names it.
#pragma once

#include "bus/directory_session.hpp"

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace fragcast {

nlohmann::json peer_json(const Leases::Lease& lease, Time now);
nlohmann::json asset_json(const Leases::Asset& asset);
nlohmann::json events_json(const EventRing::Page& page);
nlohmann::json counters_json(const DirectorySession& session);

}  // namespace fragcast

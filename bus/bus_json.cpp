#include "bus/bus_json.hpp"

#include "messages/http/records_json.hpp"

#include <chrono>

#include <nlohmann/json.hpp>

namespace fragcast {

using nlohmann::json;

json peer_json(const Leases::Lease& lease, Time now) {
    json out = to_json(lease.peer);
    out["age_ms"] =
        std::chrono::duration_cast<std::chrono::milliseconds>(now - lease.heard).count();
    return out;
}

json asset_json(const Leases::Asset& asset) {
    json out = to_json(asset.record);
    out["holders"] = asset.holders.size();
    return out;
}

json events_json(const EventRing::Page& page) {
    json events = json::array();
    for (const EventRecord& event : page.events)
        events.push_back(to_json(event));
    return {{"events", std::move(events)}, {"next", page.next}, {"lost", page.lost}};
}

json counters_json(const DirectorySession& session) {
    json out = json::object();
    for (const CounterRecord& counter : session.counters())
        out[counter.name] = counter.value;
    return out;
}

}  // namespace fragcast

#include "messages/http/records_json.hpp"

#include <nlohmann/json.hpp>

namespace fragcast {

using nlohmann::json;

json to_json(const PeerRecord& peer) {
    return {{"id", peer.id.text()},      {"name", peer.name},      {"exchange", peer.exchange},
            {"http", peer.http},         {"guest", peer.guest},    {"draining", peer.draining},
            {"epoch", peer.epoch.value}, {"entered", peer.entered}};
}

json to_json(const AssetRecord& asset) {
    return {{"id", asset.id.text()},
            {"name", asset.name},
            {"kind", name_of(asset.kind)},
            {"size", asset.size},
            {"duration_us", asset.duration_us},
            {"fragments", asset.fragments},
            {"replicas", asset.replicas}};
}

json to_json(const EventRecord& event) {
    return {{"number", event.number},
            {"unix_ms", event.unix_ms},
            {"kind", event.kind},
            {"text", event.text},
            {"peer", event.peer.is_zero() ? "" : event.peer.text()},
            {"asset", event.asset.is_zero() ? "" : event.asset.text()}};
}

std::string json_text(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace fragcast

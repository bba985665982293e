#include "tools/ask.hpp"

#include "messages/http/records_json.hpp"
#include "messages/wire/limits.hpp"
#include "messages/wire/name_or_id.hpp"
#include "messages/wire/utf8.hpp"
#include "tools/directory_client.hpp"
#include "tools/http_client.hpp"
#include "tools/show.hpp"

#include <map>

#include <nlohmann/json.hpp>

namespace fragcast::tools {

using nlohmann::json;

namespace {

// The context must outlive the client's socket.
struct Bus {
    zmq::context_t context;
    Result<DirectoryClient> client;

    explicit Bus(const Common& common, double seconds = 5)
        : client(DirectoryClient::open(context, common.bus, std::min(common.timeout, seconds))) {}
};

}  // namespace

namespace {

Result<json> parsed(const std::string& body, const std::string& where, Answer kind = Answer::one) {
    auto answer = read_object(body, kind);
    if (!answer) return fail(ErrorKind::invalid, where + ": " + answer.error().text);
    return answer;
}

// Who answers there. A bus has no peer's id, and may be looked at.
Result<Common> at_address(Common common) {
    while (common.peer.ends_with('/'))
        common.peer.pop_back();
    const auto body = http_get(common.peer + "/api/v1/info", "", common.timeout);
    if (!body) return body.error();
    const auto info = parsed(*body, common.peer);
    if (!info) return info.error();
    if (text_of(*info, "program") == "fragcast-peer") common.peer_id = text_of(*info, "id");
    return common;
}

}  // namespace

std::string problem_of_name(const std::string& word) {
    if (word.size() > limits::kMaxNameBytes)
        return "no asset has a name of more than " + std::to_string(limits::kMaxNameBytes) +
               " bytes";
    return valid_utf8(word) ? "" : "no asset has a name that is no UTF-8";
}

Result<Common> at_peer(const Common& common, std::size_t digits) {
    if (!common.peer_id.empty()) return common;
    if (common.peer.starts_with("http://")) return at_address(common);
    Bus bus(common);
    if (!bus.client) return bus.client.error();
    const auto peers = bus.client->peers();
    if (!peers) return peers.error();
    const auto fit = meant_by(common.peer, *peers, digits);
    if (fit.empty())
        return fail(ErrorKind::unavailable,
                    "no peer \"" + common.peer + "\" is known at " + common.bus);
    if (fit.size() > 1) return several_meant(common.peer, fit);
    if (fit.front().http.empty())
        return fail(
            ErrorKind::unavailable,
            "peer \"" + common.peer +
                "\" has no page that is reached from here. On its own machine name it by "
                "its address, --peer http://127.0.0.1:8001 (its first line says which); for "
                "others start it with --http ADDRESS");
    Common found = common;
    found.peer = fit.front().http;
    found.peer_id = fit.front().id.text();
    return found;
}

Result<json> ask_peer(const Common& common, const std::string& path, Answer kind) {
    const auto at = at_peer(common);
    if (!at) return at.error();
    const auto body =
        http_get(at->peer + "/api/v1/" + path, at->peer_id, common.timeout, limits_of(kind));
    if (!body) return body.error();
    return parsed(*body, at->peer, kind);
}

Result<std::pair<long, json>> tell_peer(const Common& common, const std::string& method,
                                        const std::string& path, const json& body) {
    const auto at = at_peer(common);
    if (!at) return at.error();
    if (at->peer_id.empty())
        return fail(ErrorKind::refused, at->peer + " is no peer; name one: --peer NAME");
    // A peer answers a held request after 25 s at the latest.
    const auto done =
        http_change(method, at->peer + "/api/v1/" + path, at->peer_id,
                    body.is_null() ? "" : body.dump(), std::max(common.timeout, 40.0));
    if (!done) return done.error();
    auto answer = parsed(done->body, at->peer);
    if (!answer) return answer.error();
    return std::pair(done->status, std::move(*answer));
}

Result<json> bus_assets(const Common& common) {
    Bus bus(common);
    if (!bus.client) return bus.client.error();
    const auto assets = bus.client->assets();
    if (!assets) return assets.error();
    json list = json::array();
    for (const auto& asset : *assets)
        list.push_back(to_json(asset));
    return json{{"assets", std::move(list)}};
}

Result<json> bus_peers(const Common& common) {
    Bus bus(common);
    if (!bus.client) return bus.client.error();
    const auto peers = bus.client->peers();
    if (!peers) return peers.error();
    json list = json::array();
    for (const auto& peer : *peers)
        list.push_back(to_json(peer));
    return json{{"peers", std::move(list)}};
}

Result<json> bus_directory(const Common& common) {
    Bus bus(common);
    if (!bus.client) return bus.client.error();
    const auto peers = bus.client->peers();
    if (!peers) return peers.error();
    const auto assets = bus.client->assets();
    if (!assets) return assets.error();
    const auto holdings = bus.client->holdings();
    if (!holdings) return holdings.error();
    std::map<AssetId, std::string> names;
    for (const auto& asset : *assets)
        names[asset.id] = asset.name;
    std::map<PeerId, json> held;
    for (const auto& holding : *holdings)
        held[holding.peer].push_back({{"asset", holding.asset.text()},
                                      {"name", names[holding.asset]},
                                      {"fragments", holding.fragments.text()}});
    json list = json::array();
    for (const auto& peer : *peers) {
        json row = to_json(peer);
        row["holds"] = held.contains(peer.id) ? held[peer.id] : json::array();
        list.push_back(std::move(row));
    }
    return json{
        {"settling", bus.client->settling()}, {"peers", std::move(list)}, {"source", "bus"}};
}

Result<json> bus_locate(const Common& common, const std::string& what, std::int64_t fragment) {
    // Longer than a bus settles.
    Bus bus(common, 10);
    if (!bus.client) return bus.client.error();
    const auto located = bus.client->locate(what, fragment);
    if (!located) return located.error();
    json holders = json::array();
    for (const auto& holder : located->holders)
        holders.push_back({{"peer", to_json(holder.peer)}, {"fragments", holder.fragments.text()}});
    return json{{"asset", to_json(located->assets.front())},
                {"holders", std::move(holders)},
                {"source", "bus"}};
}

Result<json> locate(const Common& common, const std::string& what, std::int64_t fragment,
                    const std::string& via) {
    if (common.peer.empty()) {
        if (via.empty() || via == "bus") return bus_locate(common, what, fragment);
        return fail(ErrorKind::invalid, "--via " + via + " asks a peer: name it by --peer");
    }
    std::string path = "locate?name=" + url_escape(what);
    if (fragment >= 0) path += "&fragment=" + std::to_string(fragment);
    if (!via.empty()) path += "&via=" + via;
    return ask_peer(common, path);
}

Result<json> bus_events(const Common& common, std::uint64_t from) {
    Bus bus(common);
    if (!bus.client) return bus.client.error();
    const auto answer = bus.client->ask(AskEvents{{}, from, limits::kMaxEventsPerPage});
    if (!answer) return answer.error();
    const auto* events = std::get_if<Events>(&*answer);
    if (events == nullptr)
        return fail(ErrorKind::invalid, "the bus gave another answer than was asked for");
    json list = json::array();
    for (const auto& event : events->events)
        list.push_back(to_json(event));
    return json{{"events", std::move(list)}, {"next", events->next}, {"lost", events->lost}};
}

Result<json> bus_info(const Common& common) {
    Bus bus(common);
    if (!bus.client) return bus.client.error();
    const auto answer = bus.client->ask(AskStats{});
    if (!answer) return answer.error();
    const auto* stats = std::get_if<Stats>(&*answer);
    if (stats == nullptr)
        return fail(ErrorKind::invalid, "the bus gave another answer than was asked for");
    json counters = json::object();
    for (const auto& counter : stats->counters)
        counters[counter.name] = counter.value;
    return json{{"program", "fragcast-bus"},
                {"directory", common.bus},
                {"settling", stats->settling},
                {"uptime_ms", stats->uptime_ms},
                {"counters", std::move(counters)}};
}

}  // namespace fragcast::tools

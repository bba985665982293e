// HTTP thread. What a peer tells of single things: a peer, fragments, limits, why it waits.
#include "messages/wire/limits.hpp"
#include "messages/wire/name_or_id.hpp"
#include "peer/http/json.hpp"
#include "peer/http/routes.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace fragcast {

using nlohmann::json;

namespace {

HttpResponse one_peer(const HttpDesk& desk, const HttpRequest& request) {
    const auto id = PeerId::parse(request.parts.at(0));
    if (!id) return problem(400, "a peer's id is 32 hex digits");
    if (const auto peer = desk.peers().find(*id)) return json_response(peer_json(*peer));
    return problem(404, "no peer " + id->text() + " is known here");
}

void fragments(RoutesContext& context, const HttpRequest& request, HttpReply reply) {
    const auto id = asset_of(request.parts.at(0), reply);
    if (!id) return;
    HttpDesk& desk = context.desk;
    with_manifest(context, *id, reply, [&desk, id = *id, reply](const HttpDesk::ManifestPtr&) {
        desk.look([&desk, id, reply]() mutable {
            const auto view = desk.assets().find(id);
            reply.send(json_response({{"fragments", fragments_json(view ? *view : AssetView{})}}));
        });
    });
}

HttpResponse why(const HttpDesk& desk, const HttpRequest& request) {
    const std::string name = request.parameter("name").value_or("");
    if (name.empty() || name.size() > limits::kMaxNameBytes)
        return problem(400, "say what waits: ?name=NAME or ?name=ID");
    const auto fit = NameOrId<AssetId>(name).among(desk.assets().in_order(), [](const auto& row) {
        return std::pair(row.second->asset.id, std::string_view(row.second->asset.name));
    });
    if (fit.empty()) return problem(404, "this peer knows nothing of \"" + name + "\"");
    if (fit.size() > 1) {
        std::vector<AssetRecord> records;
        for (const auto* row : fit)
            records.push_back(row->second->asset);
        return several_problem(name, records);
    }
    return json_response(why_json(*fit.front()->second));
}

}  // namespace

void add_look_routes(RoutesContext& context) {
    HttpServer& server = context.server;
    HttpDesk& desk = context.desk;
    look_route(context, "/api/v1/peers/{}",
               [&desk](const HttpRequest& request) { return one_peer(desk, request); });
    server.route("GET", "/api/v1/assets/{}/fragments",
                 [&context](const HttpRequest& request, HttpReply reply) {
                     fragments(context, request, std::move(reply));
                 });
    look_route(context, "/api/v1/why",
               [&desk](const HttpRequest& request) { return why(desk, request); });
    look_route(context, "/api/v1/limits", [&desk](const HttpRequest&) {
        return json_response(limits_json(desk.overview().limits));
    });
}

}  // namespace fragcast

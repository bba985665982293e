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

void one_peer(const HttpDesk& desk, const HttpRequest& request, HttpReply reply) {
    const auto id = PeerId::parse(request.parts.at(0));
    if (!id) return reply.send(problem(400, "a peer's id is 32 hex digits"));
    for (const auto& peer : desk.snapshot().peers)
        if (peer.peer.id == *id) return reply.send(json_response(peer_json(peer)));
    reply.send(problem(404, "no peer " + id->text() + " is known here"));
}

void fragments(RoutesContext& context, const HttpRequest& request, HttpReply reply) {
    const auto id = asset_of(request.parts.at(0), reply);
    if (!id) return;
    with_manifest(
        context, *id, reply,
        [&desk = context.desk, id = *id, reply](const HttpDesk::ManifestPtr&) mutable {
            const auto view = desk.asset(id);
            reply.send(json_response({{"fragments", fragments_json(view ? *view : AssetView{})}}));
        });
}

void why(const HttpDesk& desk, const HttpRequest& request, HttpReply reply) {
    const std::string name = request.parameter("name").value_or("");
    if (name.empty() || name.size() > limits::kMaxNameBytes)
        return reply.send(problem(400, "say what waits: ?name=NAME or ?name=ID"));
    const auto fit = NameOrId<AssetId>(name).among(desk.snapshot().assets, [](const auto& view) {
        return std::pair(view->asset.id, std::string_view(view->asset.name));
    });
    if (fit.empty()) return reply.send(problem(404, "this peer knows nothing of \"" + name + "\""));
    if (fit.size() > 1) {
        std::vector<AssetRecord> records;
        for (const auto* asset : fit)
            records.push_back((*asset)->asset);
        return reply.send(several_problem(name, records));
    }
    reply.send(json_response(why_json(**fit.front())));
}

}  // namespace

void add_look_routes(RoutesContext& context) {
    HttpServer& server = context.server;
    HttpDesk& desk = context.desk;
    server.route("GET", "/api/v1/peers/{}", [&desk](const HttpRequest& request, HttpReply reply) {
        one_peer(desk, request, std::move(reply));
    });
    server.route("GET", "/api/v1/assets/{}/fragments",
                 [&context](const HttpRequest& request, HttpReply reply) {
                     fragments(context, request, std::move(reply));
                 });
    server.route("GET", "/api/v1/why", [&desk](const HttpRequest& request, HttpReply reply) {
        why(desk, request, std::move(reply));
    });
    server.route("GET", "/api/v1/limits", [&desk](const HttpRequest&, HttpReply reply) {
        reply.send(json_response(limits_json(desk.snapshot().limits)));
    });
}

}  // namespace fragcast

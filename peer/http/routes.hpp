// HTTP thread.
//
// The peer's routes (HTTP.md), grouped by what they serve. Each function adds its group to the
// server; desk, streams and playheads must outlive the server.
#pragma once

#include "messages/http/http_server.hpp"
#include "peer/http/event_streams.hpp"
#include "peer/http/http_desk.hpp"
#include "peer/http/media_stream.hpp"
#include "peer/http/uploads.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace fragcast {

struct RoutesContext {
    HttpServer& server;
    HttpDesk& desk;
    EventStreams& streams;
    Playheads& playheads;
    MediaCrowd& crowd;
    Uploads& uploads;
    std::uint32_t replicas = limits::kDefaultReplicas;  // of an upload that does not say
    MediaPatience patience = {};
};

void add_api_routes(RoutesContext& context);   // info, one asset, locate
void add_list_routes(RoutesContext& context);  // assets, peers, search, directory
void add_health_routes(
    RoutesContext& context);                   // /healthz, /readyz, /metrics, /docs, /openapi.json
void add_look_routes(RoutesContext& context);  // what a peer tells of single things
void add_command_routes(RoutesContext& context);  // what changes its state
void add_upload_routes(RoutesContext& context);   // POST /api/v1/assets
void add_media_routes(RoutesContext& context);    // /hls/…, /content/…, fragments
void add_page_routes(RoutesContext& context);     // / and its files
void add_event_routes(RoutesContext& context);    // /api/v1/events

void add_routes(RoutesContext& context);  // all of these

// Where a request says by X-Fragcast-Peer that it means another peer than this one: 421 with who
// this is. An address may be another peer's on another machine, or by now.
std::optional<HttpResponse> meant_for_another(const HttpRequest& request, const PeerRecord& self);

// --- what they share -----------------------------------------------------------------------------

// Before `reply` is held: of limits::kMaxHeldRequests one makes room.
void will_hold(const RoutesContext& context, const HttpReply& reply);
HttpResponse json_response(const nlohmann::json& body);
// A route that is answered from what there is to see, as it is now.
using Sight = std::function<HttpResponse(const HttpRequest&)>;
void look_route(RoutesContext& context, std::string_view pattern, Sight answer);
// The id in the path; nothing, and answered with 400, when it is none.
std::optional<AssetId> asset_of(const std::string& text, HttpReply& reply);
// Goes on with the manifest, at once or later; answers with what went wrong else.
void with_manifest(RoutesContext& context, const AssetId& asset, HttpReply reply,
                   std::function<void(HttpDesk::ManifestPtr)> then);
// The answer to a fetch that failed: as HTTP.md says, 502 where holders are known and all failed.
HttpResponse media_problem(const Error& error);

}  // namespace fragcast

// HTTP thread. What watches over a peer asks of it, and the API's own documents.
#include "messages/http/http_docs.hpp"
#include "messages/http/metrics.hpp"
#include "messages/http/records_json.hpp"
#include "peer/http/json.hpp"
#include "peer/http/peer_metrics.hpp"
#include "peer/http/routes.hpp"

#include <utility>

#include <nlohmann/json.hpp>

namespace fragcast {

void add_health_routes(RoutesContext& context) {
    HttpServer& server = context.server;
    HttpDesk& desk = context.desk;
    server.route("GET", "/healthz", [](const HttpRequest&, HttpReply reply) {
        reply.send(json_response({{"ok", true}}));
    });
    server.route("GET", "/readyz", [&desk](const HttpRequest&, HttpReply reply) {
        // We serve before the core tells who we are.
        if (desk.self().id.is_zero())
            return reply.send(problem(503, "this peer has just started and is not ready yet"));
        desk.look([&desk, reply]() mutable {
            const bool ends = desk.overview().leaving ||
                              desk.overview().farewell.state != FarewellView::State::none;
            reply.send(ends ? problem(503, "this peer is stopping")
                            : json_response({{"ready", true}}));
        });
    });
    look_route(context, "/metrics", [&context](const HttpRequest&) {
        Metrics metrics;
        write_metrics(metrics, context.desk.overview(), context.desk.peers(), context.desk.assets(),
                      context.server.counters(), context.playheads.size());
        return metrics_response(metrics);
    });
    add_docs(server, DocsOf::peer);
}

std::optional<HttpResponse> meant_for_another(const HttpRequest& request, const PeerRecord& self) {
    const auto meant = request.header("x-fragcast-peer");
    if (!meant) return std::nullopt;
    const auto id = PeerId::parse(*meant);
    if (!id) return problem(400, "X-Fragcast-Peer must be one peer's id: 32 hex digits");
    if (self.id.is_zero()) return problem(503, "this peer has just started and is not ready yet");
    if (*id == self.id) return std::nullopt;
    HttpResponse refusal = problem(
        421, "this is peer \"" + self.name + "\" (" + self.id.text() + "), and not " + id->text());
    auto body = nlohmann::json::parse(refusal.body);
    body["peer"] = self.id.text();
    body["name"] = self.name;
    refusal.body = json_text(body);
    return refusal;
}

void add_routes(RoutesContext& context) {
    context.server.refuse_if([&desk = context.desk](const HttpRequest& request) {
        return meant_for_another(request, desk.self());
    });
    add_health_routes(context);
    add_api_routes(context);
    add_list_routes(context);
    add_look_routes(context);
    add_command_routes(context);
    add_upload_routes(context);
    add_media_routes(context);
    add_event_routes(context);
    add_page_routes(context);
}

}  // namespace fragcast

#include "bus/bus_routes.hpp"

#include "bus/bus_json.hpp"
#include "bus/bus_metrics.hpp"
#include "bus/directory_text.hpp"
#include "messages/http/http_docs.hpp"
#include "messages/http/http_page.hpp"
#include "messages/http/http_pieces.hpp"
#include "messages/http/records_json.hpp"
#include "messages/wire/limits.hpp"
#include "messages/wire/version.hpp"
#include "messages/wire/whole_number.hpp"
#include "messages/zmq/loop.hpp"

#include <functional>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

namespace fragcast {

namespace {

using nlohmann::json;

constexpr const char* kIndex = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>fragcast bus</title></head><body>
<h1>fragcast bus</h1>
<p>Reading only. Videos play on the pages of the peers.</p>
<ul>
<li><a href="/api/v1/info">info</a></li>
<li><a href="/api/v1/peers">peers</a></li>
<li><a href="/api/v1/assets">assets</a></li>
<li><a href="/api/v1/directory">directory</a></li>
<li><a href="/api/v1/events">events</a></li>
<li><a href="/metrics">metrics</a></li>
<li><a href="/docs">the HTTP API</a></li>
</ul>
</body></html>
)";

HttpResponse json_response(const json& body) {
    HttpResponse response;
    response.body = json_text(body);
    return response;
}

// `{HEAD"NAME":[…],"next":…}` of the entries of an ordered map, or a page of them.
template <class Map, class ToJson>
void send_list(const HttpRequest& request, HttpReply reply, const std::string& head, const Map& map,
               ToJson to_json) {
    const auto page = list_page<typename Map::key_type>(request);
    if (!page) return reply.send(problem(page.error()));
    const auto all = [](const auto&) { return true; };
    reply.send_text(map_text(head, map, *page, all,
                             [to_json](const auto& entry) { return json_text(to_json(entry)); }));
}

json info_json(const DirectorySession& session, const BusAddresses& addresses) {
    const Time now = Loop::now();
    return {{"program", "fragcast-bus"},
            {"version", kVersion},
            {"id", session.options().id.text()},
            {"uptime_ms", session.uptime_ms(now)},
            {"settling", session.settling(now)},
            {"directory", addresses.directory},
            {"in", addresses.in},
            {"out", addresses.out},
            {"http", addresses.http},
            {"counters", counters_json(session)}};
}

HttpResponse settling_problem() {
    HttpResponse response = problem(503, "this bus has just started and is still settling");
    response.headers["Retry-After"] = "1";
    return response;
}

HttpResponse locate(const DirectorySession& session, const HttpRequest& request) {
    Locate question;
    question.name = request.parameter("name").value_or("");
    if (question.name.empty() || question.name.size() > limits::kMaxNameBytes)
        return problem(400, "say what to locate: ?name=NAME or ?name=ID");
    if (const auto text = request.parameter("fragment")) {
        const auto index = whole_number<std::uint32_t>(*text);
        if (!index || *index >= limits::kMaxFragments)
            return problem(
                400, "fragment must be a number below " + std::to_string(limits::kMaxFragments));
        question.fragment = *index;
    }
    const Time now = Loop::now();
    const Leases& leases = session.leases();
    const Located located = session.locate(question, {}, now);
    if (located.found == Found::settling) return settling_problem();
    if (located.found == Found::ambiguous) return several_problem(question.name, located.assets);
    if (located.found == Found::unknown || located.holders.empty())
        return problem(
            404,
            "nobody has " + question.name +
                (question.fragment < 0 ? "" : ", fragment " + std::to_string(question.fragment)));
    json holders = json::array();
    for (const HolderRecord& holder : located.holders)
        holders.push_back({{"peer", peer_json(*leases.find(holder.peer.id), now)},
                           {"fragments", holder.fragments.text()}});
    return json_response({{"asset", asset_json(leases.assets().at(located.assets.front().id))},
                          {"holders", std::move(holders)},
                          {"source", "bus"}});
}

HttpResponse events_page(const DirectorySession& session, const HttpRequest& request) {
    const auto asked = events_asked(request);
    if (!asked) return problem(asked.error());
    return json_response(
        events_json(session.events().page(asked->from, static_cast<std::uint32_t>(asked->limit))));
}

void send_directory(const DirectorySession& session, const HttpRequest& request, HttpReply reply) {
    const auto page = list_page<PeerId>(request);
    if (!page) return reply.send(problem(page.error()));
    const std::string settling = session.settling(Loop::now()) ? "true" : "false";
    DirectoryText text(session.leases(), *page,
                       R"({"source":"bus","settling":)" + settling + R"(,"peers":[)");
    reply.send_text([text = std::move(text)]() mutable { return text.next(Loop::now()); });
}

void add_lists(HttpServer& server, const DirectorySession& session) {
    const Leases& leases = session.leases();
    server.route(
        "GET", "/api/v1/peers", [&leases](const HttpRequest& request, const HttpReply& reply) {
            send_list(request, reply, R"({"peers":[)", leases.peers(),
                      [](const Leases::Lease& lease) { return peer_json(lease, Loop::now()); });
        });
    server.route("GET", "/api/v1/peers/{}", [&leases](const HttpRequest& request, HttpReply reply) {
        const auto id = PeerId::parse(request.parts.at(0));
        if (!id) return reply.send(problem(400, "a peer's id is 32 hex digits"));
        const Leases::Lease* lease = leases.find(*id);
        if (lease == nullptr)
            return reply.send(problem(404, "no peer " + id->text() + " holds a lease here"));
        reply.send(json_response(peer_json(*lease, Loop::now())));
    });
    server.route("GET", "/api/v1/assets",
                 [&leases](const HttpRequest& request, const HttpReply& reply) {
                     send_list(request, reply, R"({"assets":[)", leases.assets(), asset_json);
                 });
    server.route("GET", "/api/v1/directory",
                 [&session](const HttpRequest& request, const HttpReply& reply) {
                     send_directory(session, request, reply);
                 });
}

void add_health(HttpServer& server, const DirectorySession& session) {
    server.route("GET", "/healthz", [](const HttpRequest&, HttpReply reply) {
        reply.send(json_response({{"ok", true}}));
    });
    server.route("GET", "/readyz", [&session](const HttpRequest&, HttpReply reply) {
        if (session.settling(Loop::now())) return reply.send(settling_problem());
        reply.send(json_response({{"ready", true}}));
    });
    server.route("GET", "/metrics", [&server, &session](const HttpRequest&, HttpReply reply) {
        Metrics metrics;
        write_metrics(metrics, session, server.counters(), Loop::now());
        reply.send(metrics_response(metrics));
    });
    add_docs(server, DocsOf::bus);
}

}  // namespace

void add_bus_routes(HttpServer& server, const DirectorySession& session, BusStreams& streams,
                    const BusAddresses& addresses) {
    server.refuse_if([](const HttpRequest& request) -> std::optional<HttpResponse> {
        if (!request.header("x-fragcast-peer")) return std::nullopt;
        return problem(421, "this is a bus, and no peer");
    });
    server.asset("/", "text/html; charset=utf-8", kIndex);
    add_health(server, session);
    server.route("GET", "/api/v1/info", [&](const HttpRequest&, HttpReply reply) {
        reply.send(json_response(info_json(session, addresses)));
    });
    add_lists(server, session);
    server.route("GET", "/api/v1/locate", [&](const HttpRequest& request, HttpReply reply) {
        reply.send(locate(session, request));
    });
    server.route("GET", "/api/v1/events", [&](const HttpRequest& request, HttpReply reply) {
        if (wants_event_stream(request)) return streams.open(request, std::move(reply));
        reply.send(events_page(session, request));
    });
}

}  // namespace fragcast

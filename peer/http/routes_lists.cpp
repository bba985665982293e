// HTTP thread. Lists that may be long: whole, or by pages.
#include "messages/http/http_page.hpp"
#include "peer/http/json.hpp"
#include "peer/http/routes.hpp"

#include <utility>

#include <nlohmann/json.hpp>

namespace fragcast {

using nlohmann::json;

namespace {

using AssetPtr = std::shared_ptr<const AssetView>;

void send_assets(const HttpRequest& request, std::vector<AssetPtr> all, HttpReply& reply) {
    const auto page = list_page<AssetId>(request);
    if (!page) return reply.send(problem(page.error()));
    const auto [assets, next] =
        page_of(std::move(all), *page, [](const AssetPtr& asset) { return asset->asset.id; });
    json list = json::array();
    for (const auto& asset : assets)
        list.push_back(asset_json(*asset));
    reply.send(json_response({{"assets", std::move(list)}, {"next", next}}));
}

void send_peers(const HttpRequest& request, const std::vector<PeerView>& all, HttpReply& reply) {
    const auto page = list_page<PeerId>(request);
    if (!page) return reply.send(problem(page.error()));
    std::vector<const PeerView*> entries;
    entries.reserve(all.size());
    for (const auto& peer : all)
        entries.push_back(&peer);
    const auto [peers, next] =
        page_of(std::move(entries), *page, [](const PeerView* peer) { return peer->peer.id; });
    json list = json::array();
    for (const auto* peer : peers)
        list.push_back(peer_json(*peer));
    reply.send(json_response({{"peers", std::move(list)}, {"next", next}}));
}

// Whatever the case of its ASCII letters; other letters are compared as they are.
std::string folded(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

void search(const HttpDesk& desk, const HttpRequest& request, HttpReply reply) {
    const std::string wanted = folded(request.parameter("q").value_or(""));
    if (wanted.empty() || wanted.size() > limits::kMaxNameBytes)
        return reply.send(problem(400, "say what to look for: ?q=TEXT"));
    std::vector<AssetPtr> fitting;
    for (const auto& asset : desk.snapshot().assets)
        if (folded(asset->asset.name).find(wanted) != std::string::npos) fitting.push_back(asset);
    send_assets(request, std::move(fitting), reply);
}

void directory(const RoutesContext& context, const HttpRequest& request, HttpReply reply) {
    const auto page = list_page<PeerId>(request);
    if (!page) return reply.send(problem(page.error()));
    if (!may_hold(context, reply)) return;
    HttpDesk& desk = context.desk;
    const ReadId read =
        desk.ask(DirectoryQuestion{}, Loop::now() + limits::kHold,
                 [&desk, reply, page = *page](const Result<QuestionAnswer>& answer) mutable {
                     if (!answer) return reply.send(problem(answer.error()));
                     auto shown = std::get<DirectoryAnswer>(*answer);
                     auto [peers, next] = page_of(std::move(shown.peers), page,
                                                  [](const PeerRecord& peer) { return peer.id; });
                     shown.peers = std::move(peers);
                     json body = directory_json(shown, desk.snapshot());
                     body["next"] = std::move(next);
                     reply.send(json_response(body));
                 });
    reply.on_closed([&desk, read] { desk.cancel(read); });
}

}  // namespace

void add_list_routes(RoutesContext& context) {
    HttpServer& server = context.server;
    HttpDesk& desk = context.desk;
    server.route("GET", "/api/v1/assets", [&desk](const HttpRequest& request, HttpReply reply) {
        send_assets(request, desk.snapshot().assets, reply);
    });
    server.route("GET", "/api/v1/peers", [&desk](const HttpRequest& request, HttpReply reply) {
        send_peers(request, desk.snapshot().peers, reply);
    });
    server.route("GET", "/api/v1/search", [&desk](const HttpRequest& request, HttpReply reply) {
        search(desk, request, std::move(reply));
    });
    server.route("GET", "/api/v1/directory",
                 [&context](const HttpRequest& request, HttpReply reply) {
                     directory(context, request, std::move(reply));
                 });
}

}  // namespace fragcast

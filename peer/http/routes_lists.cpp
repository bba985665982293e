// HTTP thread. Lists that may be long: whole, or by pages.
#include "messages/http/http_page.hpp"
#include "peer/http/json.hpp"
#include "peer/http/routes.hpp"

#include <utility>

#include <nlohmann/json.hpp>

namespace fragcast {

using nlohmann::json;

namespace {

json page_json(const std::vector<AssetPtr>& assets, std::string next) {
    json list = json::array();
    for (const auto& asset : assets)
        list.push_back(asset_json(*asset));
    return {{"assets", std::move(list)}, {"next", std::move(next)}};
}

// The wanted ones: whole by name; pages by id, which cost what is gone through for them.
template <class Wanted>
HttpResponse assets(const AssetList& all, const HttpRequest& request, Wanted wanted) {
    const auto page = list_page<AssetId>(request);
    if (!page) return problem(page.error());
    if (!page->whole()) {
        auto [assets, next] = page_of_map(all.by_id(), *page, wanted);
        return json_response(page_json(assets, std::move(next)));
    }
    std::vector<AssetPtr> shown;
    for (const auto& [name, asset] : all.by_name())
        if (wanted(asset)) shown.push_back(asset);
    return json_response(page_json(shown, {}));
}

HttpResponse peers(const std::vector<PeerView>& all, const HttpRequest& request) {
    const auto page = list_page<PeerId>(request);
    if (!page) return problem(page.error());
    std::vector<const PeerView*> entries;
    entries.reserve(all.size());
    for (const auto& peer : all)
        entries.push_back(&peer);
    const auto [peers, next] =
        page_of(std::move(entries), *page, [](const PeerView* peer) { return peer->peer.id; });
    json list = json::array();
    for (const auto* peer : peers)
        list.push_back(peer_json(*peer));
    return json_response({{"peers", std::move(list)}, {"next", next}});
}

// Whatever the case of its ASCII letters; other letters are compared as they are.
std::string folded(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

HttpResponse search(const AssetList& all, const HttpRequest& request) {
    const std::string wanted = folded(request.parameter("q").value_or(""));
    if (wanted.empty() || wanted.size() > limits::kMaxNameBytes)
        return problem(400, "say what to look for: ?q=TEXT");
    return assets(all, request, [&wanted](const AssetPtr& asset) {
        return folded(asset->asset.name).find(wanted) != std::string::npos;
    });
}

void directory(const RoutesContext& context, const HttpRequest& request, HttpReply reply) {
    const auto page = list_page<PeerId>(request);
    if (!page) return reply.send(problem(page.error()));
    will_hold(context, reply);
    HttpDesk& desk = context.desk;
    const auto read = desk.ask<DirectoryQuestion>(
        {}, Loop::now() + limits::kHold,
        [&desk, reply, page = *page](const Result<DirectoryAnswer>& answer) mutable {
            if (!answer) return reply.send(problem(answer.error()));
            auto shown = *answer;
            auto [peers, next] = page_of(std::move(shown.peers), page,
                                         [](const PeerRecord& peer) { return peer.id; });
            shown.peers = std::move(peers);
            desk.look([&desk, reply, shown, next = next]() mutable {
                json body = directory_json(shown, desk.overview());
                body["next"] = std::move(next);
                reply.send(json_response(body));
            });
        });
    reply.on_closed([&desk, read] { desk.cancel(read); });
}

}  // namespace

void add_list_routes(RoutesContext& context) {
    HttpServer& server = context.server;
    HttpDesk& desk = context.desk;
    look_route(context, "/api/v1/assets", [&desk](const HttpRequest& request) {
        return assets(desk.assets(), request, [](const AssetPtr&) { return true; });
    });
    look_route(context, "/api/v1/peers", [&desk](const HttpRequest& request) {
        return peers(desk.overview().peers, request);
    });
    look_route(context, "/api/v1/search",
               [&desk](const HttpRequest& request) { return search(desk.assets(), request); });
    server.route("GET", "/api/v1/directory",
                 [&context](const HttpRequest& request, HttpReply reply) {
                     directory(context, request, std::move(reply));
                 });
}

}  // namespace fragcast

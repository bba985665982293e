// HTTP thread. Lists that may be long: whole, or by pages.
#include "messages/http/http_page.hpp"
#include "messages/http/http_pieces.hpp"
#include "messages/http/records_json.hpp"
#include "peer/http/json.hpp"
#include "peer/http/routes.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace fragcast {

using nlohmann::json;

namespace {

using Wanted = std::function<bool(const AssetPtr&)>;

std::string text_of(const AssetPtr& asset) {
    return json_text(asset_json(*asset));
}

// The wanted ones of what there is while it is sent: whole by name; pages by id, which cost what is
// gone through for them.
void send_assets(const AssetList& all, const HttpRequest& request, HttpReply reply, Wanted wanted) {
    const auto page = list_page<AssetId>(request);
    if (!page) return reply.send(problem(page.error()));
    constexpr const char* kHead = R"({"assets":[)";
    if (!page->whole())
        return reply.send_text(map_text(kHead, all.by_id(), *page, std::move(wanted), text_of));
    reply.send_text(list_text(
        kHead,
        [&all, wanted = std::move(wanted),
         last = std::optional<AssetList::ByName::key_type>()]() mutable {
            const auto& assets = all.by_name();
            auto at = last ? assets.upper_bound(*last) : assets.begin();
            while (at != assets.end() && !wanted(at->second))
                ++at;
            if (at == assets.end()) return std::optional<std::string>();
            last = at->first;
            return std::optional(text_of(at->second));
        },
        [] { return std::string(); }));
}

// As they were when it was asked.
void send_peers(const std::shared_ptr<const Overview>& all, const HttpRequest& request,
                HttpReply reply) {
    const auto page = list_page<PeerId>(request);
    if (!page) return reply.send(problem(page.error()));
    std::vector<const PeerView*> entries;
    entries.reserve(all->peers.size());
    for (const auto& peer : all->peers)
        entries.push_back(&peer);
    auto [peers, next] =
        page_of(std::move(entries), *page, [](const PeerView* peer) { return peer->peer.id; });
    reply.send_text(list_text(R"({"peers":[)",
                              [all, peers = std::move(peers), at = std::size_t{0}]() mutable {
                                  if (at == peers.size()) return std::optional<std::string>();
                                  return std::optional(json_text(peer_json(*peers[at++])));
                              },
                              [next = next] { return next; }));
}

// Whatever the case of its ASCII letters; other letters are compared as they are.
std::string folded(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

void search(const AssetList& all, const HttpRequest& request, HttpReply reply) {
    std::string wanted = folded(request.parameter("q").value_or(""));
    if (wanted.empty() || wanted.size() > limits::kMaxNameBytes)
        return reply.send(problem(400, "say what to look for: ?q=TEXT"));
    send_assets(all, request, std::move(reply), [wanted](const AssetPtr& asset) {
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
    const auto look = [&](const char* pattern, auto answer) {
        server.route("GET", pattern, [&desk, answer](const HttpRequest& request, HttpReply reply) {
            desk.look([&desk, answer, request, reply] { answer(desk, request, reply); });
        });
    };
    look("/api/v1/assets", [](const HttpDesk& on, const HttpRequest& request, HttpReply reply) {
        send_assets(on.assets(), request, std::move(reply), [](const AssetPtr&) { return true; });
    });
    look("/api/v1/peers", [](const HttpDesk& on, const HttpRequest& request, HttpReply reply) {
        send_peers(on.shown(), request, std::move(reply));
    });
    look("/api/v1/search", [](const HttpDesk& on, const HttpRequest& request, HttpReply reply) {
        search(on.assets(), request, std::move(reply));
    });
    server.route("GET", "/api/v1/directory",
                 [&context](const HttpRequest& request, HttpReply reply) {
                     directory(context, request, std::move(reply));
                 });
}

}  // namespace fragcast

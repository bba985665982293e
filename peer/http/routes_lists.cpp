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

// What of a list there is while it is sent: whole in its order; pages by id, which cost what is
// gone through for them.
template <class List, class Fits, class TextOf>
void send_list(const char* head, const List& all, const HttpRequest& request, HttpReply reply,
               Fits wanted, TextOf text_of) {
    const auto page = list_page<typename List::Id>(request);
    if (!page) return reply.send(problem(page.error()));
    if (!page->whole()) return reply.send_text(map_text(head, all.by_id(), *page, wanted, text_of));
    reply.send_text(list_text(
        head,
        [&all, wanted, text_of,
         last = std::optional<typename List::InOrder::key_type>()]() mutable {
            const auto& rows = all.in_order();
            auto at = last ? rows.upper_bound(*last) : rows.begin();
            while (at != rows.end() && !wanted(at->second))
                ++at;
            if (at == rows.end()) return std::optional<std::string>();
            last = at->first;
            return std::optional(text_of(at->second));
        },
        [] { return std::string(); }));
}

void send_assets(const AssetList& all, const HttpRequest& request, HttpReply reply,
                 const Wanted& wanted) {
    send_list(R"({"assets":[)", all, request, std::move(reply), wanted,
              [](const AssetPtr& asset) { return json_text(asset_json(*asset)); });
}

void send_peers(const PeerList& all, const HttpRequest& request, HttpReply reply) {
    send_list(R"({"peers":[)", all, request, std::move(reply), [](const PeerPtr&) { return true; },
              [](const PeerPtr& peer) { return json_text(peer_json(*peer)); });
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

// What it knows itself, a peer shows.
void of_ours(DirectoryAnswer& answer, const HttpDesk& desk) {
    for (const auto& [id, peer] : desk.peers().by_id())
        answer.peers.push_back(peer->peer);
    for (const auto& [id, asset] : desk.assets().by_id())
        answer.assets.push_back(asset->asset);
}

void send_directory(const HttpDesk& desk, DirectoryAnswer answer, const ListPage<PeerId>& page,
                    HttpReply reply) {
    if (answer.source == "peer") of_ours(answer, desk);
    auto [peers, next] =
        page_of(std::move(answer.peers), page, [](const PeerRecord& peer) { return peer.id; });
    answer.peers = std::move(peers);
    const auto telling = std::make_shared<DirectoryTelling>(std::move(answer));
    reply.send_text(list_text(
        telling->head(), [telling, &desk] { return telling->next(desk.peers()); },
        [next = next] { return next; }));
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
            desk.look([&desk, reply, page, answer = *answer]() mutable {
                send_directory(desk, std::move(answer), page, reply);
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
        send_peers(on.peers(), request, std::move(reply));
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

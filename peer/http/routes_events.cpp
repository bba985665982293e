#include "messages/http/http_events.hpp"
#include "peer/http/json.hpp"
#include "peer/http/routes.hpp"

#include <utility>

#include <nlohmann/json.hpp>

namespace fragcast {
namespace {

// The record from `from` on, as far as it is kept: the first `limit` of it.
HttpResponse events_page(const HttpDesk& desk, std::uint64_t from, std::size_t limit) {
    nlohmann::json list = nlohmann::json::array();
    const auto& events = desk.events();
    const std::uint64_t first = events.empty() ? from : events.front().number;
    std::uint64_t next = from;
    for (const auto& event : events) {
        if (list.size() == limit) break;
        next = event.number + 1;
        if (event.number >= from) list.push_back(event_json(event));
    }
    HttpResponse response;
    response.body = json_text({{"events", std::move(list)},
                               {"next", std::max(from, next)},
                               {"lost", first > std::max<std::uint64_t>(from, 1)
                                            ? first - std::max<std::uint64_t>(from, 1)
                                            : 0}});
    return response;
}

}  // namespace

void add_event_routes(RoutesContext& context) {
    context.server.route("GET", "/api/v1/events",
                         [&context](const HttpRequest& request, HttpReply reply) {
                             if (wants_event_stream(request)) {
                                 std::optional<AssetId> asset;
                                 if (const auto text = request.parameter("asset")) {
                                     asset = asset_of(*text, reply);
                                     if (!asset) return;
                                 }
                                 return context.streams.open(asset, request, std::move(reply));
                             }
                             const auto asked = events_asked(request);
                             if (!asked) return reply.send(problem(asked.error()));
                             reply.send(events_page(context.desk, asked->from, asked->limit));
                         });
}

}  // namespace fragcast

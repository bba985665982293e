#include "messages/http/http_page.hpp"
#include "messages/wire/limits.hpp"
#include "peer/http/json.hpp"
#include "peer/http/routes.hpp"

#include <charconv>
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
    context.server.route(
        "GET", "/api/v1/events", [&context](const HttpRequest& request, HttpReply reply) {
            const std::string accept = request.header("accept").value_or("");
            if (accept.find("text/event-stream") != std::string::npos) {
                std::optional<AssetId> asset;
                if (const auto text = request.parameter("asset")) {
                    asset = asset_of(*text, reply);
                    if (!asset) return;
                }
                return context.streams.open(asset, request.header("last-event-id").value_or(""),
                                            request.client, std::move(reply));
            }
            std::uint64_t from = 0;
            const std::string text = request.parameter("from").value_or("0");
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), from);
            if (error != std::errc() || end != text.data() + text.size())
                return reply.send(problem(400, "from must be a number"));
            const auto limit = page_limit(request);
            if (!limit) return reply.send(problem(limit.error()));
            reply.send(events_page(context.desk, from, limit->value_or(limits::kMaxListPage)));
        });
}

}  // namespace fragcast

// HTTP thread. What happened: as a stream, or by pages.
#include "messages/http/http_events.hpp"
#include "messages/http/records_json.hpp"
#include "messages/wire/event_page.hpp"
#include "messages/wire/limits.hpp"
#include "peer/http/json.hpp"
#include "peer/http/routes.hpp"

#include <utility>

#include <nlohmann/json.hpp>

namespace fragcast {
namespace {

HttpResponse events_page(const HttpDesk& desk, const EventsAsked& asked) {
    nlohmann::json list = nlohmann::json::array();
    std::size_t bytes = 0;
    const auto page = event_page(desk.events(), asked.from, asked.limit, [&](const auto& event) {
        nlohmann::json made = event_json(event);
        bytes += json_text(made).size();
        if (!list.empty() && bytes > limits::kMaxPageBytes) return false;
        list.push_back(std::move(made));
        return true;
    });
    return json_response({{"events", std::move(list)}, {"next", page.next}, {"lost", page.lost}});
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
                             reply.send(events_page(context.desk, *asked));
                         });
}

}  // namespace fragcast

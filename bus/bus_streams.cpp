#include "bus/bus_streams.hpp"

#include "bus/bus_json.hpp"
#include "messages/http/records_json.hpp"
#include "messages/wire/limits.hpp"

#include <memory>
#include <utility>

#include <nlohmann/json.hpp>

namespace fragcast {

BusStreams::BusStreams(Loop& loop, const EventRing& events) : loop_(loop), events_(events) {
    keep_open();
}

BusStreams::~BusStreams() {
    loop_.cancel(timer_);
}

void BusStreams::open(const HttpRequest& request, HttpReply reply) {
    auto next = std::make_shared<std::uint64_t>(first_event(request, "", events_.count()));
    streams_.open(request, std::move(reply),
                  {[this, next] { return text_from(*next); },
                   [this, next] { return events_.count() + 1 - *next; }, [] {}});
}

// All that is there at once, up to a page: it is asked for again when that is sent.
std::string BusStreams::text_from(std::uint64_t& next) const {
    std::string text;
    const auto page = events_.page(next, 0);
    for (const EventRecord& event : page.events)
        text += event_text("event", json_text(to_json(event)), std::to_string(event.number));
    next = page.next;
    return text;
}

void BusStreams::keep_open() {
    streams_.keep_open();
    timer_ = loop_.at(Loop::now() + limits::kEventComment / 2, [this] { keep_open(); });
}

}  // namespace fragcast

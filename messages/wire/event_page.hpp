// Any thread: pure. A record of events by pages, for bus and peer (HTTP.md "Lists",
// PROTOCOL.md 9.6).
#pragma once

#include "messages/wire/limits.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace fragcast {

template <class Event>
struct EventPage {
    std::vector<Event> events;
    std::uint64_t next =
        1;  // what to ask from: the number behind the page, or behind the last event
    std::uint64_t lost = 0;  // of those from `from` on, kept no more
};

// From number `from` on, at most `limit` (0: as many as a page holds) of the events that are kept,
// whose numbers ascend from 1; `fits` (called with one after the other) says whether one has room
// on the page. A `next` below `from` says that the numbers began anew.
template <class Event, class Fits>
EventPage<Event> event_page(const std::deque<Event>& kept, std::uint64_t from, std::size_t limit,
                            Fits fits) {
    const std::uint64_t first = kept.empty() ? 1 : kept.front().number;
    const std::uint64_t end = kept.empty() ? 1 : kept.back().number + 1;
    from = std::max<std::uint64_t>(from, 1);
    EventPage<Event> page;
    page.lost = from < first ? first - from : 0;
    page.next = std::clamp(from, first, end);
    const std::size_t most = limit == 0 ? limits::kMaxEventsPerPage
                                        : std::min<std::size_t>(limit, limits::kMaxEventsPerPage);
    auto at = std::lower_bound(
        kept.begin(), kept.end(), page.next,
        [](const Event& event, std::uint64_t number) { return event.number < number; });
    for (; at != kept.end() && page.events.size() < most && fits(*at); ++at) {
        page.events.push_back(*at);
        page.next = at->number + 1;
    }
    return page;
}

template <class Event>
EventPage<Event> event_page(const std::deque<Event>& kept, std::uint64_t from, std::size_t limit) {
    return event_page(kept, from, limit, [](const Event&) { return true; });
}

}  // namespace fragcast

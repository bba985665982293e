#include "bus/event_ring.hpp"

#include "messages/wire/codec.hpp"
#include "messages/wire/limits.hpp"

#include <algorithm>

namespace fragcast {

void EventRing::add(EventRecord event) {
    event.number = ++count_;
    if (event.text.size() > limits::kMaxTextBytes) {
        std::size_t end = limits::kMaxTextBytes;
        while (end > 0 && (static_cast<unsigned char>(event.text[end]) & 0xC0) == 0x80)
            --end;  // never in the middle of a character
        event.text.resize(end);
    }
    events_.push_back(std::move(event));
    if (events_.size() > limits::kEventRing) events_.pop_front();
}

EventRing::Page EventRing::page(std::uint64_t from, std::uint32_t limit) const {
    const std::uint64_t first = count_ - events_.size() + 1;
    from = std::max<std::uint64_t>(from, 1);
    Page page;
    page.lost = from < first ? first - from : 0;
    page.next = std::min(std::max(from, first), count_ + 1);
    const std::size_t most = limit == 0 ? limits::kMaxEventsPerPage
                                        : std::min<std::size_t>(limit, limits::kMaxEventsPerPage);
    std::size_t bytes = 0;
    while (page.next <= count_ && page.events.size() < most) {
        const EventRecord& event = events_[page.next - first];
        bytes += packed_size(event);
        if (bytes > limits::kMaxPageBytes) break;
        page.events.push_back(event);
        ++page.next;
    }
    return page;
}

}  // namespace fragcast

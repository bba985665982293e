#include "bus/event_ring.hpp"

#include "messages/wire/codec.hpp"
#include "messages/wire/limits.hpp"

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
    std::size_t bytes = 0;
    return event_page(events_, from, limit, [&](const EventRecord& event) {
        bytes += packed_size(event);
        return bytes <= limits::kMaxPageBytes;
    });
}

}  // namespace fragcast

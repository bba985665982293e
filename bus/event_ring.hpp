// bus_core: pure. One thread: its owner's.
//
// The bus's record of activity: the last limits::kEventRing events, numbered from 1.
#pragma once

#include "messages/wire/event_page.hpp"
#include "messages/wire/records.hpp"

#include <cstdint>
#include <deque>

namespace fragcast {

class EventRing {
public:
    // Gives the event its number, and cuts a text that is too long.
    void add(EventRecord event);

    using Page = EventPage<EventRecord>;
    // From number `from` on, at most `limit` (0: as many as a page holds) and what fits a message.
    Page page(std::uint64_t from, std::uint32_t limit) const;
    // How many there ever were: the number of the newest.
    std::uint64_t count() const { return count_; }

private:
    std::deque<EventRecord> events_;
    std::uint64_t count_ = 0;
};

}  // namespace fragcast

// Pages of a record of events, as bus and peer make them.
#include "messages/wire/event_page.hpp"

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

struct Numbered {
    std::uint64_t number;
};

std::deque<Numbered> numbers(std::uint64_t first, std::uint64_t last) {
    std::deque<Numbered> out;
    for (; first <= last; ++first)
        out.push_back({first});
    return out;
}

struct Told {
    std::vector<std::uint64_t> events;
    std::uint64_t next, lost;
    bool operator==(const Told&) const = default;
};

Told told(const EventPage<Numbered>& page) {
    Told out{{}, page.next, page.lost};
    for (const Numbered& event : page.events)
        out.events.push_back(event.number);
    return out;
}

}  // namespace

TEST_CASE("event page: page after page brings each once") {
    const auto kept = numbers(1, 5);
    CHECK(told(event_page(kept, 0, 2)) == Told{{1, 2}, 3, 0});
    CHECK(told(event_page(kept, 3, 2)) == Told{{3, 4}, 5, 0});
    CHECK(told(event_page(kept, 5, 2)) == Told{{5}, 6, 0});
    CHECK(told(event_page(kept, 6, 2)) == Told{{}, 6, 0});
}

TEST_CASE("event page: beyond the end it is empty, and says where the end is") {
    CHECK(told(event_page(numbers(1, 5), 7, 2)) == Told{{}, 6, 0});
    CHECK(told(event_page(numbers(4, 5), 1000, 0)) == Told{{}, 6, 0});
    for (const std::uint64_t from : {0, 1, 1000})
        CHECK(told(event_page(numbers(1, 0), from, 0)) == Told{{}, 1, 0});
}

TEST_CASE("event page: what is kept no more is counted from where it was asked for") {
    const auto kept = numbers(11, 20);
    CHECK(told(event_page(kept, 4, 2)) == Told{{11, 12}, 13, 7});
    CHECK(event_page(kept, 0, 2).lost == 10);
    CHECK(event_page(kept, 1, 2).lost == 10);
    CHECK(event_page(kept, 11, 2).lost == 0);
}

TEST_CASE("event page: kMaxEventsPerPage at most, whatever is asked for") {
    const auto kept = numbers(1, limits::kMaxEventsPerPage + 5);
    for (const std::size_t limit :
         {std::size_t{0}, limits::kMaxEventsPerPage, limits::kMaxEventsPerPage + 1}) {
        const auto page = event_page(kept, 1, limit);
        CHECK(page.events.size() == limits::kMaxEventsPerPage);
        CHECK(page.next == limits::kMaxEventsPerPage + 1);
    }
}

TEST_CASE("event page: ends before the one that does not fit, and goes on with it") {
    const auto kept = numbers(1, 5);
    int room = 3;
    CHECK(told(event_page(kept, 1, 0, [&](const Numbered&) { return room-- > 0; })) ==
          Told{{1, 2, 3}, 4, 0});
    CHECK(told(event_page(kept, 4, 0)) == Told{{4, 5}, 6, 0});
}

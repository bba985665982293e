#include "tools/since.hpp"

#include <doctest/doctest.h>

namespace fragcast::tools {

TEST_CASE("since: digits are an event's number, with a unit they are a time") {
    CHECK(parse_since("0")->number == 0);
    CHECK(parse_since("1200")->number == 1200);
    CHECK(parse_since("18446744073709551615")->number == ~0ULL);
    CHECK_FALSE(parse_since("1200")->ago_ms.has_value());
    CHECK(parse_since("500ms")->ago_ms == 500U);
    CHECK(parse_since("30s")->ago_ms == 30'000U);
    CHECK(parse_since("1m")->ago_ms == 60'000U);
    CHECK(parse_since("5min")->ago_ms == 300'000U);
    CHECK(parse_since("1.5h")->ago_ms == 5'400'000U);
    CHECK(parse_since("30s")->number == 0);
}

TEST_CASE("since: what is neither is refused, and it says what may be written") {
    for (const char* text : {"", "soon", "1.5", "-1", "-5m", "5 m", "5d", "m", "1h30", " 7",
                             "18446744073709551616", "99999999999999999h"}) {
        CAPTURE(text);
        const auto since = parse_since(text);
        REQUIRE_FALSE(since.ok());
        CHECK(since.error().text.find("30s, 5m, 1h") != std::string::npos);
    }
}

TEST_CASE("since: an event is wanted that is as old, or younger") {
    const Since ago = *parse_since("10s");
    CHECK(ago.wants(90'000, 100'000));
    CHECK(ago.wants(100'001, 100'000));  // clocks differ
    CHECK_FALSE(ago.wants(89'999, 100'000));
    CHECK(parse_since("7")->wants(0, 100'000));
}

TEST_CASE("since: pages are asked for to their end, and from 1 where the numbers began anew") {
    CHECK(ask_on_from(0, 1001, false) == 1001U);
    CHECK(ask_on_from(1001, 1200, false) == 1200U);
    CHECK_FALSE(ask_on_from(1200, 1200, true));
    CHECK_FALSE(ask_on_from(0, 1, true));
    // Of a bus that was started again and has 36 events, or none.
    CHECK(ask_on_from(1200, 37, true) == 1U);
    CHECK(ask_on_from(1200, 1, true) == 1U);
    CHECK_FALSE(ask_on_from(1, 1, true));
}

}  // namespace fragcast::tools

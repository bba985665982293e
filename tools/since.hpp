// Any thread: pure. From where on events are shown.
#pragma once

#include "messages/wire/result.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace fragcast::tools {

struct Since {
    std::uint64_t number = 0;             // of the first event wanted
    std::optional<std::uint64_t> ago_ms;  // or how old it may be

    // Whether an event of that time is wanted.
    bool wants(std::uint64_t unix_ms, std::uint64_t now_ms) const {
        return !ago_ms || unix_ms + *ago_ms >= now_ms;
    }
};

// From where to ask on, after a page from `from` on; nothing: that was all. Where the record ends
// before `from` its numbers began anew, with who keeps it: then all of it is wanted.
std::optional<std::uint64_t> ask_on_from(std::uint64_t from, std::uint64_t next, bool empty);

// "1200" is an event's number; with a unit it is a duration: "500ms", "30s", "5m" ("5min"), "1h".
Result<Since> parse_since(std::string_view text);

}  // namespace fragcast::tools

#include "tools/since.hpp"

#include "messages/wire/endpoint.hpp"
#include "messages/wire/whole_number.hpp"

#include <algorithm>
#include <string>

namespace fragcast::tools {

std::optional<std::uint64_t> ask_on_from(std::uint64_t from, std::uint64_t next, bool empty) {
    if (next < from) return 1;
    if (empty || next == from) return std::nullopt;
    return next;
}

Result<Since> parse_since(std::string_view text) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const auto wrong = fail(ErrorKind::invalid,
                            "\"" + std::string(text.substr(0, 64)) +
                                "\" is neither an event's number (1200) nor a time (30s, 5m, 1h)");
    if (text.empty()) return wrong;
    Since since;
    if (std::all_of(text.begin(), text.end(), is_digit)) {
        const auto number = whole_number<std::uint64_t>(text);
        if (!number) return wrong;
        since.number = *number;
        return since;
    }
    // Without its unit "1.5" could mean anything.
    const auto ago =
        is_digit(text.back()) ? Result<std::int64_t>(wrong) : parse_duration_ms(text, "--since");
    if (!ago) return wrong;
    since.ago_ms = static_cast<std::uint64_t>(*ago);
    return since;
}

}  // namespace fragcast::tools

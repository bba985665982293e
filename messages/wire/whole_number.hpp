// Pure. A whole number in a text that somebody wrote.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>

namespace fragcast {

// All of the text is the number: digits alone, no sign, no blanks. Nothing also where Number cannot
// hold it.
template <std::unsigned_integral Number>
std::optional<Number> whole_number(std::string_view text) {
    Number value{};
    const char* end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || at != end) return std::nullopt;
    return value;
}

}  // namespace fragcast

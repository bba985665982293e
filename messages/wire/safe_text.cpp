#include "messages/wire/safe_text.hpp"

#include "messages/wire/utf8.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>

namespace fragcast {
namespace {

// Of one well-formed character. All that matter here have at most three bytes.
std::uint32_t code_of(std::string_view character) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(character[i]); };
    if (character.size() == 1) return byte(0);
    if (character.size() == 2) return (byte(0) & 0x1FU) << 6 | (byte(1) & 0x3FU);
    if (character.size() == 3)
        return (byte(0) & 0x0FU) << 12 | (byte(1) & 0x3FU) << 6 | (byte(2) & 0x3FU);
    return 0x10000;
}

bool is_unsafe(std::uint32_t code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029 ||
           code == 0x061C || code == 0x200E || code == 0x200F ||
           (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

template <class Instead, class Broken>
std::string replaced(std::string_view text, Instead instead, Broken broken) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = utf8_character(text);
        const std::string_view one = text.substr(0, length == 0 ? 1 : length);
        if (length == 0)
            out += broken;
        else if (const std::uint32_t code = code_of(one); is_unsafe(code))
            out += instead(code);
        else
            out += one;
        text.remove_prefix(one.size());
    }
    return out;
}

}  // namespace

std::string safe_text(std::string_view text) {
    return replaced(
        text, [](std::uint32_t) { return '?'; }, '?');
}

std::string safe_json(std::string_view text) {
    return replaced(
        text,
        [](std::uint32_t code) {
            std::array<char, 8> escape{};
            std::snprintf(escape.data(), escape.size(), "\\u%04x", code & 0xFFFFU);
            return std::string(escape.data());
        },
        "\uFFFD");
}

}  // namespace fragcast

// Any thread. Sizes and durations as people write and read them (endpoint.hpp).
#include "messages/wire/endpoint.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>

namespace fragcast {

namespace {

// "1.5" of "1.5G", leaving "G". Digits with at most one point; no sign, no exponent.
std::optional<double> take_number(std::string_view& text) {
    const std::size_t size = std::min(text.find_first_not_of("0123456789."), text.size());
    const std::string digits(text.substr(0, size));
    if (digits.empty() || size > 20 || digits.front() == '.' || digits.back() == '.' ||
        digits.find('.') != digits.rfind('.'))
        return std::nullopt;
    text.remove_prefix(size);
    return std::strtod(digits.c_str(), nullptr);
}

Error not_readable(std::string_view text, std::string_view what, const char* example) {
    return fail(ErrorKind::invalid, std::string(what) + ": \"" + std::string(text.substr(0, 64)) +
                                        "\" is not understood; write it like " + example);
}

// One decimal, and none where it is 0.
std::string short_number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f", value);
    std::string out = text;
    if (out.ends_with(".0")) out.resize(out.size() - 2);
    return out;
}

}  // namespace

Result<std::uint64_t> parse_size(std::string_view text, std::string_view what) {
    constexpr std::string_view kUnits = "KMGT";
    std::string_view rest = text;
    const auto number = take_number(rest);
    const auto wrong = not_readable(text, what, "2000000, 512K, 64M or 1.5G");
    if (!number) return wrong;
    double factor = 1;
    if (!rest.empty()) {
        const char letter =
            rest.front() >= 'a' ? static_cast<char>(rest.front() - 32) : rest.front();
        const std::size_t unit = kUnits.find(letter);
        if (unit == std::string_view::npos) return wrong;
        factor = std::pow(1024.0, static_cast<double>(unit + 1));
        rest.remove_prefix(1);
        if (!rest.empty() && rest != "B" && rest != "iB") return wrong;
    }
    const double bytes = *number * factor;
    if (bytes >= 9e18) return not_readable(text, what, "a size below 8 million T");
    return static_cast<std::uint64_t>(bytes);
}

Result<std::int64_t> parse_duration_ms(std::string_view text, std::string_view what) {
    std::string_view rest = text;
    const auto number = take_number(rest);
    const auto wrong = not_readable(text, what, "30, 500ms, 8s, 2min or 1h");
    if (!number) return wrong;
    double factor = 0;
    if (rest == "ms")
        factor = 1;
    else if (rest == "s" || rest.empty())
        factor = 1000;
    else if (rest == "min" || rest == "m")
        factor = 60'000;
    else if (rest == "h")
        factor = 3'600'000;
    else
        return wrong;
    const double milliseconds = *number * factor;
    if (milliseconds > 1e13) return not_readable(text, what, "a time below 300 years");
    return std::llround(milliseconds);
}

std::string human_bytes(std::uint64_t bytes) {
    constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    // 1023.95 and more would be shown as 1024: better as 1 of the next unit.
    while (value >= (unit == 0 ? 1024 : 1023.95)) {
        value /= 1024;
        ++unit;
    }
    return short_number(value) + ' ' + kUnits[unit];
}

std::string human_duration(std::uint64_t microseconds) {
    const auto whole = [](std::uint64_t value, const char* unit) {
        return std::to_string(value) + unit;
    };
    const auto two = [&](std::uint64_t large, const char* unit, std::uint64_t small,
                         const char* small_unit) {
        return whole(large, unit) + (small ? ' ' + whole(small, small_unit) : "");
    };
    if (microseconds < 1000) return whole(microseconds, " us");
    const std::uint64_t ms = (microseconds + 500) / 1000;
    if (ms < 1000) return whole(ms, " ms");
    if (ms < 9950) return short_number(static_cast<double>(ms) / 1000) + " s";
    const std::uint64_t s = (ms + 500) / 1000;
    if (s < 60) return whole(s, " s");
    if (s < 3600) return two(s / 60, " min", s % 60, " s");
    const std::uint64_t minutes = s / 60;
    return two(minutes / 60, " h", minutes % 60, " min");
}

}  // namespace fragcast

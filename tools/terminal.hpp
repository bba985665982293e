// Main thread. The door to stdout and stderr: all that a tool prints goes through here, and is safe
// there whoever wrote it (messages/wire/safe_text.hpp). In a format `{}` is the next argument; what
// is not an argument is ours, and may hold line ends and escapes.
#pragma once

#include "messages/wire/result.hpp"
#include "messages/wire/safe_text.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include <nlohmann/json_fwd.hpp>

namespace fragcast::tools {

// A format that has as many `{}` as there are arguments, or does not compile.
template <class... Args>
struct Format {
    // NOLINTNEXTLINE(google-explicit-constructor): a literal is one.
    consteval Format(const char* its_text) : text(its_text) {
        std::size_t places = 0;
        for (std::size_t i = 0; text.size() > i + 1; ++i)
            if (text[i] == '{' && text[i + 1] == '}') ++places;
        if (places != sizeof...(Args)) throw "as many {} as arguments, please";
    }
    std::string_view text;
};

template <class T>
std::string shown(const T& value) {
    if constexpr (std::is_convertible_v<T, std::string_view>)
        return safe_text(value);
    else
        return std::to_string(value);
}
std::string filled(std::string_view format, std::span<const std::string> arguments);
template <class... Args>
std::string filled(const Format<std::type_identity_t<Args>...>& format, const Args&... args) {
    const std::string arguments[] = {shown(args)..., std::string()};
    return filled(format.text, arguments);
}

void put_out(std::string_view text);  // results
void put_err(std::string_view text);  // all else, at once

// A line of the result, on stdout.
template <class... Args>
void say(Format<std::type_identity_t<Args>...> format, const Args&... args) {
    put_out(filled<Args...>(format, args...) + '\n');
}
void say_json(const nlohmann::json& line);
// A line on stderr.
template <class... Args>
void note(Format<std::type_identity_t<Args>...> format, const Args&... args) {
    put_err(filled<Args...>(format, args...) + '\n');
}
// The same without an end of line, for what is drawn over again.
template <class... Args>
void draw(Format<std::type_identity_t<Args>...> format, const Args&... args) {
    put_err(filled<Args...>(format, args...));
}

// Before anything else: where a standard descriptor was closed, something that can be neither read
// nor written takes its number, or the next socket would.
void keep_standard_descriptors();
// What is printed is on its way. io: not all of it could be written (a full disk); who closed his
// end of a pipe had enough, and is told nothing.
Status all_said();

}  // namespace fragcast::tools

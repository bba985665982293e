#include "tools/terminal.hpp"

#include <doctest/doctest.h>

using namespace fragcast::tools;

namespace {

template <class... Args>
std::string line(Format<std::type_identity_t<Args>...> format, const Args&... args) {
    return filled<Args...>(format, args...);
}

}  // namespace

TEST_CASE("terminal: each {} is the next argument, and the rest is as it stands") {
    CHECK(line("nothing") == "nothing");
    CHECK(line("{} of {}", 3, std::string("seven")) == "3 of seven");
    CHECK(line("{{}}", "x") == "{x}");
    CHECK(line("\r\033[K{} %", 7U) == "\r\033[K7 %");
}

TEST_CASE("terminal: an argument is a stranger's word, and neither a format nor an escape") {
    CHECK(line("{}: {}", "a\x1b]0;PWN\x07\n\u009b31m", std::string("{}\u202e")) ==
          "a?]0;PWN???31m: {}?");
}

#include "tools/terminal.hpp"

#include "tests/socket/own_process.hpp"

#include <csignal>

#include <doctest/doctest.h>
#include <fcntl.h>

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

TEST_CASE("terminal: (in a process of its own) stdout is full" * doctest::skip()) {
    const int kept = dup(STDOUT_FILENO), full = open("/dev/full", O_WRONLY);
    REQUIRE(dup2(full, STDOUT_FILENO) == STDOUT_FILENO);
    put_out("a line\n");
    const auto said = all_said();
    dup2(kept, STDOUT_FILENO);
    REQUIRE_FALSE(said);
    CHECK(said.error().kind == fragcast::ErrorKind::io);
    CHECK(said.error().text.find("No space left") != std::string::npos);
    CHECK_FALSE(all_said());  // what is lost is lost
}

TEST_CASE("terminal: (in a process of its own) who read stdout has left" * doctest::skip()) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    close(ends[0]);
    std::signal(SIGPIPE, SIG_IGN);
    const int kept = dup(STDOUT_FILENO);
    REQUIRE(dup2(ends[1], STDOUT_FILENO) == STDOUT_FILENO);
    put_out("a line\n");
    const auto said = all_said();
    dup2(kept, STDOUT_FILENO);
    CHECK(said);
}

TEST_CASE("terminal: what a full disk did not take is an error; who closed a pipe had enough") {
    CHECK(fragcast::test::fate_of("terminal: (in a process of its own) stdout is full") == "ok");
    CHECK(fragcast::test::fate_of("terminal: (in a process of its own) who read stdout has left") ==
          "ok");
}

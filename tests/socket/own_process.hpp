// One thread (the test's). A case in a process of its own: what it does to the process ends with
// it.
#pragma once

#include <string>

#include <doctest/doctest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fragcast::test {

// How a process ended that ran that case of this program: "ok", "status 1", "signal 6".
inline std::string fate_of(std::string test_case) {
    // A comma would end the filter.
    for (char& c : test_case)
        if (c == ',') c = '?';
    std::string filter = "--test-case=" + test_case;
    std::string program = "socket_tests", all = "--no-skip", quiet = "--minimal";
    char* arguments[] = {program.data(), filter.data(), all.data(), quiet.data(), nullptr};
    pid_t child = 0;
    REQUIRE(posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, arguments, environ) == 0);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
    return WEXITSTATUS(status) == 0 ? "ok" : "status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace fragcast::test

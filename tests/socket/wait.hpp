// Waiting in tests: for a condition, with a deadline, never for a time.
#pragma once

#include "messages/wire/endpoint.hpp"
#include "messages/zmq/loop.hpp"

#include <filesystem>
#include <fstream>
#include <functional>

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace fragcast::test {

// Only for what does not come: on a busy machine, under a sanitizer, all takes as long as it takes.
inline constexpr auto kPatience = std::chrono::seconds(60);

// How long the threads of this process stood ready without a core, in all. What is promised to take
// no longer than it does is measured without that.
inline Duration stood_ready() {
    Duration sum{};
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
        std::ifstream file(task.path() / "schedstat");
        std::uint64_t ran = 0, stood = 0;
        if (file >> ran >> stood)
            sum += std::chrono::duration_cast<Duration>(std::chrono::nanoseconds(stood));
    }
    return sum;
}

// Turns the loop until `condition` holds; false when kPatience passed first. The condition is
// looked at every few milliseconds, also when it is about something that the loop does not poll.
inline bool wait_for(Loop& loop, const std::function<bool()>& condition,
                     Duration patience = kPatience) {
    Loop::Handle look = 0;
    const std::function<void()> again = [&] {
        look = loop.at(Loop::now() + std::chrono::milliseconds(2), again);
    };
    again();
    const bool held = loop.run_until(condition, patience);
    loop.cancel(look);
    return held;
}

// An address of this machine where nobody listens.
inline Endpoint nobody() {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    close(fd);
    return {"127.0.0.1", ntohs(address.sin_port)};
}

}  // namespace fragcast::test

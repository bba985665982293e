// Waiting in tests: for a condition, with a deadline, never for a time.
#pragma once

#include "messages/endpoint.hpp"
#include "messages/loop.hpp"

#include <functional>

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace fragcast::test {

inline constexpr auto kPatience = std::chrono::seconds(10);

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

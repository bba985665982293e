// One thread (the test's). Passes bytes on between who connects to it and an endpoint, until it is
// told to swallow them: then the connection is open still and dead for good, as when a cable is
// pulled or a machine loses power.
#pragma once

#include "messages/wire/endpoint.hpp"
#include "messages/zmq/loop.hpp"

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace fragcast::test {

class SilentRelay {
public:
    // Listens there; port 0: a free one.
    explicit SilentRelay(Loop& loop, Endpoint at = {"127.0.0.1", 0});
    ~SilentRelay();
    SilentRelay(const SilentRelay&) = delete;
    SilentRelay& operator=(const SilentRelay&) = delete;

    const Endpoint& endpoint() const { return endpoint_; }
    void lead_to(Endpoint to) { to_ = std::move(to); }
    std::uint64_t passed() const { return passed_; }  // bytes, both ways
    // Connections that there are now say nothing any more; new ones pass.
    void swallow();

private:
    struct Line {
        int fd[2] = {-1, -1};
        Loop::Handle reading[2] = {0, 0};
    };
    void accept_one();
    void pass(Line& line, int from);
    void end(Line& line);

    Loop& loop_;
    Endpoint to_;
    Endpoint endpoint_;
    int listening_ = -1;
    Loop::Handle accepting_ = 0;
    std::uint64_t passed_ = 0;
    std::vector<std::unique_ptr<Line>> lines_;
};

}  // namespace fragcast::test

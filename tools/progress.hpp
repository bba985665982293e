// Main thread. Progress on stderr: a bar with rate and remaining time on a terminal, a plain line
// every tenth in a pipe, and no more than one a second.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace fragcast::tools {

class Progress {
public:
    Progress(std::string what, bool quiet);
    ~Progress() { end(); }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    // `detail` goes behind the rate ("from peer1, peer2").
    void show(std::uint64_t done, std::uint64_t total, const std::string& detail = {});
    // A line of its own above the bar.
    void note(const std::string& line);
    void end();

private:
    using Clock = std::chrono::steady_clock;
    void draw(std::uint64_t done, std::uint64_t total, const std::string& detail,
              Clock::time_point now);

    std::string what_;
    bool quiet_;
    bool terminal_;
    bool drawn_ = false;
    int last_tenth_ = -1;
    std::uint64_t first_done_ = 0;
    Clock::time_point start_;
    Clock::time_point last_{};
};

}  // namespace fragcast::tools

// One thread. Lines to a descriptor, without waiting for who reads it: what he does not take is
// kept, and beyond a limit the oldest lines go.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

namespace fragcast::tools {

inline constexpr std::size_t kMaxUnreadBytes = 8U << 20;  // of lines that nobody took yet

class Outlet {
public:
    // `fd` stays its owner's, and blocking. SIGPIPE must be ignored.
    explicit Outlet(int fd, std::size_t most = kMaxUnreadBytes);
    ~Outlet();
    Outlet(const Outlet&) = delete;
    Outlet& operator=(const Outlet&) = delete;

    // With its end of line. Whole lines are dropped, and never the one that is half written.
    void add(std::string line);
    // Writes what goes at once; false: nobody will read it any more, or it cannot be written.
    bool flush();
    // Why flush() was false: of errno; 0: it was not.
    int error() const { return error_; }
    // Waits until all is written, for as long as something is taken every `patience_ms`.
    bool finish(int patience_ms);
    bool empty() const { return lines_.empty(); }
    std::size_t bytes() const { return bytes_; }
    std::uint64_t dropped() const { return dropped_; }

private:
    int fd_;
    int error_ = 0;
    int own_fd_ = -1;  // the same pipe or terminal, but not blocking
    std::size_t most_;
    std::deque<std::string> lines_;
    std::size_t bytes_ = 0;    // of lines_
    std::size_t written_ = 0;  // of the first
    std::uint64_t dropped_ = 0;
};

}  // namespace fragcast::tools

#include "tools/progress.hpp"

#include "messages/wire/endpoint.hpp"
#include "tools/terminal.hpp"

#include <algorithm>

#include <unistd.h>

namespace fragcast::tools {

Progress::Progress(std::string what, bool quiet)
    : what_(std::move(what)),
      quiet_(quiet),
      terminal_(isatty(STDERR_FILENO) == 1),
      start_(Clock::now()) {}

void Progress::show(std::uint64_t done, std::uint64_t total, const std::string& detail) {
    if (quiet_ || total == 0) return;
    const auto now = Clock::now();
    if (last_ == Clock::time_point{}) first_done_ = done;
    if (terminal_) {
        if (done < total && now - last_ < std::chrono::milliseconds(100)) return;
        last_ = now;
        draw(done, total, detail, now);
        return;
    }
    // Nothing of what is done within a second: a log is for what takes time.
    if (last_ == Clock::time_point{}) last_ = start_;
    const int tenth = static_cast<int>(done * 10 / total);
    if (tenth == last_tenth_ || now - last_ < std::chrono::seconds(1)) return;
    last_ = now;
    last_tenth_ = tenth;
    tools::note("{}: {} % of {}", what_, tenth * 10, human_bytes(total));
}

void Progress::draw(std::uint64_t done, std::uint64_t total, const std::string& detail,
                    Clock::time_point now) {
    constexpr int kWidth = 30;
    const double part = static_cast<double>(done) / static_cast<double>(total);
    const int filled = std::clamp(static_cast<int>(part * kWidth), 0, kWidth);
    const double seconds = std::chrono::duration<double>(now - start_).count();
    const double rate = seconds > 0 ? static_cast<double>(done - first_done_) / seconds : 0;
    std::string tail = human_bytes(static_cast<std::uint64_t>(rate)) + "/s";
    if (rate > 0 && done < total)
        tail += ", " +
                human_duration(
                    static_cast<std::uint64_t>(static_cast<double>(total - done) / rate * 1e6)) +
                " left";
    if (!detail.empty()) tail += ", " + detail;
    const std::string percent = std::to_string(static_cast<int>(part * 100));
    tools::draw("\r\033[K{} [{}{}] {}{} % {}", what_,
                std::string(static_cast<std::size_t>(filled), '#'),
                std::string(static_cast<std::size_t>(kWidth - filled), '.'),
                std::string(3 - std::min<std::size_t>(percent.size(), 3), ' '), percent, tail);
    drawn_ = true;
}

void Progress::note(const std::string& line) {
    if (quiet_) return;
    if (drawn_) tools::draw("\r\033[K");
    tools::note("{}", line);
}

void Progress::end() {
    if (drawn_) tools::draw("\n");
    drawn_ = false;
}

}  // namespace fragcast::tools

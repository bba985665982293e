// Loop thread. Pure. A limit on bytes per second that lets a quarter of a second's worth through at
// once, and one chunk always: a limit below a chunk per second still moves.
#pragma once

#include "messages/wire/ids.hpp"
#include "messages/wire/limits.hpp"

#include <algorithm>
#include <cstdint>

namespace fragcast {

class TokenBucket {
public:
    // Bytes per second; 0: no limit.
    explicit TokenBucket(std::uint64_t rate) : rate_(rate) {}

    std::uint64_t rate() const { return rate_; }
    // A debt stays.
    void set_rate(std::uint64_t rate, Time now) {
        if (rate_ != 0) fill(now);
        if (rate_ == 0) started_ = false;
        rate_ = rate;
        level_ = std::min(level_, burst());
    }

    // Whether anything may go now. What goes is then taken, even if that makes a debt.
    bool open(Time now) {
        fill(now);
        return rate_ == 0 || level_ > 0;
    }
    // How much may go now without a debt.
    std::uint64_t level(Time now) {
        if (rate_ == 0) return ~0ULL;
        return open(now) ? static_cast<std::uint64_t>(level_) : 0;
    }
    void take(std::uint64_t bytes) {
        if (rate_ != 0) level_ -= static_cast<std::int64_t>(bytes);
    }
    void give_back(std::uint64_t bytes) {
        if (rate_ != 0) level_ = std::min(level_ + static_cast<std::int64_t>(bytes), burst());
    }
    // When open() will next be true; `now` if it is.
    Time open_at(Time now) {
        if (open(now)) return now;
        const auto debt = static_cast<std::uint64_t>(1 - level_);
        return now + Duration(static_cast<std::int64_t>(debt * 1'000'000 / rate_ + 1));
    }

private:
    std::int64_t burst() const {
        return static_cast<std::int64_t>(std::max<std::uint64_t>(rate_ / 4, limits::kChunkBytes));
    }
    void fill(Time now) {
        if (!started_) level_ = burst();
        if (started_ && now > filled_) {
            // A long pause fills it to the brim anyway: no need to multiply it out.
            const auto passed = static_cast<std::uint64_t>(
                std::min<Duration>(now - filled_, std::chrono::seconds(10)).count());
            const std::uint64_t gained = rate_ * passed / 1'000'000;
            if (gained == 0) return;  // too early: what passed must count next time
            level_ = std::min(level_ + static_cast<std::int64_t>(gained), burst());
        }
        started_ = true;
        filled_ = now;
    }

    std::uint64_t rate_;
    std::int64_t level_ = 0;
    Time filled_{};
    bool started_ = false;
};

}  // namespace fragcast

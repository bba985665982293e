// Loop thread. Pure. Bytes per second of one neighbour while something was asked of it: idle time
// says nothing about how fast it is. Integers only, since the picker orders by it.
#pragma once

#include "messages/wire/ids.hpp"

#include <algorithm>
#include <cstdint>

namespace fragcast {

class RateMeter {
public:
    // Something is outstanding from now on.
    void begin(Time now) {
        if (running_) return;
        running_ = true;
        since_ = now;
        bytes_ = 0;
    }
    void add(std::uint64_t bytes, Time now) {
        bytes_ += bytes;
        if (running_ && (now - since_ >= kSample || bytes_ >= kSampleBytes)) fold(now);
    }
    // Nothing is outstanding any more.
    void end(Time now) {
        if (running_ && bytes_ > 0) fold(now);
        running_ = false;
    }
    // Nothing came for a while although it should have: the estimate must not outlive the fact.
    void stall(Time now) {
        if (running_ && now - since_ >= kSample * 5) fold(now);
    }
    std::uint64_t rate() const { return rate_; }  // 0: not known yet

private:
    static constexpr Duration kSample{100'000};
    static constexpr std::uint64_t kSampleBytes = 4 << 20;

    void fold(Time now) {
        const auto passed =
            static_cast<std::uint64_t>(std::max<Duration::rep>(1, (now - since_).count()));
        const std::uint64_t sample = bytes_ * 1'000'000 / passed;
        rate_ = rate_ == 0 ? sample : (rate_ * 3 + sample) / 4;
        since_ = now;
        bytes_ = 0;
    }

    bool running_ = false;
    Time since_{};
    std::uint64_t bytes_ = 0;
    std::uint64_t rate_ = 0;
};

}  // namespace fragcast

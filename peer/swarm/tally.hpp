// Loop thread. Pure.
//
// What happens and is no row of any owner: only its number is kept, since the start. One row for
// each number, with its names for people and for /metrics; turn.count("name") counts it, wherever
// it happens, and a name without a row does not compile. What is the size of something that an
// owner keeps is that owner's to say (swarm_counters.cpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace fragcast {

struct CountedRow {
    const char* name;
    const char* metric;
    const char* help;
    const char* label = nullptr;  // and its value
    const char* value = nullptr;
};

inline constexpr const char* kInVain = "fragcast_fetch_failures_total";
inline constexpr const char* kInVainHelp =
    "Requests that brought nothing: no answer in time, put off, refused, or wrong bytes.";

inline constexpr std::array kCounted = {
    CountedRow{"busy_in", kInVain, kInVainHelp, "reason", "busy"},
    CountedRow{"absent_in", kInVain, kInVainHelp, "reason", "absent"},
    CountedRow{"bad_chunks", kInVain, kInVainHelp, "reason", "bad"},
    CountedRow{"refused_messages", "fragcast_refused_messages_total",
               "Messages that made no sense, from others."},
};

// The place of a row, found when it is compiled.
struct Counted {
    std::size_t row = 0;

    consteval Counted(const char* name) {
        while (std::string_view(kCounted.at(row).name) != name)
            ++row;
    }
};

using Counts = std::array<std::uint64_t, kCounted.size()>;

class Tally {
public:
    void add(const Counts& counts) {
        for (std::size_t row = 0; row < counts.size(); ++row)
            counts_[row] += counts[row];
    }
    std::uint64_t of(Counted what) const { return counts_[what.row]; }
    const Counts& all() const { return counts_; }

private:
    Counts counts_{};
};

}  // namespace fragcast

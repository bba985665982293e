// One thread. Pure. One log line for each sender and kind of trouble in an interval.
#pragma once

#include "messages/wire/ids.hpp"
#include "messages/wire/limits.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace fragcast {

class Throttle {
public:
    // Nothing: be silent now. Else how many times it was silent since it last spoke of `what`.
    std::optional<std::uint64_t> speak(const std::string& what, Time now) {
        const auto known = seen_.find(what);
        if (known != seen_.end() && now - known->second.said < limits::kLogInterval) {
            ++known->second.silent;
            return std::nullopt;
        }
        const std::uint64_t silent = known == seen_.end() ? 0 : known->second.silent;
        if (known == seen_.end() && seen_.size() >= limits::kMaxNeighbours) forget(now);
        seen_[what] = {now, 0};
        return silent;
    }

private:
    struct Seen {
        Time said;
        std::uint64_t silent = 0;
    };
    // Who makes trouble under ever new names must not make us remember them all.
    void forget(Time now) {
        std::erase_if(seen_, [now](const auto& entry) {
            return now - entry.second.said >= limits::kLogInterval;
        });
        if (seen_.size() >= limits::kMaxNeighbours) seen_.clear();
    }
    std::map<std::string, Seen> seen_;
};

}  // namespace fragcast

// Loop thread. Pure.
//
// What is to be looked at again, a little at a time, in rounds: nobody's turn waits for those
// before it that are due again and again, however many there are and however often all of them
// become due.
#pragma once

#include <optional>
#include <set>
#include <utility>

namespace fragcast {

template <class Id>
class Rounds {
public:
    void add(const Id& id) { due_.insert(id); }
    // All that there will be when their turn comes.
    void add_all() {
        sweeping_ = true;
        wraps_ = true;
        sweep_end_ = last_;
    }
    bool empty() const { return due_.empty() && !sweeping_; }

    // The next one, which is due no longer. `all`: a map by Id; nothing is left of what it lacks.
    template <class Map>
    std::optional<Id> take(const Map& all) {
        while (!empty()) {
            const auto due = due_.upper_bound(last_);
            const auto any = sweeping_ ? all.upper_bound(last_) : all.end();
            const bool at_due = due != due_.end();
            const bool at_any = any != all.end() && (wraps_ || !(sweep_end_ < any->first));
            if (at_due || at_any) {
                last_ = at_any && (!at_due || any->first < *due) ? any->first : *due;
                due_.erase(last_);
                if (all.find(last_) != all.end()) return last_;
                continue;
            }
            if (sweeping_ && !std::exchange(wraps_, false)) sweeping_ = false;
            last_ = Id{};
            if (due_.erase(last_) > 0 && all.find(last_) != all.end()) return last_;
        }
        return std::nullopt;
    }

private:
    std::set<Id> due_;
    bool sweeping_ = false;  // over all, to sweep_end_, and before that over the end
    bool wraps_ = false;
    Id sweep_end_{};
    Id last_{};  // who had the last turn
};

}  // namespace fragcast

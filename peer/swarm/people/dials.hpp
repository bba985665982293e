// Loop thread. Pure. Which endpoints may be dialled when: not again at once where it failed, never
// where we found ourselves. Bounded: anybody can tell us endpoints.
#pragma once

#include "messages/wire/ids.hpp"
#include "messages/wire/limits.hpp"

#include <algorithm>
#include <map>
#include <string>

namespace fragcast {

class Dials {
public:
    bool may(const std::string& endpoint, Time now) const { return open_at(endpoint) <= now; }
    Time open_at(const std::string& endpoint) const {
        const auto found = known_.find(endpoint);
        if (endpoint.empty()) return kNever;
        return found == known_.end() ? Time{Duration::min()} : found->second.not_before;
    }
    // It failed, or did not last: the next try later each time.
    void failed(const std::string& endpoint, Time now) {
        Known& known = at(endpoint);
        if (known.not_before == kNever) return;  // it is ourselves
        known.wait = std::clamp<Duration>(known.wait * 2, limits::kRetryMin, limits::kMaxDialWait);
        known.not_before = now + known.wait;
    }
    void worked(const std::string& endpoint) { known_.erase(endpoint); }
    // It is of no use for now.
    void leave(const std::string& endpoint, Time until) {
        Known& known = at(endpoint);
        known.not_before = std::max(known.not_before, until);
    }
    void ourselves(const std::string& endpoint) { at(endpoint).not_before = kNever; }
    std::size_t size() const { return known_.size(); }
    // When an endpoint that may not be dialled now may be; kNever: none.
    Time next(Time now) const {
        Time first = kNever;
        for (const auto& [endpoint, known] : known_)
            if (known.not_before > now) first = std::min(first, known.not_before);
        return first;
    }
    // For tests and the simulator: the rule that does not hold; nullptr: all do.
    const char* broken() const {
        if (known_.size() > limits::kMaxDialsKnown) return "too many endpoints are waited with";
        for (const auto& [endpoint, known] : known_) {
            if (endpoint.empty()) return "what is no endpoint is waited with";
            if (known.wait > limits::kMaxDialWait) return "an endpoint is waited with too long";
            if (known.not_before != kNever && known.wait < limits::kRetryMin)
                return "an endpoint is waited with that did not fail";
        }
        return nullptr;
    }

private:
    struct Known {
        Time not_before{};
        Duration wait{};
    };
    // Who makes up endpoints pushes out those that may be dialled soonest.
    Known& at(const std::string& endpoint) {
        if (known_.size() >= limits::kMaxDialsKnown && !known_.contains(endpoint))
            known_.erase(
                std::min_element(known_.begin(), known_.end(), [](const auto& a, const auto& b) {
                    return a.second.not_before < b.second.not_before;
                }));
        return known_[endpoint];
    }
    std::map<std::string, Known> known_;
};

}  // namespace fragcast

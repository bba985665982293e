// Forwarder thread. Pure. Which connection brought which subscription: libzmq keeps them all, for
// ever, whoever asks for how many; so who asks for too many is cut.
#pragma once

#include "messages/limits.hpp"

#include <map>
#include <string>
#include <string_view>

namespace fragcast {

class Subscriptions {
public:
    enum class Verdict { fine, no_subscription, too_many };

    // What XPUB shows: 1 or 0, and a prefix that is the first or was the last of its kind. What
    // others have subscribed to already it does not show, nor does it cost anything.
    Verdict hear(std::string_view frame, int connection) {
        if (frame.empty() || frame[0] < 0 || frame[0] > 1) return Verdict::no_subscription;
        const std::string prefix(frame.substr(1));
        if (frame[0] == 0) {
            forget(prefix);
            return Verdict::fine;
        }
        if (!by_prefix_.emplace(prefix, connection).second) return Verdict::fine;
        return ++counts_[connection] > limits::kMaxSubscriptions ? Verdict::too_many
                                                                 : Verdict::fine;
    }
    std::size_t size() const { return by_prefix_.size(); }

private:
    // Also when its connection is gone: no other event tells that.
    void forget(const std::string& prefix) {
        const auto known = by_prefix_.find(prefix);
        if (known == by_prefix_.end()) return;
        const auto count = counts_.find(known->second);
        if (--count->second == 0) counts_.erase(count);
        by_prefix_.erase(known);
    }

    std::map<std::string, int> by_prefix_;
    std::map<int, std::size_t> counts_;
};

}  // namespace fragcast

// Forwarder thread. Pure. Which connection has which subscriptions: libzmq keeps them all, whoever
// asks for how many; so who asks for too many, or too often in one turn, is cut. They end with
// their connection: a descriptor is used again, its cookie is not.
#pragma once

#include "messages/wire/limits.hpp"

#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace fragcast {

class Subscriptions {
public:
    struct Connection {
        int fd = -1;
        std::uint64_t cookie = 0;
        auto operator<=>(const Connection&) const = default;
    };
    enum class Verdict { fine, no_subscription, too_many, too_often };

    // What follows is said in another turn.
    void turn() { said_.clear(); }
    // What a verboser XPUB shows: 1 or 0, and a prefix. What ends with its connection comes of
    // none.
    Verdict hear(std::string_view frame, const Connection& connection) {
        if (frame.empty() || frame[0] < 0 || frame[0] > 1) return Verdict::no_subscription;
        if (connection.cookie == 0) return Verdict::fine;
        if (++said_[connection] > limits::kMaxSubscriptionsPerTurn) return Verdict::too_often;
        std::string prefix(frame.substr(1));
        if (frame[0] == 1) {
            auto& theirs = of_[connection];
            theirs.insert(std::move(prefix));
            return theirs.size() > limits::kMaxSubscriptions ? Verdict::too_many : Verdict::fine;
        }
        const auto known = of_.find(connection);
        if (known == of_.end()) return Verdict::fine;
        known->second.erase(prefix);
        if (known->second.empty()) of_.erase(known);
        return Verdict::fine;
    }
    // Forgets those of which `over` says that they are.
    template <class Over>
    void forget(Over over) {
        std::erase_if(of_, [&](const auto& one) { return over(one.first); });
    }
    const std::map<Connection, std::set<std::string>>& all() const { return of_; }

private:
    std::map<Connection, std::set<std::string>> of_;
    std::map<Connection, int> said_;  // in this turn
};

}  // namespace fragcast

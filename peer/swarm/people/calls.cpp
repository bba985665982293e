#include "peer/swarm/people/calls.hpp"

#include "messages/wire/limits.hpp"
#include "peer/swarm/chance.hpp"

#include <algorithm>

namespace fragcast {

namespace {

constexpr Duration kLookAtIdle{1'000'000};

}  // namespace

bool Calls::take_friends_due(Turn& turn) {
    const bool due = turn.now >= friends_at_;
    if (due) friends_at_ = turn.now + limits::kFriendsEvery;
    turn.wake_by(friends_at_);
    return due;
}

bool Calls::is_friend(const std::string& endpoint) const {
    return !endpoint.empty() &&
           std::find(friends_.begin(), friends_.end(), endpoint) != friends_.end();
}

std::vector<Calls::Call> Calls::round(const std::vector<Callee>& given,
                                      const std::vector<Want>& wants, std::size_t lines,
                                      Time now) const {
    std::vector<Call> out;
    Called called;
    const auto call = [&](const Callee& callee, std::optional<AssetId> of) {
        out.push_back({callee.peer, std::string(callee.endpoint), of});
        called.insert(callee.peer);
        --lines;
    };
    for (const Callee& callee : given)
        if (!called.contains(callee.peer) && may(callee, lines, now)) call(callee, {});
    for (const Want& want : wants) {
        std::uint32_t here = 0;
        std::vector<std::pair<std::uint64_t, const Callee*>> others;
        for (const Callee& callee : want.holders) {
            if (callee.here || (!callee.referred && called.contains(callee.peer)))
                here += callee.idle ? 0 : 1;
            else if (may(callee, lines, now))
                others.push_back({salt_of(seed_, callee.peer), &callee});
        }
        std::sort(others.begin(), others.end(), [](const auto& a, const auto& b) {
            return std::pair(a.first, a.second->peer) < std::pair(b.first, b.second->peer);
        });
        for (const auto& [salt, callee] : others) {
            if (here >= limits::kMaxDialledPerAsset || lines == 0) break;
            call(*callee, callee->referred ? std::optional(want.asset) : std::nullopt);
            ++here;
        }
    }
    return out;
}

bool Calls::others_wait(const Want& want, Time now) {
    return std::any_of(want.holders.begin(), want.holders.end(),
                       [now](const Callee& callee) { return may(callee, 1, now); });
}

std::optional<std::string> Calls::friend_to_call(const std::vector<Friend>& friends,
                                                 std::size_t lines, Time now) {
    for (const Friend& one : friends) {
        if (one.here) return {};
        if (lines > 0 && one.open <= now) return std::string(one.endpoint);
    }
    return {};
}

std::vector<Calls::Call> Calls::strangers(const std::vector<Callee>& known, std::size_t dialling,
                                          std::size_t lines, Time now) {
    std::vector<Call> out;
    for (const Callee& callee : known) {
        if (dialling + out.size() >= kLastResort) break;
        if (may(callee, lines - out.size(), now))
            out.push_back({callee.peer, std::string(callee.endpoint), {}});
    }
    return out;
}

bool Calls::given_up(const Link& link, Turn& turn) {
    if (!link.dialled || link.kept) return false;
    if (turn.now - link.used >= limits::kIdleLink && !link.owes) return true;
    turn.wake_by(std::max(link.used + limits::kIdleLink, turn.now + kLookAtIdle));
    return false;
}

}  // namespace fragcast

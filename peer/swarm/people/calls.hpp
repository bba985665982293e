// Loop thread. Pure.
//
// Whom we should be linked to: those who are given something, for each asset that is wanted those
// who have of it or were named as having, friends while no bus answers, and strangers when nobody
// else is left to ask; and who is given up. Decides, of people who can be dialled now, and says
// whom; dials nobody itself. When it is to be decided again, and when friends are asked for what
// they know, is kept here.
#pragma once

#include "messages/wire/ids.hpp"
#include "peer/swarm/actions.hpp"
#include "peer/swarm/turn.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fragcast {

class Calls {
public:
    static constexpr std::size_t kLastResort = 4;  // strangers dialled at a time

    // The order of those who have the same follows from it, so that the load of many who want it
    // spreads.
    explicit Calls(std::uint64_t seed) : seed_(seed) {}

    // --- when
    void due() { due_ = true; }
    bool take_due() { return std::exchange(due_, false); }
    void friends_due(Time now) { friends_at_ = now; }
    // True: all who are linked are asked what they know, now; else wakes for it. Once in
    // limits::kFriendsEvery.
    bool take_friends_due(Turn& turn);

    // --- our friends: endpoints, asked in this order while no bus answers
    void set_friends(std::vector<std::string> endpoints, Time now) {
        friends_ = std::move(endpoints);
        friends_due(now);
    }
    const std::vector<std::string>& friends() const { return friends_; }
    bool is_friend(const std::string& endpoint) const;

    // --- whom
    struct Callee {
        PeerId peer;
        std::string_view endpoint;
        bool here = false;      // linked, or dialled already
        bool referred = false;  // nobody but a busy neighbour says where: dialled for that asset
        Time open{};            // not to be dialled before; kNever: not at all
        bool idle = false;      // here, and gives nothing: it does not count
    };
    struct Want {
        AssetId asset;
        std::vector<Callee> holders;  // of something that lacks
    };
    struct Call {
        PeerId peer;
        std::string endpoint;
        std::optional<AssetId> of;  // as referred, for this one
    };
    // All who are given something, then of each want in turn until limits::kMaxDialledPerAsset of
    // its holders are here who give; `lines`: so many links we may still dial.
    std::vector<Call> round(const std::vector<Callee>& given, const std::vector<Want>& wants,
                            std::size_t lines, Time now) const;
    // Whether holders could be dialled, if there were a line.
    static bool others_wait(const Want& want, Time now);
    // The first of our friends that can be dialled, unless one before it is here: one is kept.
    struct Friend {
        std::string_view endpoint;
        bool here = false;
        Time open{};
    };
    static std::optional<std::string> friend_to_call(const std::vector<Friend>& friends,
                                                     std::size_t lines, Time now);
    // The first of these, until kLastResort of all links are being dialled.
    static std::vector<Call> strangers(const std::vector<Callee>& known, std::size_t dialling,
                                       std::size_t lines, Time now);

    // --- who is given up: whom we dialled, and neither asked nor served for limits::kIdleLink
    struct Link {
        bool dialled = false;
        bool kept = false;  // a friend, and no bus answers
        Time used{};
        bool owes = false;  // something is asked there
    };
    // Wakes for the next look, at the latest.
    static bool given_up(const Link& link, Turn& turn);

private:
    using Called = std::set<PeerId>;
    static bool may(const Callee& callee, std::size_t lines, Time now) {
        return !callee.here && lines > 0 && callee.open <= now && !callee.endpoint.empty();
    }

    std::uint64_t seed_;
    bool due_ = false;
    Time friends_at_{};
    std::vector<std::string> friends_;
};

}  // namespace fragcast

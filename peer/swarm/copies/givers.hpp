// Loop thread. Pure.
//
// Who is to give us copies (PROTOCOL.md, "Wanting"). No more than limits::kMaxCopiesWanted are
// wanted at a time, and anybody may claim what nobody has: while others wait for their turn,
// whoever gave nothing for limits::kCopyWaits rests, longer each time, up to limits::kCopyRestMax.
#pragma once

#include "messages/wire/ids.hpp"
#include "messages/wire/limits.hpp"
#include "peer/swarm/turn.hpp"

#include <cstdint>
#include <map>

namespace fragcast {

class Givers {
public:
    static constexpr Duration kLookEvery{1'000'000};
    // Something waits for its turn: so many are wanted already.
    void others_wait() { others_wait_ = true; }
    // Whether something did since the last call; once in kLookEvery.
    bool look_due(Time now);
    // Of whom copies are wanted while others wait, and how many bytes came from each so far. True:
    // some rest from now on.
    bool look(const std::map<PeerId, std::uint64_t>& asked, Turn& turn);
    // True: some may be asked again.
    bool wake(Turn& turn);

    bool any_rests() const { return resting_ > 0; }
    bool rests(const PeerId& peer) const;
    void forget(const PeerId& peer);
    std::size_t size() const { return rows_.size(); }
    // For tests and the simulator: the rule that does not hold; nullptr: all do.
    const char* broken() const;

private:
    struct Row {
        std::uint64_t bytes = 0;  // then
        Time since{};             // that little came
        bool rests = false;
        Time until{};     // it rests, or did last
        Duration rest{};  // the last
    };
    void drop_old(const std::map<PeerId, std::uint64_t>& asked, Time now);

    std::map<PeerId, Row> rows_;
    std::size_t resting_ = 0;
    bool others_wait_ = false;
    Time look_at_{};
};

}  // namespace fragcast

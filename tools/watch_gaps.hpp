// One thread. Pure. What zmq-watch missed, by the sequences of those who speak (PROTOCOL.md,
// "Order, gaps, digests").
#pragma once

#include "messages/wire/message.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace fragcast::tools {

inline constexpr std::size_t kMaxSendersWatched = 20000;  // who comes later is not counted

// Changes [first, last] of the sender's holdings that no announcement told.
struct MissedChanges {
    PeerId sender;
    Epoch epoch;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
};

class GapWatch {
public:
    // Of one who is heard for the first time, or began anew, nothing is known to be missed.
    std::optional<MissedChanges> see(const Message& message);
    std::uint64_t missed() const { return missed_; }

private:
    struct Heard {
        Epoch epoch;
        std::uint64_t sequence = 0;
    };
    std::map<PeerId, Heard> senders_;
    std::uint64_t missed_ = 0;
};

}  // namespace fragcast::tools

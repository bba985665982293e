// Loop thread. Pure: value types of the swarm core.
//
// What a peer remembers in order to keep copies (PROTOCOL.md, "Copies"): who is missing, what is
// being evicted, how far a hand-over is.
#pragma once

#include "messages/wire/holding.hpp"
#include "messages/wire/records.hpp"

#include <map>
#include <optional>
#include <set>

namespace fragcast {

// A peer that stopped or lapsed: expected back with what it held, until then.
struct MissingPeer {
    Time until{};
    bool back = false;  // and has perhaps not told what it holds yet
    std::map<AssetId, RangeSet> holds;
};

// Fragments of one asset that are withdrawn, and wait for witnesses before they are dropped.
struct Eviction {
    AssetId asset;
    RangeSet fragments;
    std::uint32_t replicas = 0;
    Time until{};  // then what lacks witnesses is announced again
    struct Question {
        LinkId link;  // that we dialled: an answer over another one may be anybody's
        RequestId request;
    };
    std::map<PeerId, Question> asked;      // request 0: not yet, no such link is up
    std::map<PeerId, RangeSet> witnessed;  // who answered, and what of the fragments it has
};

// The end of a peer's stay.
struct Farewell {
    enum class Kind {
        none,
        stop,  // it may come back: last copies only
        drain  // it leaves for good: R copies of all that it has
    };
    Kind kind = Kind::none;
    bool done = false;
    Time deadline{};
    Time next{};                       // look
    std::map<AssetId, RangeSet> left;  // not handed over yet
    std::uint64_t left_fragments = 0;
    std::uint64_t left_bytes = 0;
    std::set<PeerId> unable;  // refused, or cannot be reached
};

}  // namespace fragcast

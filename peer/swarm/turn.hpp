// Loop thread. Pure: of one fact, from when it is told until all conclusions are drawn. Goes down
// through the owners; nobody keeps it.
#pragma once

#include "peer/swarm/actions.hpp"
#include "peer/swarm/tally.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

namespace fragcast {

struct Turn {
    const Time now;
    Actions& out;             // what is to be done, in order
    std::uint64_t& requests;  // the number of the last one: never given twice, whoever is asked
    Time wake = kNever;
    Counts counts{};

    // Something is due then: Ticked comes no later.
    void wake_by(Time when) { wake = std::min(wake, when); }
    RequestId next_request() { return RequestId{++requests}; }
    // It happened once more (tally.hpp).
    void count(Counted what) { ++counts[what.row]; }
    void report(Report::Level level, std::string kind, std::string text, const PeerId& peer = {},
                const AssetId& asset = {}, std::int64_t fragment = -1) {
        out.push_back(Report{level, std::move(kind), std::move(text), peer, asset, fragment});
    }
};

}  // namespace fragcast

// One thread (the test's).
//
// What came of a run, whatever the order in which it came: bytes by pair, when each had each asset
// whole (to 1 ms), what was dropped, reports by kind, bytes in vain, what everybody holds at the
// end. The texts of reports are not in it, as they tell times and rates. Where a step of a
// refactoring may move a wake-up by a microsecond, the trace changes and this does not.
#pragma once

#include "tests/sim/sim_node.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace fragcast::sim {

class SimOutcome {
public:
    void sent(NodeId from, NodeId to, std::uint64_t bytes) { sent_[{from, to}] += bytes; }
    void wasted(NodeId node, std::uint64_t bytes) { wasted_[node] += bytes; }
    void reported(NodeId node, const Report& report) {
        ++reports_[{node, report.level, report.kind}];
    }
    void whole(Duration at, NodeId node, const AssetId& asset) {
        whole_.emplace_back(node, asset, (at.count() + 500) / 1000);
    }
    void acted(NodeId node, const Actions& actions);

    const std::map<std::pair<NodeId, NodeId>, std::uint64_t>& sent() const { return sent_; }
    std::size_t reports(const std::string& kind) const;

    // A line for each, sorted.
    std::vector<std::string> lines(const std::deque<SimNode>& nodes) const;

private:
    std::map<std::pair<NodeId, NodeId>, std::uint64_t> sent_;
    std::map<NodeId, std::uint64_t> wasted_;
    std::map<std::tuple<NodeId, Report::Level, std::string>, std::size_t> reports_;
    std::vector<std::tuple<NodeId, AssetId, std::int64_t>> whole_;
    std::map<std::tuple<NodeId, AssetId, std::string>, std::size_t>
        dropped_;  // a fragment or "all"
};

// Of such lines.
std::uint64_t digest_of(const std::vector<std::string>& lines);

}  // namespace fragcast::sim

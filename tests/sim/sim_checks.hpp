// One thread (the test's).
//
// What must hold at every moment, whatever the faults: checked with every message, from outside the
// swarms, by what they say and what lies on their disks. A breach is a text; none is empty.
#pragma once

#include "tests/sim/sim_node.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace fragcast::sim {

class SimChecks {
public:
    explicit SimChecks(const SimClock& clock) : clock_(clock) {}

    // What `from` says to `to` (nullptr: to everybody or a bus). Unless it is there to lie, it
    // claims only what it has; nobody asks for what was never claimed, or for what it has.
    std::string said(const SimNode& from, LinkId link, const SimNode* to, const Message& message);
    void heard(const SimNode& by, LinkId link, const Message& message);
    void link_gone(NodeId node, LinkId link);
    void crashed(NodeId node);
    // Of one node, after it acted.
    std::string bounds(const SimNode& node) const;

private:
    struct Open {  // a chunk that was asked for
        LinkId link;
        RequestId request;
        Time since;
    };
    struct Claims {
        std::map<AssetId, RangeSet> whole;
        std::map<FragmentRef, RangeSet> partial;
    };
    struct Asked {
        std::map<ChunkRef, std::vector<Open>> chunks;
    };

    std::string claim(const SimNode& from, const AssetId& asset, const RangeSet& fragments);
    std::string claim(const SimNode& from, const FragmentRef& fragment, const RangeSet& chunks);
    std::string ask(const SimNode& from, LinkId link, const SimNode& to, const Request& request);
    template <class Which>
    void close(NodeId node, Which&& which);

    const SimClock& clock_;
    std::map<NodeId, Claims> claims_;  // ever made
    std::map<NodeId, Asked> asked_;
};

}  // namespace fragcast::sim

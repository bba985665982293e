// Loop thread. Pure.
//
// What is asked of whom and not answered yet: requests for chunk ranges, found by their number and
// by their fragment. Never the same chunk twice of one link, and never of more than two.
#pragma once

#include "messages/wire/holding.hpp"
#include "peer/swarm/actions.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace fragcast {

struct Asked {
    RequestId request;
    LinkId link;
    FragmentRef fragment;
    RangeSet open;  // chunks that have not come
    Time sent{};
    Time expected{};  // by the neighbour's queue time: later is late
    Time deadline = kNever;
    bool urgent = false;
    bool again = false;  // somebody else was asked for these before
};

class Inflight {
public:
    // The chunks must not be open at that link, nor at two others.
    void add(Asked asked);
    const Asked* find(RequestId request) const;
    // The chunk came. False: it is not open there.
    bool close(RequestId request, ChunkIndex chunk);
    // What is left is not waited for any more; returns it. Data that comes all the same is known to
    // have been asked for once.
    std::optional<Asked> drop(RequestId request);
    // The same for chunks of a request, which goes on with the rest.
    void narrow(RequestId request, const RangeSet& keep);
    bool was_dropped(LinkId link, RequestId request) const {
        return dropped_.contains({link, request});
    }

    std::vector<RequestId> of_link(LinkId link) const;
    const std::set<RequestId>& of_fragment(const FragmentRef& fragment) const;
    const std::map<RequestId, Asked>& all() const { return asked_; }
    std::vector<FragmentRef> fragments() const;  // of which something is asked
    // Chunks of the fragment that somebody was asked for.
    const RangeSet& open(const FragmentRef& fragment) const;
    // How many requests are open for the chunk, and whether one is at that link.
    std::uint32_t count(const ChunkRef& chunk) const;
    bool asked_of(LinkId link, const ChunkRef& chunk) const;
    std::uint64_t chunks() const { return chunks_; }
    // For tests and the simulator: the rule that does not hold; nullptr: all do.
    const char* broken() const;

private:
    struct Fragment {
        std::set<RequestId> requests;
        RangeSet open;
    };
    void refresh(const FragmentRef& fragment, const RangeSet& closed);
    void forget(std::map<RequestId, Asked>::iterator it);

    std::map<RequestId, Asked> asked_;
    std::map<FragmentRef, Fragment> fragments_;
    std::map<LinkId, std::set<RequestId>> links_;
    std::set<std::pair<LinkId, RequestId>> dropped_;
    std::deque<std::pair<LinkId, RequestId>> dropped_order_;  // the oldest are forgotten
    std::uint64_t chunks_ = 0;                                // open, each as often as it is asked
};

}  // namespace fragcast

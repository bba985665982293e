// Loop thread. Pure.
//
// Which proofs are asked for: of a fragment at most one, of whom, under which number, until when.
// However it ends (answered, late, its link gone, not wanted any more), it ends here.
#pragma once

#include "messages/wire/holding.hpp"
#include "messages/wire/limits.hpp"
#include "peer/swarm/actions.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace fragcast {

class Proofs {
public:
    struct Asked {
        LinkId link;
        RequestId request;
        Time sent{};
        Time due{};           // then it is late
        bool others = false;  // can be asked as well
    };
    bool room() const { return asked_.size() < limits::kMaxProofsAsked; }
    // There must be room, and the fragment's must not be asked for.
    void ask(const FragmentRef& fragment, const Asked& asked);
    const Asked* find(const FragmentRef& fragment) const;  // nullptr: not asked for
    std::size_t size() const { return asked_.size(); }
    std::size_t size(LinkId of) const;
    Time next() const;  // when the next is late; kNever: none is asked for

    // --- the ways out
    // An answer, of whatever kind. None: that link was not asked for this under that number.
    std::optional<Asked> answered(const FragmentRef& fragment, LinkId from, RequestId request);
    // The same, of the proof itself.
    bool came(const FragmentRef& fragment, LinkId from, RequestId request);
    // The same where an answer does not name the fragment.
    std::optional<FragmentRef> answered(LinkId from, RequestId request);
    void drop(const FragmentRef& fragment);
    void drop(const AssetId& asset);
    void drop(LinkId link);
    struct Late {
        FragmentRef fragment;
        LinkId link;
        bool others = false;
    };
    std::vector<Late> take_late(Time now);

    // --- since the start
    std::uint64_t count_spare() const { return spare_; }          // that nobody waited for
    std::uint64_t count_timed_out() const { return timed_out_; }  // with nobody else to ask
    // For tests and the simulator: the rule that does not hold; nullptr: all do.
    const char* broken() const;

private:
    std::map<FragmentRef, Asked> asked_;
    std::uint64_t spare_ = 0;
    std::uint64_t timed_out_ = 0;
};

}  // namespace fragcast

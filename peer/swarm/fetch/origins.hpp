// Loop thread. Pure.
//
// Who sent what of the fragments that are here, and how long each took: of those that came since we
// started. And how long fragments took in all, for the metrics.
#pragma once

#include "peer/swarm/views.hpp"

#include <cstddef>
#include <cstdint>
#include <map>

namespace fragcast {

class Origins {
public:
    struct Origin {
        std::map<PeerId, std::uint64_t> senders;  // bytes; zero: a sender that was gone by then
        Duration took{};                          // from the first request for it to its end
    };

    // `began`: when its first request was sent; kNever: none was.
    const Origin& add(const FragmentRef& fragment, const std::map<PeerId, std::uint64_t>& senders,
                      Time began, Time now);
    const Origin* find(const FragmentRef& fragment) const;  // nullptr: not known
    // It is not here any more.
    void forget(const FragmentRef& fragment) { rows_.erase(fragment); }
    std::size_t size() const { return rows_.size(); }
    const FetchTimes& times() const { return times_; }

private:
    std::map<FragmentRef, Origin> rows_;
    FetchTimes times_;
};

}  // namespace fragcast

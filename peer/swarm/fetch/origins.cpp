#include "peer/swarm/fetch/origins.hpp"

namespace fragcast {

const Origins::Origin& Origins::add(const FragmentRef& fragment,
                                    const std::map<PeerId, std::uint64_t>& senders, Time began,
                                    Time now) {
    Origin& row = rows_[fragment];
    row.senders = senders;
    row.took = began == kNever ? Duration{} : now - began;
    if (began != kNever) times_.add(row.took);
    return row;
}

const Origins::Origin* Origins::find(const FragmentRef& fragment) const {
    const auto found = rows_.find(fragment);
    return found == rows_.end() ? nullptr : &found->second;
}

}  // namespace fragcast

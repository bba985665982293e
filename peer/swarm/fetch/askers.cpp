#include "peer/swarm/fetch/askers.hpp"

namespace fragcast {

void Askers::add(ReadId who, const RangeSet& fragments) {
    const auto [at, is_new] = wants_.try_emplace(who, fragments);
    if (is_new || at->second.empty()) return;
    if (fragments.empty())
        at->second = {};
    else
        at->second.add(fragments);
}

RangeSet Askers::within(const RangeSet& fragments, std::uint32_t count) {
    const RangeSet all = RangeSet::up_to(count);
    return fragments.empty() ? all : fragments.common(all);
}

RangeSet Askers::wanted(std::uint32_t count) const {
    RangeSet out;
    for (const auto& [who, fragments] : wants_)
        out.add(within(fragments, count));
    return out;
}

void Askers::settle(const RangeSet& here, std::uint32_t count) {
    std::erase_if(wants_, [&](const auto& one) {
        RangeSet lacking = within(one.second, count);
        lacking.remove(here);
        return lacking.empty();
    });
}

}  // namespace fragcast

#include "tools/dry_run.hpp"

#include <algorithm>
#include <numeric>

namespace fragcast::tools {

void deal_fragments(std::vector<Sender>& holders, std::uint32_t count) {
    std::vector<std::uint32_t> copies(count, 0);
    for (const Sender& holder : holders)
        for (const Span& span : holder.has.spans())
            for (std::uint32_t i = span.begin; i < std::min(span.end, count); ++i)
                ++copies[i];
    std::vector<std::uint32_t> order(count);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return copies[a] < copies[b]; });
    for (const std::uint32_t fragment : order) {
        Sender* least = nullptr;
        for (Sender& holder : holders)
            if (holder.has.contains(fragment) &&
                (least == nullptr || holder.sends.count() < least->sends.count()))
                least = &holder;
        if (least != nullptr) least->sends.add(fragment);
    }
}

}  // namespace fragcast::tools

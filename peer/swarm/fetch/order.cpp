#include "peer/swarm/fetch/order.hpp"

#include "messages/wire/holding.hpp"
#include "peer/swarm/chance.hpp"

#include <algorithm>

namespace fragcast {

bool Order::due(Turn& turn) const {
    if (!stale_) return false;
    if (at_once_ || turn.now - made_ >= kEvery || work_.empty()) return true;
    turn.wake_by(made_ + kEvery);
    return false;
}

void Order::add(const Wanted& wanted, const Timeline::Stretch& stretch,
                const Availability& others) {
    if (stretch.chunks.empty()) return;
    Work work;
    work.fragment = {wanted.asset, stretch.fragment};
    work.chunks = stretch.chunks;
    work.zone = stretch.zone;
    work.deadline = stretch.deadline;
    work.holders = others.holders(work.fragment);
    work.begun = wanted.begun.contains(stretch.fragment.value);
    work.salt = salt_of(seed_, work.fragment);
    work_.push_back(work);
}

void Order::make(const std::vector<Wanted>& wanted, const Availability& others, Time now) {
    work_.clear();
    for (const Wanted& one : wanted) {
        for (const Timeline::Stretch& need : one.needs)
            add(one, need, others);
        for (const Span& span : one.whole.spans())
            for (std::uint32_t i = span.begin; i < span.end; ++i)
                add(one,
                    {{i}, {0, chunk_count(one.manifest->fragments[i].size)}, Zone::far, kNever},
                    others);
    }
    std::sort(work_.begin(), work_.end(), before);
    stale_ = at_once_ = false;
    made_ = now;
}

void Order::forget(const AssetId& asset) {
    std::erase_if(work_, [&](const Work& work) { return work.fragment.asset == asset; });
}

const char* Order::broken() const {
    if (!std::is_sorted(work_.begin(), work_.end(), before)) return "the order is none";
    for (const Work& work : work_)
        if (work.chunks.empty()) return "nothing is to be asked for";
    return nullptr;
}

}  // namespace fragcast

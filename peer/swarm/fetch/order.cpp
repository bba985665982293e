#include "peer/swarm/fetch/order.hpp"

#include "messages/wire/holding.hpp"
#include "messages/wire/limits.hpp"
#include "peer/swarm/chance.hpp"

#include <algorithm>

namespace fragcast {

bool Order::due(Turn& turn) const {
    if (!stale_) return false;
    if (at_once_ || turn.now - made_ >= kEvery || (work_.empty() && !crowded_)) return true;
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

void Order::add(const Wanted& wanted, const RangeSet& whole, bool wish,
                const Availability& others) {
    for (const Span& span : whole.spans())
        for (std::uint32_t i = span.begin; i < span.end; ++i) {
            const std::size_t before = work_.size();
            const std::uint32_t chunks = chunk_count(wanted.manifest->fragments[i].size);
            add(wanted, {{i}, {0, chunks}, Zone::far, kNever}, others);
            if (work_.size() > before) work_.back().others = !wish;
        }
}

namespace {

// `count` of them at most, from the one on that is `skip` of them further.
RangeSet some_of(const RangeSet& of, std::uint64_t skip, std::uint64_t count) {
    RangeSet out;
    for (const Span& span : of.spans()) {
        const std::uint64_t passed = std::min<std::uint64_t>(skip, span.size());
        const std::uint64_t taken = std::min<std::uint64_t>(count, span.size() - passed);
        const auto begin = static_cast<std::uint32_t>(span.begin + passed);
        if (taken > 0) out.add(Span{begin, static_cast<std::uint32_t>(begin + taken)});
        skip -= passed;
        count -= taken;
    }
    return out;
}

}  // namespace

// So much of what nobody here wishes: half of it what is begun, the rest another part each time.
// So nothing waits for ever behind what is begun or claimed, and does not come.
RangeSet Order::share(const Wanted& wanted, const RangeSet& reach, std::uint64_t most) const {
    RangeSet rest = wanted.others.common(reach);
    RangeSet out = some_of(rest.common(wanted.begun), 0, most / 2);
    rest.remove(out);
    const std::uint64_t left = most - out.count();
    if (rest.count() <= left) {
        out.add(rest);
        return out;
    }
    const std::uint64_t chance = salt_of(seed_, {wanted.asset, {0}}) % rest.count();
    const std::uint64_t begin = (chance + shares_ * left) % rest.count();
    const RangeSet first = some_of(rest, begin, left);
    out.add(some_of(rest, 0, left - first.count()));
    out.add(first);
    return out;
}

void Order::add_shares(const std::vector<Wanted>& wanted, std::uint64_t sharers,
                       const Availability& others, const Reach& reach) {
    const std::uint64_t most = std::max<std::uint64_t>(2, limits::kMaxOthersOrdered / sharers);
    std::uint64_t left = limits::kMaxOthersOrdered;
    for (std::size_t i = 0; i < wanted.size() && left >= most; ++i) {
        const Wanted& one = wanted[(shares_ + i) % wanted.size()];
        if (one.others.empty()) continue;
        const RangeSet dealt = share(one, reach(one.asset), most);
        add(one, dealt, false, others);
        left -= dealt.count();
    }
    ++shares_;
}

void Order::make(const std::vector<Wanted>& wanted, const Availability& others, const Reach& reach,
                 Time now) {
    work_.clear();
    std::uint64_t unwished = 0;
    std::uint64_t sharers = 0;
    for (const Wanted& one : wanted) {
        for (const Timeline::Stretch& need : one.needs)
            add(one, need, others);
        add(one, one.whole, true, others);
        unwished += one.others.count();
        sharers += one.others.empty() ? 0 : 1;
    }
    crowded_ = unwished > limits::kMaxOthersOrdered;
    if (crowded_)
        add_shares(wanted, sharers, others, reach);
    else
        for (const Wanted& one : wanted)
            add(one, one.others, false, others);
    std::sort(work_.begin(), work_.end(), before);
    stale_ = crowded_;  // for the next shares
    at_once_ = false;
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

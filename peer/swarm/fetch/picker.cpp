#include "peer/swarm/fetch/picker.hpp"

#include "messages/wire/limits.hpp"

#include <algorithm>
#include <tuple>

namespace fragcast {

namespace {

// Short runs where it is urgent, so that several neighbours bring them side by side.
std::uint32_t longest_run(Zone zone) {
    switch (zone) {
        case Zone::urgent:
            return 4;
        case Zone::near:
            return 8;
        case Zone::far:
            return 16;
    }
    return 16;
}
static_assert(16 <= limits::kMaxChunksPerRequest);

constexpr Duration kPenalty{20'000};  // for each point of bad standing

Duration soonest(const Lane& lane) {
    return lane.queue_time + lane.chunk_time + kPenalty * std::max(0, -lane.n->standing());
}

// Whom first.
auto rank(const Lane& lane) {
    return std::make_tuple(soonest(lane), -lane.n->standing(), lane.link());
}

// What only this lane has, of those that are at hand.
RangeSet only_here(const Lane& lane, const RangeSet& free, const std::vector<Lane>& lanes) {
    RangeSet rare = lane.can.common(free);
    for (const Lane& other : lanes)
        if (other.n != lane.n && !rare.empty()) rare.remove(other.can);
    return rare;
}

}  // namespace

bool before(const Work& a, const Work& b) {
    const auto key = [](const Work& work) {
        return std::make_tuple(work.zone, work.deadline, work.others, work.holders, !work.begun,
                               work.salt);
    };
    return std::tuple_cat(key(a), std::tie(a.fragment, a.chunks)) <
           std::tuple_cat(key(b), std::tie(b.fragment, b.chunks));
}

Lane* choose_whom(std::vector<Lane>& lanes, const RangeSet& free) {
    Lane* best = nullptr;
    for (Lane& lane : lanes) {
        if (lane.room == 0 || lane.can.common(free).empty()) continue;
        if (best == nullptr || rank(lane) < rank(*best)) best = &lane;
    }
    return best;
}

Span choose_what(const RangeSet& can, std::uint32_t start, std::uint32_t most) {
    const auto cut = [most](std::uint32_t begin, std::uint32_t end) {
        return Span{begin, std::min(end, begin + most)};
    };
    for (const Span& span : can.spans())
        if (span.end > start) return cut(std::max(span.begin, start), span.end);
    return can.empty() ? Span{} : cut(can.spans().front().begin, can.spans().front().end);
}

std::vector<Pick> deal(const Work& work, RangeSet free, std::vector<Lane>& lanes) {
    std::vector<Pick> picks;
    const bool far = work.zone == Zone::far;
    const auto length = std::max<std::uint64_t>(1, work.chunks.size());
    const auto start = static_cast<std::uint32_t>(far ? work.chunks.begin + work.salt % length
                                                      : work.chunks.begin);
    while (!free.empty()) {
        Lane* lane = choose_whom(lanes, free);
        if (lane == nullptr) break;
        RangeSet can = far ? only_here(*lane, free, lanes) : RangeSet{};
        if (can.empty()) can = lane->can.common(free);
        const Span run = choose_what(can, start, std::min(lane->room, longest_run(work.zone)));
        picks.push_back({lane->link(), run});
        free.remove(run);
        lane->room -= run.size();
        lane->queue_time += lane->chunk_time * run.size();
    }
    return picks;
}

}  // namespace fragcast

#include "peer/swarm/fetch/rescue.hpp"

#include "messages/wire/limits.hpp"
#include "peer/swarm/buses/availability.hpp"

namespace fragcast::rescues {

RangeSet once_asked(const Asked& asked, const RangeSet& lacking, const Inflight& open) {
    RangeSet out;
    const RangeSet waited = lacking.common(asked.open);
    for (const Span& span : waited.spans())
        for (std::uint32_t chunk = span.begin; chunk < span.end; ++chunk)
            if (open.count({asked.fragment.asset, asked.fragment.index, {chunk}}) < 2)
                out.add(chunk);
    return out;
}

void keep_second(std::vector<Lane>& lanes, const Asked& asked, bool mute, const Inflight& open) {
    std::erase_if(lanes, [&](const Lane& lane) {
        if (mute && !lane.n->gave()) return true;
        for (const RequestId request : open.of_fragment(asked.fragment)) {
            const Asked& other = *open.find(request);
            if (other.link == lane.link() && !lane.can.common(other.open).empty()) return true;
        }
        return false;
    });
}

RangeSet worth_moving(const Asked& asked, const Neighbour& slow, const Neighbour& idle,
                      const Holding& claim, Time now) {
    if (asked.again || idle.link() == asked.link || idle.outstanding() > 0 ||
        idle.paused_until() > now || !idle.trusted_with(asked.fragment))
        return {};
    RangeSet can = chunks_of(claim, asked.fragment.index, asked.open);
    if (const auto deferred = idle.deferred(asked.fragment, now)) can.remove(deferred->chunks);
    if (now - slow.last_data() < kArriving) can.remove(asked.open.spans().front().begin);
    if (can.empty()) return {};
    const Duration there = idle.queue_time(can.count() * limits::kChunkBytes);
    return slow.queue_time(0) < there * 4 + kWorthIt ? RangeSet{} : can;
}

}  // namespace fragcast::rescues

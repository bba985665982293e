#include "peer/swarm/fetch/lanes.hpp"

#include "messages/wire/limits.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

void Lanes::add(const Neighbour& n, Turn& turn) {
    Ready lane{&n, 0, false, n.queue_time(0), {}};
    lane.chunk_time = n.queue_time(limits::kChunkBytes) - lane.queue_time;
    if (n.paused_until() > turn.now) {
        turn.wake_by(n.paused_until());
    } else if (n.outstanding() < n.window()) {
        lane.room =
            static_cast<std::uint32_t>((n.window() - n.outstanding()) / limits::kChunkBytes);
        const auto whole = static_cast<std::uint32_t>(n.window() / limits::kChunkBytes);
        lane.calm = n.outstanding() == 0 || lane.room >= std::min(kCalmRoom, whole / 2);
    }
    ready_.push_back(lane);
}

void Lanes::widen(Time now) {
    for (Ready& lane : ready_)
        if (lane.n->gave() && lane.n->paused_until() <= now &&
            lane.n->outstanding() + kRescueRoom * limits::kChunkBytes <= limits::kMaxInFlightBytes)
            lane.room = std::max(lane.room, kRescueRoom);
}

bool Lanes::any_room(bool urgent) const {
    return std::any_of(ready_.begin(), ready_.end(), [urgent](const Ready& lane) {
        return lane.room > 0 && (lane.calm || urgent);
    });
}

std::vector<Lane> Lanes::of(const FragmentRef& fragment, const Availability::Claims& who,
                            const RangeSet& free, bool urgent, Turn& turn) const {
    std::vector<Lane> out;
    std::vector<std::pair<std::size_t, Time>> passed;  // which of them, until when
    RangeSet of_others;
    for (const Ready& ready : ready_) {
        const auto claim = who.find(ready.n->peer().id);
        if (claim == who.end() || !ready.n->trusted_with(fragment)) continue;
        Lane lane;
        lane.n = ready.n;
        lane.can = chunks_of(claim->second, fragment.index, free);
        if (lane.can.empty()) continue;
        if (const auto deferred = ready.n->deferred(fragment, turn.now)) {
            lane.can.remove(deferred->chunks);
            turn.wake_by(deferred->until);
        }
        if (lane.can.empty()) continue;
        lane.room = ready.calm || urgent ? ready.room : 0;
        lane.queue_time = ready.queue_time;
        lane.chunk_time = ready.chunk_time;
        if (ready.n->passed_over(turn.now))
            passed.emplace_back(out.size(), ready.n->passed_until());
        else
            of_others.add(lane.can);
        out.push_back(std::move(lane));
    }
    for (const auto& [at, until] : passed) {
        out[at].can.remove(of_others);
        turn.wake_by(until);
    }
    return out;
}

void Lanes::dealt(const Pick& pick) {
    for (Ready& lane : ready_) {
        if (lane.n->link() != pick.link) continue;
        lane.room -= std::min(lane.room, pick.chunks.size());
        lane.queue_time += lane.chunk_time * pick.chunks.size();
    }
}

}  // namespace fragcast

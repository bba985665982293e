// Requests that take too long: asked of a second neighbour, taken back, given up.
#include "peer/swarm/swarm_state.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

namespace {

constexpr Duration kWorthIt{500'000};  // what taking a request elsewhere must save
constexpr Duration kRest{2'000'000};   // for a link that did not answer
constexpr std::int32_t kTimeoutPoints = 10;
constexpr std::uint32_t kRescueRoom = 4;  // chunks, beyond the window of who gives
constexpr Duration kArriving{1'000'000};  // who gave something so lately is about to give more

}  // namespace

// No answer at all for long: what was asked there is asked elsewhere.
void Swarm::State::time_out(Turn& turn) {
    std::vector<LinkId> stuck;
    for (Neighbour& n : neighbours_.each()) {
        if (n.outstanding() == 0) continue;
        n.stall(turn.now);
        if (turn.now - n.last_data() >= limits::kRequestTimeout)
            stuck.push_back(n.link());
        else
            turn.wake_by(n.last_data() + limits::kRequestTimeout);
    }
    for (const LinkId link : stuck) {
        ++counters_.timeouts;
        for (const RequestId request : requests_.open().of_link(link))
            cancel(request, turn);
        neighbour(link)->pause_until(turn.now + kRest);
        blame(link, kTimeoutPoints, "it does not answer", turn);
    }
    for (const Proofs::Late& late : proofs_.take_late(turn.now)) {
        order_.plan_anew();
        Neighbour* n = neighbour(late.link);
        if (n != nullptr && late.others) {
            n->pass_over(turn.now);
            continue;
        }
        ++counters_.timeouts;
        if (n != nullptr) n->pause_until(turn.now + kRest);
    }
    turn.wake_by(proofs_.next());
}

// A viewer waits and the neighbour is late, or it gave nothing ever: ask a second one, with the
// waste capped.
bool Swarm::State::ask_twice(const Asked& asked, Turn& turn) {
    const auto found = assets_.find(asked.fragment.asset);
    Assembly* unfinished = assembly(asked.fragment);
    if (found == assets_.end() || unfinished == nullptr) return false;
    RangeSet free;
    const RangeSet lacking = unfinished->lacking().common(asked.open);
    for (const Span& span : lacking.spans())
        for (std::uint32_t chunk = span.begin; chunk < span.end; ++chunk)
            if (requests_.open().count({asked.fragment.asset, asked.fragment.index, {chunk}}) < 2)
                free.add(chunk);
    if (free.empty()) return false;
    std::vector<LanePlan> ready = ready_lanes(turn);
    const bool mute = !neighbour(asked.link)->gave();
    if (mute)  // what it keeps from us is to be had of who gives, as soon as that may be
        for (LanePlan& lane : ready)
            if (lane.n->gave() && lane.n->paused_until() <= turn.now &&
                lane.n->outstanding() + kRescueRoom * limits::kChunkBytes <=
                    limits::kMaxInFlightBytes)
                lane.room = std::max(lane.room, kRescueRoom);
    std::vector<Lane> lanes =
        lanes_for(ready, found->second, asked.fragment.index, free, true, turn);
    std::erase_if(lanes, [&](const Lane& lane) {
        if (lane.link == asked.link || (mute && !neighbour(lane.link)->gave())) return true;
        RangeSet can = lane.can;
        for (const RequestId request : requests_.open().of_fragment(asked.fragment)) {
            const Asked* other = requests_.open().find(request);
            if (other->link == lane.link) can.remove(other->open);
        }
        return can != lane.can;  // asked of it already
    });
    Work work;
    work.fragment = asked.fragment;
    work.chunks = {free.spans().front().begin, free.end()};
    work.zone = mute && !asked.urgent ? Zone::far : Zone::urgent;
    work.deadline = work.zone == Zone::urgent ? turn.now : kNever;
    bool any = false;
    for (const Pick& pick : deal(work, std::move(free), lanes)) {
        if (!requests_.may_ask_twice(pick.chunks.size())) break;
        ask(work, pick, true, turn);
        any = true;
    }
    return any;
}

// These chunks are free to be asked elsewhere; the rest of the request goes on.
void Swarm::State::take_over(const Asked& asked, const RangeSet& chunks, Turn& turn) {
    RangeSet rest = asked.open;
    rest.remove(chunks);
    Work work;
    work.fragment = asked.fragment;
    work.zone = asked.urgent ? Zone::urgent : Zone::far;
    work.deadline = asked.deadline;
    cancel(asked.request, turn);
    for (const Span& span : rest.spans())
        ask(work, {asked.link, span}, asked.again, turn);
}

// An idle neighbour would have it here much sooner than the one asked: taken back, asked there. Not
// what is arriving.
bool Swarm::State::steal(const Asked& asked, Turn& turn) {
    const Neighbour* slow = neighbour(asked.link);
    if (slow == nullptr || asked.again) return false;
    const Duration left = slow->queue_time(0);
    for (const auto& [peer, holding] : availability_.who(asked.fragment.asset)) {
        const Neighbour* n = link_of(peer);
        if (n == nullptr || n->link() == asked.link || n->outstanding() > 0 ||
            n->paused_until() > turn.now || barred(*n, turn.now) ||
            !n->trusted_with(asked.fragment))
            continue;
        RangeSet can = chunks_of(holding, asked.fragment.index, asked.open);
        if (const auto deferred = n->deferred(asked.fragment, turn.now))
            can.remove(deferred->chunks);
        if (turn.now - slow->last_data() < kArriving) can.remove(asked.open.spans().front().begin);
        if (can.empty()) continue;
        const Duration there = n->queue_time(can.count() * limits::kChunkBytes);
        if (left < there * 4 + kWorthIt) continue;
        take_over(asked, can, turn);
        return true;
    }
    return false;
}

void Swarm::State::rescue(Turn& turn) {
    if (!requests_.look_due(turn)) return;
    const auto about = [&](const Asked& asked) -> Requests::About {
        const Neighbour& n = *neighbour(asked.link);
        return {n.gave(), n.patience(), viewers_.is_awaited(asked.fragment, asked.open)};
    };
    const Requests::Late late = requests_.late(about, turn.now);
    for (const Asked& asked : late.awaited)
        ask_twice(asked, turn);
    for (const Asked& asked : late.mute)
        if (Neighbour& n = *neighbour(asked.link);
            ask_twice(asked, turn) && !n.passed_over(turn.now))
            n.pass_over(turn.now);
    bool moved = false;
    for (const Asked& asked : late.calm)
        if (steal(asked, turn)) {
            moved = true;
            break;  // one at a time: the idle one is idle no more
        }
    if (moved) plan(turn);
    requests_.looked(turn);
}

}  // namespace fragcast

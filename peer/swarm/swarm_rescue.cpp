// Requests that take too long: asked of a second neighbour, taken back, given up.
#include "peer/swarm/swarm_rescue.hpp"

#include "peer/swarm/core.hpp"
#include "peer/swarm/swarm_fetch.hpp"
#include "peer/swarm/swarm_links.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

namespace {

constexpr Duration kRest{2'000'000};  // for a link that did not answer
constexpr std::int32_t kTimeoutPoints = 10;

}  // namespace

// No answer at all for long: what was asked there is asked elsewhere.
void time_out(Core& core, Turn& turn) {
    std::vector<LinkId> stuck;
    for (Neighbour& n : core.neighbours.each()) {
        if (n.outstanding() == 0) continue;
        n.stall(turn.now);
        if (turn.now - n.last_data() >= limits::kRequestTimeout)
            stuck.push_back(n.link());
        else
            turn.wake_by(n.last_data() + limits::kRequestTimeout);
    }
    for (const LinkId link : stuck) {
        for (const RequestId request : core.requests.timed_out(link))
            cancel(core, request, turn);
        neighbour(core, link)->pause_until(turn.now + kRest);
        blame(core, link, kTimeoutPoints, "it does not answer", turn);
    }
    for (const Proofs::Late& late : core.proofs.take_late(turn.now)) {
        core.order.plan_anew();
        Neighbour* n = neighbour(core, late.link);
        if (n != nullptr && late.others) {
            n->pass_over(turn.now);
            continue;
        }
        if (n != nullptr) n->pause_until(turn.now + kRest);
    }
    turn.wake_by(core.proofs.next());
}

// A viewer waits and the neighbour is late, or it gave nothing ever: ask a second one, with the
// waste capped.
static bool ask_twice(Core& core, const Asked& asked, Turn& turn) {
    const KnownAsset* asset = core.assets.find(asked.fragment.asset);
    const Assembly* unfinished = core.unfinished.find(asked.fragment);
    if (asset == nullptr || unfinished == nullptr) return false;
    RangeSet free = rescues::once_asked(asked, unfinished->lacking(), core.requests.open());
    if (free.empty()) return false;
    const bool mute = !neighbour(core, asked.link)->gave();
    Lanes ready = lanes_now(core, turn);
    if (mute) ready.widen(turn.now);
    std::vector<Lane> lanes =
        ready.of(asked.fragment, core.availability.who(asset->id), free, true, turn);
    rescues::keep_second(lanes, asked, mute, core.requests.open());
    Work work;
    work.fragment = asked.fragment;
    work.chunks = {free.spans().front().begin, free.end()};
    work.zone = mute && !asked.urgent ? Zone::far : Zone::urgent;
    work.deadline = work.zone == Zone::urgent ? turn.now : kNever;
    bool any = false;
    for (const Pick& pick : deal(work, std::move(free), lanes)) {
        if (!core.requests.may_ask_twice(pick.chunks.size())) break;
        ask(core, work, pick, true, turn);
        any = true;
    }
    return any;
}

// These chunks are free to be asked elsewhere; the rest of the request goes on.
static void take_over(Core& core, const Asked& asked, const RangeSet& chunks, Turn& turn) {
    RangeSet rest = asked.open;
    rest.remove(chunks);
    Work work;
    work.fragment = asked.fragment;
    work.zone = asked.urgent ? Zone::urgent : Zone::far;
    work.deadline = asked.deadline;
    cancel(core, asked.request, turn);
    for (const Span& span : rest.spans())
        ask(core, work, {asked.link, span}, asked.again, turn);
}

// An idle neighbour would have it here much sooner than the one asked: taken back, asked there. Not
// what is arriving.
static bool steal(Core& core, const Asked& asked, Turn& turn) {
    const Neighbour* slow = neighbour(core, asked.link);
    if (slow == nullptr) return false;
    for (const auto& [peer, holding] : core.availability.who(asked.fragment.asset)) {
        const Neighbour* n = link_of(core, peer);
        if (n == nullptr || barred(core, *n, turn.now)) continue;
        const RangeSet can = rescues::worth_moving(asked, *slow, *n, holding, turn.now);
        if (can.empty()) continue;
        take_over(core, asked, can, turn);
        return true;
    }
    return false;
}

void rescue(Core& core, Turn& turn) {
    if (!core.requests.look_due(turn)) return;
    const auto about = [&](const Asked& asked) -> Requests::About {
        const Neighbour& n = *neighbour(core, asked.link);
        return {n.gave(), n.patience(), core.viewers.is_awaited(asked.fragment, asked.open)};
    };
    const Requests::Late late = core.requests.late(about, turn.now);
    for (const Asked& asked : late.awaited)
        ask_twice(core, asked, turn);
    for (const Asked& asked : late.mute)
        if (Neighbour& n = *neighbour(core, asked.link);
            ask_twice(core, asked, turn) && !n.passed_over(turn.now))
            n.pass_over(turn.now);
    for (const Asked& asked : late.calm)
        if (steal(core, asked, turn)) break;  // one at a time: the idle one is idle no more
    core.requests.looked(turn);
}

}  // namespace fragcast

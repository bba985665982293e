// What we ask of others: proofs and chunks; and what they answer.
#include "peer/swarm/swarm_fetch.hpp"

#include "peer/swarm/core.hpp"
#include "peer/swarm/swarm_links.hpp"
#include "peer/swarm/swarm_order.hpp"
#include "peer/swarm/swarm_room.hpp"
#include "peer/swarm/swarm_store.hpp"
#include "peer/swarm/swarm_wants.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace fragcast {

namespace {

constexpr std::int32_t kUnaskedPoints = 10;
constexpr std::int32_t kRefusalPoints = 2;

}  // namespace

static void ask_for(Core& core, const Work& work, RangeSet free, std::uint64_t room, Lanes& ready,
                    Turn& turn);
static bool ask_proof(Core& core, const KnownAsset& asset, FragmentIndex fragment, Turn& turn);

Assembly& begin(Core& core, const KnownAsset& asset, FragmentIndex fragment) {
    return core.unfinished.begin({asset.id, fragment}, asset.size(fragment));
}

std::uint32_t length(const Core& core, const ChunkRef& chunk) {
    return core.assets.at(chunk.asset).length(chunk.fragment, chunk.chunk);
}

// --- planning ------------------------------------------------------------------------------------

Lanes lanes_now(Core& core, Turn& turn) {
    Lanes lanes;
    for (const auto& [id, peer] : core.peers.all()) {
        if (!peer.linked()) continue;
        const Neighbour& n = *link_of(core, id);
        if (!barred(core, n, turn.now)) lanes.add(n, turn);
    }
    return lanes;
}

void plan(Core& core, Turn& turn) {
    if (!core.order.take_plan()) return;
    if (!core.room.on_disk() || core.life.has_left()) return;
    if (core.order.due(turn)) make_order(core, turn.now);
    if (core.order.empty()) return;
    Lanes ready = lanes_now(core, turn);
    if (ready.empty()) return;
    std::uint32_t ahead = 0;
    for (const Work& work : core.order.all()) {
        const std::uint64_t room = core.requests.room(turn);
        const bool full = room == 0 || !core.requests.rate_allows(turn.now) ||
                          !ready.any_room(work.zone == Zone::urgent);
        if (full && (ahead >= limits::kProofsAhead || room == 0)) break;
        const KnownAsset& asset = core.assets.at(work.fragment.asset);
        if (core.book.fragments(asset.id).contains(work.fragment.index.value)) continue;
        const Assembly* unfinished = core.unfinished.find(work.fragment);
        if (unfinished == nullptr && !core.proofs.room()) continue;  // its proof comes first
        if (!fits(core, asset, work.fragment.index)) continue;
        if (unfinished != nullptr && unfinished->rests_until() > turn.now) {
            turn.wake_by(unfinished->rests_until());
            continue;
        }
        if (unfinished == nullptr || unfinished->proof() != Assembly::Proof::here) {
            const bool missing =
                (unfinished == nullptr || unfinished->proof() == Assembly::Proof::missing) &&
                core.proofs.find(work.fragment) == nullptr;
            if (!missing || ask_proof(core, asset, work.fragment.index, turn)) ++ahead;
            continue;
        }
        if (full) continue;
        RangeSet free = unfinished->lacking().common(RangeSet{work.chunks});
        free.remove(core.requests.open().open(work.fragment));
        if (free.empty()) continue;
        ask_for(core, work, std::move(free), room, ready, turn);
    }
}

// `free` of it, at most `room` chunks, of whom that is best.
static void ask_for(Core& core, const Work& work, RangeSet free, std::uint64_t room, Lanes& ready,
                    Turn& turn) {
    std::vector<Lane> lanes = ready.of(work.fragment, core.availability.who(work.fragment.asset),
                                       free, work.zone == Zone::urgent, turn);
    for (Lane& lane : lanes)
        lane.room = static_cast<std::uint32_t>(std::min<std::uint64_t>(lane.room, room));
    for (Pick pick : deal(work, std::move(free), lanes)) {
        if (room == 0 || !core.requests.rate_allows(turn.now)) break;
        pick.chunks.end = static_cast<std::uint32_t>(
            std::min<std::uint64_t>(pick.chunks.end, pick.chunks.begin + room));
        room -= pick.chunks.size();
        ask(core, work, pick, false, turn);
        ready.dealt(pick);
    }
}

// --- asking --------------------------------------------------------------------------------------

static bool ask_proof(Core& core, const KnownAsset& asset, FragmentIndex fragment, Turn& turn) {
    if (!core.proofs.room()) return false;
    const FragmentRef ref{asset.id, fragment};
    // Of those who answer rather than of those who may; several at once are asked of several.
    const auto rank = [&](const Neighbour& n) {
        return std::make_tuple(n.passed_over(turn.now), !n.spoke(), core.proofs.size(n.link()),
                               n.queue_time(0));
    };
    Neighbour* best = nullptr;
    for (const auto& [peer, holding] : core.availability.who(asset.id)) {
        if (!holding.fragments.contains(fragment.value) && !holding.partial.contains(fragment))
            continue;
        Neighbour* n = link_of(core, peer);
        if (n == nullptr || !n->trusted_with(ref) || barred(core, *n, turn.now)) continue;
        if (n->paused_until() > turn.now) {
            turn.wake_by(n->paused_until());
            continue;
        }
        if (best == nullptr || rank(*n) < rank(*best)) best = n;
    }
    if (best == nullptr) return false;
    begin(core, asset, fragment).proof_asked(turn.now);
    const RequestId request = turn.next_request();
    // Others may be linked by then; who is the only one is asked again, and waited for longer.
    const bool others = !best->spoke() && !best->passed_over(turn.now);
    const Duration patience = others ? best->patience() : Duration(limits::kDirectoryAnswer);
    core.proofs.ask(ref, {best->link(), request, turn.now, turn.now + patience, others});
    best->use(turn.now);
    best->ask_other(turn.now);
    turn.out.push_back(SendTo{best->link(), AskProof{request, asset.id, fragment}});
    turn.wake_by(core.proofs.next());
    return true;
}

void ask(Core& core, const Work& work, const Pick& pick, bool again, Turn& turn) {
    Neighbour& n = *neighbour(core, pick.link);
    Asked asked;
    asked.request = turn.next_request();
    asked.link = pick.link;
    asked.fragment = work.fragment;
    asked.open = RangeSet{pick.chunks};
    asked.sent = turn.now;
    asked.deadline = work.deadline;
    asked.urgent = work.zone == Zone::urgent;
    asked.again = again;
    std::uint64_t bytes = 0;
    for (std::uint32_t chunk = pick.chunks.begin; chunk < pick.chunks.end; ++chunk)
        bytes += length(core, {work.fragment.asset, work.fragment.index, {chunk}});
    asked.expected = turn.now + n.queue_time(bytes);

    Request request;
    request.request = asked.request;
    request.asset = work.fragment.asset;
    request.fragment = work.fragment.index;
    request.chunks = pick.chunks;
    if (work.deadline != kNever)
        request.deadline_ms = static_cast<std::uint32_t>(
            std::clamp<std::int64_t>((work.deadline - turn.now).count() / 1000, 1, 3'600'000));
    const bool soon = asked.urgent && work.deadline <= turn.now + limits::kInsistAhead;
    request.insist = n.insists(work.fragment, asked.open, soon, turn.now);
    n.asked(bytes, turn.now);
    turn.out.push_back(SendTo{pick.link, request});
    core.requests.ask(std::move(asked), bytes, turn);
}

// These chunks of a request will not come by it.
void relieve(Core& core, const Asked& asked, const RangeSet& chunks, Time now) {
    std::uint64_t bytes = 0;
    for (const Span& span : chunks.spans())
        for (std::uint32_t chunk = span.begin; chunk < span.end; ++chunk)
            bytes += length(core, {asked.fragment.asset, asked.fragment.index, {chunk}});
    if (Neighbour* n = neighbour(core, asked.link)) n->relieved(bytes, now);
}

void cancel(Core& core, RequestId request, Turn& turn) {
    const auto asked = core.requests.drop(request);
    if (!asked) return;
    Neighbour* n = neighbour(core, asked->link);
    if (n == nullptr) return;
    relieve(core, *asked, asked->open, turn.now);
    if (n->outstanding() == 0) n->excuse();
    turn.out.push_back(SendTo{asked->link, Cancel{request}});
    core.order.plan_anew();
}

// --- answers -------------------------------------------------------------------------------------

void got(Core& core, Neighbour& n, const Data& data, std::size_t bytes, Turn& turn) {
    const ChunkRef chunk{data.asset, data.fragment, data.chunk};
    switch (core.requests.came(n.link(), data.request, chunk)) {
        case Requests::Came::unasked:
            return blame(core, n.link(), kUnaskedPoints, "it sends what nobody asked for", turn);
        case Requests::Came::given_up:
            return;
        case Requests::Came::asked:
            break;
    }
    const std::uint32_t due = length(core, chunk);
    n.answered(due, turn.now);
    core.order.plan_anew();
    if (bytes != due) {
        wrong(core, chunk.of(), chunk.chunk, n.link(), turn);
        return;
    }
    core.peers.came(n.peer().id, due);
    Assembly* unfinished = core.unfinished.change(chunk.of());
    if (unfinished == nullptr || unfinished->has(chunk.chunk) ||
        unfinished->in_store().contains(chunk.chunk.value))
        return core.requests.spare(due);
    unfinished->storing(chunk.chunk);
    core.requests.storing(chunk, due);
    turn.out.push_back(StoreChunk{chunk, n.link()});
    // Who else was asked for it: a request of which nothing is left to wait for ends.
    if (core.requests.open().count(chunk) == 0) return;
    const std::set<RequestId> others = core.requests.open().of_fragment(chunk.of());
    for (const RequestId other : others) {
        RangeSet rest = core.requests.open().find(other)->open;
        rest = rest.common(unfinished->lacking());
        if (rest.empty()) cancel(core, other, turn);
    }
}

void got(Core& core, Neighbour& n, const ProofPart& part, std::size_t bytes, Turn& turn) {
    const FragmentRef fragment{part.asset, part.fragment};
    Assembly* unfinished = core.unfinished.change(fragment);
    if (!core.proofs.came(fragment, n.link(), part.request) || unfinished == nullptr) return;
    n.use(turn.now);
    n.heard_answer();
    n.gave_other();
    core.order.plan_anew();
    if (bytes != std::size_t{unfinished->chunks()} * Digest::kBytes) {
        wrong(core, fragment, {0}, n.link(), turn);
        return;
    }
    unfinished->proof_came();
    turn.out.push_back(StoreProof{fragment, n.link()});
}

// It claimed what it has not: the claim is taken back, and what was asked goes elsewhere.
void got(Core& core, Neighbour& n, const Absent& absent, Turn& turn) {
    turn.count("absent_in");
    const FragmentRef fragment{absent.asset, absent.fragment};
    const LinkId link = n.link();
    if (!core.proofs.answered(fragment, link, absent.request)) {
        const Asked* asked = core.requests.open().find(absent.request);
        if (asked == nullptr || asked->link != link || asked->fragment != fragment) return;
        RangeSet gone = asked->open;
        if (!absent.chunks.empty()) gone = gone.common(RangeSet{absent.chunks});
        RangeSet keep = asked->open;
        keep.remove(gone);
        relieve(core, *asked, gone, turn.now);
        core.requests.narrow(absent.request, keep);
    }
    n.heard_answer();
    n.gave_other();
    core.availability.remove(n.peer().id, fragment, absent.chunks);
    core.order.stale();
    core.calls.due();
    core.order.plan_anew();
    blame(core, link, kRefusalPoints, "it claims what it does not have", turn);
}

void got(Core& core, Neighbour& n, const Busy& busy, Turn& turn) {
    turn.count("busy_in");
    const Time until =
        turn.now + std::min<Duration>(std::chrono::milliseconds(std::max(busy.retry_ms, 10U)),
                                      limits::kRequestTimeout);
    if (core.manifests.refused({n.link(), {}}, busy.request, until - turn.now, turn)) return;
    if (core.proofs.answered(n.link(), busy.request)) {
        n.heard_answer();
        n.pause_until(until);
        core.order.plan_anew();
        turn.wake_by(until);
        return;
    }
    const auto asked = core.requests.refused(n.link(), busy.request);
    if (!asked) return;
    n.heard_answer();
    relieve(core, *asked, asked->open, turn.now);
    core.order.plan_anew();
    turn.wake_by(until);
    if (busy.others.empty()) {
        n.pause_until(until);
        return;
    }
    n.defer(asked->fragment, asked->open, until - turn.now, asked->urgent, turn.now);
    core.search.refer(asked->fragment.asset, busy.others, core.self.record().id, turn.now);
    core.calls.due();
}

}  // namespace fragcast

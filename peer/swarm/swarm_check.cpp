// What must always hold, checked in every build: the simulator and the tests call it.
#include "peer/swarm/swarm_check.hpp"

#include "peer/swarm/core.hpp"
#include "peer/swarm/swarm_fetch.hpp"
#include "peer/swarm/swarm_find.hpp"
#include "peer/swarm/swarm_links.hpp"
#include "peer/swarm/swarm_room.hpp"
#include "peer/swarm/swarm_serve.hpp"
#include "peer/swarm/swarm_view.hpp"
#include "peer/swarm/swarm_view_peers.hpp"
#include "peer/swarm/swarm_wants.hpp"

#include <map>
#include <stdexcept>
#include <string>

namespace fragcast {

namespace {

void require(bool holds, const char* what) {
    if (!holds) throw std::logic_error(std::string("swarm: ") + what);
}

using Outstanding = std::map<LinkId, std::uint64_t>;  // bytes

// Of a link that is up, for what is unfinished.
void check_request(const Core& core, const Asked& asked, Time now) {
    const Neighbour* n = neighbour(core, asked.link);
    require(n != nullptr && n->up(), "something is asked on a link that is not up");
    require(!asked.open.empty(), "a request waits for nothing");
    require(asked.sent <= now && asked.expected >= asked.sent, "a request has no time");
    const Assembly* unfinished = core.unfinished.find(asked.fragment);
    require(unfinished != nullptr, "chunks are asked of a fragment that is not unfinished");
    require(asked.open.end() <= unfinished->chunks(), "chunks beyond the end are asked");
    for (const RequestId other : core.requests.open().of_fragment(asked.fragment)) {
        if (other == asked.request) continue;
        const Asked& second = *core.requests.open().find(other);
        require(second.link != asked.link || second.open.common(asked.open).empty(),
                "a chunk is asked twice of one neighbour");
    }
}

// No chunk of three; what is asked of each neighbour.
Outstanding check_requests(const Core& core, Time now) {
    Outstanding outstanding;
    for (const auto& [request, asked] : core.requests.open().all()) {
        check_request(core, asked, now);
        for (const Span& span : asked.open.spans())
            for (std::uint32_t i = span.begin; i < span.end; ++i) {
                const ChunkRef chunk{asked.fragment.asset, asked.fragment.index, {i}};
                outstanding[asked.link] += length(core, chunk);
                require(core.requests.open().count(chunk) <= 2, "a chunk is asked of three");
            }
    }
    return outstanding;
}

void check_flow(const Core& core, Outstanding outstanding) {
    std::uint64_t total = 0;
    for (const Neighbour& n : core.neighbours.each()) {
        require(n.outstanding() == outstanding[n.link()], "a link's outstanding bytes are wrong");
        require(n.outstanding() <= limits::kMaxInFlightBytes, "too much is asked of one neighbour");
        total += n.outstanding();
    }
    require(total <= limits::kMaxInFlightTotalBytes, "too much is asked in all");
}

// What is unfinished is not whole.
void check_unfinished(const Core& core, const AssetId& id) {
    for (const auto& [index, unfinished] : core.unfinished.of(id)) {
        require(!core.book.fragments(id).contains(index.value),
                "a fragment is whole and unfinished");
        require(core.proofs.find({id, index}) == nullptr ||
                    unfinished.proof() == Assembly::Proof::missing,
                "a proof is asked for that is here");
    }
}

// What is wanted has a reason, and what is here its room. A peer that leaves concludes nothing any
// more.
void check_assets(const Core& core) {
    for (const auto& [id, asset] : core.assets.all()) {
        check_unfinished(core, id);
        require(core.wants.contains(id) == (!core.life.has_left() && wants(core, asset)),
                "wants are not up to date");
        require(!core.life.runs() || core.room.stock(id) == takes(core, asset),
                "what an asset takes is not counted");
        require(!asset.manifest || core.wants.copies(id).end() <= asset.fragments(),
                "copies are wanted of more than there is");
        // Readers wait for what is not here.
        for (const ChunkRef& chunk : core.viewers.awaited(id))
            require(!proven(core, chunk.of()).contains(chunk.chunk.value),
                    "a reader waits for what is here");
    }
    for (const AssetId& id : core.manifests.asked())
        require(core.wants.contains(id), "a manifest is asked for that is not wanted");
}

// Who is linked is known, by that link.
void check_people(const Core& core) {
    for (const Neighbour& n : core.neighbours.each()) {
        const KnownPeer* known = n.up() ? core.peers.find(n.peer().id) : nullptr;
        require(!n.up() || (known != nullptr && known->links.contains(n.link())),
                "who is linked is not known");
    }
    for (const auto& [id, peer] : core.peers.all())
        for (const LinkId link : peer.links) {
            const Neighbour* n = neighbour(core, link);
            require(n != nullptr && n->up() && n->peer().id == id, "a peer's link is not its own");
        }
}

// What was shown looks as it did, or was touched since.
void check_shown_assets(const Core& core) {
    const bool by_friends = no_bus_answers(core);
    if (!core.life.runs() || by_friends != core.shown.by_friends()) return;
    for (const auto& [id, asset] : core.assets.all())
        require(
            core.shown.touched(id) || core.shown.contains(id) == is_shown(core, asset, by_friends),
            "an asset came into view or left it, and was not touched");
}

// Who was shown looks as he did, but for what moves by itself, or was touched since.
void check_shown_peers(const Core& core, Time now) {
    for (const auto& [id, shown] : core.shown_peers.all())
        require(id == core.self.record().id || core.shown_peers.touched(id) ||
                    core.peers.record(id) != nullptr,
                "a peer is shown that is no more");
    for (const auto& [id, peer] : core.peers.all()) {
        if (core.shown_peers.touched(id)) continue;
        const PeerPtr shown = core.shown_peers.find(id);
        require((shown != nullptr) == peer.told(), "a peer came or went, and was not touched");
        if (!shown) continue;
        PeerView fresh = view(core, peer, now);
        fresh.barred = shown->barred;
        fresh.rtt_us = shown->rtt_us;
        fresh.rate_in = shown->rate_in;
        require(fresh == *shown, "a peer looks otherwise than it was shown, and was not touched");
    }
}

// What each must keep by itself.
void check_owners(const Core& core) {
    for (const char* broken :
         {core.neighbours.broken(), core.wants.broken(),      core.viewers.broken(),
          core.asks.broken(),       core.answers.broken(),    core.manifests.broken(),
          core.requests.broken(),   core.unfinished.broken(), core.assets.broken(),
          core.peers.broken(),      core.room.broken(),       core.keeper.broken(),
          core.proofs.broken(),     core.offers.broken(),     core.availability.broken(),
          core.hearing.broken(),    core.heard.broken(),      core.book.broken(),
          core.search.broken(),     core.farewell.broken(),   core.eviction.broken(),
          core.bars.broken(),       core.givers.broken(),     core.order.broken()})
        require(broken == nullptr, broken);
    for (const BusSession& bus : core.buses)
        require(bus.broken() == nullptr, bus.broken());
}

}  // namespace

void check(const Core& core, Time now) {
    check_flow(core, check_requests(core, now));
    check_assets(core);
    check_people(core);
    check_shown_assets(core);
    check_shown_peers(core, now);
    check_owners(core);
}

}  // namespace fragcast

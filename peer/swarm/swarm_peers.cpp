// Who is known, on whose word: a bus's, their own, another's.
#include "peer/swarm/swarm_peers.hpp"

#include "peer/swarm/core.hpp"
#include "peer/swarm/swarm_copies.hpp"
#include "peer/swarm/swarm_find.hpp"
#include "peer/swarm/swarm_links.hpp"

namespace fragcast {

// --- whose word counts ---------------------------------------------------------------------------

static void learnt(Core& core, const PeerId& peer, const KnownPeers::Learnt& what) {
    if (what.anew) core.hearing.begins_anew(peer);
    if (what.taken) core.calls.due();
}

void learn(Core& core, const PeerRecord& record, std::optional<BusId> bus, Turn& turn) {
    if (record.id == core.self.record().id || record.id.is_zero()) return;
    if (!bus) {
        const PeerRecord* known = core.peers.record(record.id);
        const bool in_vain = known != nullptr && !known->exchange.empty() &&
                             !core.neighbours.may_dial(known->exchange, turn.now);
        return learnt(core, record.id, core.peers.mentioned(record, in_vain));
    }
    if (const auto other = core.peers.in_the_way_of(record.id)) forget_peer(core, *other, turn);
    const KnownPeers::Learnt what = core.peers.listed(record, *bus, turn.now);
    // Only somebody else can have told of a later life than its buses have heard of.
    if (what.taken && core.availability.beyond(record.id, record.epoch)) {
        core.availability.forget(record.id);
        core.hearing.due(record.id, turn.now, turn);
    }
    learnt(core, record.id, what);
}

// Serves its link; is written down only in place of a lesser word.
void learn(Core& core, const Neighbour& n) {
    const PeerRecord& record = n.peer();
    learnt(core, record.id,
           core.peers.introduced(record, n.link(), n.endpoint(), any_bus_joined(core)));
}

// A peer that did not leave for good is expected back with what it held.
void forget_peer(Core& core, const PeerId& peer, Turn& turn) {
    const KnownPeer* known = core.peers.find(peer);
    if (known != nullptr && !known->record.guest && !known->record.draining &&
        membership(core).counts(*known))
        core.keeper.gone(peer, holds_of(core, peer), turn);
    core.availability.forget(peer);
    core.answers.forget(peer);
    core.hearing.forget(peer);
    core.givers.forget(peer);
    core.peers.forget(peer);
}

// --- epochs --------------------------------------------------------------------------------------

// Taken at its word it would end the claims of the life that the bus knows. A bus hears of a new
// life first.
bool unheard_of(Core& core, const PeerId& peer, Epoch epoch, Turn& turn) {
    const KnownPeer* known = core.peers.find(peer);
    if (known == nullptr || known->word != Word::bus || !any_bus_joined(core) ||
        epoch <= known->record.epoch)
        return false;
    core.hearing.lacks_record(turn);
    return true;
}

bool too_far_ahead(Core& core, Epoch epoch, Turn& turn) {
    return core.clocks.too_far_ahead(epoch, turn);
}

}  // namespace fragcast

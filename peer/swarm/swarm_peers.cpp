// Who is known, on whose word: a bus's, their own, another's.
#include "peer/swarm/swarm_peers.hpp"

#include "peer/swarm/core.hpp"
#include "peer/swarm/swarm_copies.hpp"
#include "peer/swarm/swarm_find.hpp"
#include "peer/swarm/swarm_links.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

// --- whose word counts ---------------------------------------------------------------------------

// Dialled there, and somebody answers to the id: nobody who only dialled us has shown as much.
static bool answers_where_it_says(const Core& core, LinkId link, const PeerRecord& record) {
    const Neighbour* n = neighbour(core, link);
    return n != nullptr && n->up() && n->dialled() && n->peer().id == record.id &&
           n->endpoint() == record.exchange;
}

static bool may_take(const Core& core, const KnownPeer& known, const PeerRecord& record, Word word,
                     LinkId link, Time now) {
    switch (word) {
        case Word::bus:
            return known.word != Word::bus || record.epoch >= known.record.epoch;
        case Word::hello:
            if (known.word != Word::hello) return known.word < Word::hello;
            return known.told_by == link ||
                   (answers_where_it_says(core, link, record) &&
                    !answers_where_it_says(core, known.told_by, known.record));
        case Word::other:
            // In an empty place, or that of an address at which nobody answered lately.
            return known.word == Word::nobody ||
                   (known.word == Word::other && known.links.empty() && known.dialling.value == 0 &&
                    !known.record.exchange.empty() &&
                    !core.neighbours.may_dial(known.record.exchange, now));
        case Word::nobody:
            return false;
    }
    return false;
}

static void take(Core& core, KnownPeer& known, const PeerRecord& record, Word word, LinkId link) {
    const bool began_anew = !known.told || record.epoch > known.record.epoch;
    if (began_anew) {
        known.leaving = false;
        core.hearing.begins_anew(record.id);
    }
    if (began_anew || known.word != word || known.record.draining != record.draining ||
        known.record.capacity != record.capacity)
        core.keeper.members_changed();
    known.record = record;
    known.word = word;
    known.told_by = link;
    known.told = true;
    core.connect_due = true;
}

void learn(Core& core, const PeerRecord& record, std::optional<BusId> bus, Turn& turn) {
    if (record.id == core.self.record.id || record.id.is_zero()) return;
    if (!core.peers.contains(record.id) && core.peers.size() >= limits::kMaxBusPeers) return;
    KnownPeer& known = core.peers[record.id];
    const Word word = bus ? Word::bus : Word::other;
    if (may_take(core, known, record, word, {}, turn.now)) {
        // Only somebody else can have told of a later life than its buses have heard of.
        if (word == Word::bus && core.availability.beyond(record.id, record.epoch)) {
            core.availability.forget(record.id);
            core.hearing.due(record.id, turn.now, turn);
        }
        take(core, known, record, word, {});
    }
    if (!bus) return;
    known.live_at.insert(*bus);
    known.heard = std::max(known.heard, turn.now);
    known.gone = false;
}

// Serves its link; is written down only in place of a lesser word.
void learn(Core& core, const Neighbour& n, Time now) {
    const PeerRecord& record = n.peer();
    if (!core.peers.contains(record.id) && core.peers.size() >= limits::kMaxBusPeers) return;
    KnownPeer& known = core.peers[record.id];
    if (may_take(core, known, record, Word::hello, n.link(), now)) {
        take(core, known, record, Word::hello, n.link());
    } else if (known.word == Word::bus && !any_bus_joined(core) &&
               known.record.draining != record.draining) {
        // With the bus away, that it leaves for good it says itself; a bus's next word is right.
        known.record.draining = record.draining;
        core.keeper.members_changed();
    }
}

// A peer that did not leave for good is expected back with what it held.
void forget_peer(Core& core, const PeerId& peer, Turn& turn) {
    const auto known = core.peers.find(peer);
    if (known != core.peers.end() && known->second.told && !known->second.record.guest) {
        if (!known->second.record.draining && counts(core, known->second))
            core.keeper.gone(peer, holds_of(core, peer), turn);
        core.keeper.members_changed();
    }
    core.availability.forget(peer);
    core.answers.forget(peer);
    core.hearing.forget(peer);
    core.peers.erase(peer);
}

// What a bus names all see alike; without one everybody has only what he heard.
bool counts(const Core& core, const KnownPeer& peer) {
    return peer.told && (peer.word == Word::bus || !any_bus_joined(core));
}

// --- epochs --------------------------------------------------------------------------------------

// Taken at its word it would end the claims of the life that the bus knows. A bus hears of a new
// life first.
bool unheard_of(Core& core, const PeerId& peer, Epoch epoch, Turn& turn) {
    const auto known = core.peers.find(peer);
    if (known == core.peers.end() || known->second.word != Word::bus || !any_bus_joined(core) ||
        epoch <= known->second.record.epoch)
        return false;
    core.hearing.lacks_record(turn);
    return true;
}

bool too_far_ahead(Core& core, Epoch epoch, Turn& turn) {
    if (!core.clocks.too_far_ahead(epoch, turn)) return false;
    ++core.counters.refused_messages;
    return true;
}

}  // namespace fragcast

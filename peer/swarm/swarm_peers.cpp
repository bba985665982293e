// Who is known, on whose word: a bus's, their own, another's.
#include "peer/swarm/swarm_state.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

// --- whose word counts ---------------------------------------------------------------------------

// Dialled there, and somebody answers to the id: nobody who only dialled us has shown as much.
bool Swarm::State::answers_where_it_says(LinkId link, const PeerRecord& record) const {
    const Neighbour* n = neighbour(link);
    return n != nullptr && n->up() && n->dialled() && n->peer().id == record.id &&
           n->endpoint() == record.exchange;
}

bool Swarm::State::may_take(const KnownPeer& known, const PeerRecord& record, Word word,
                            LinkId link, Time now) const {
    switch (word) {
        case Word::bus:
            return known.word != Word::bus || record.epoch >= known.record.epoch;
        case Word::hello:
            if (known.word != Word::hello) return known.word < Word::hello;
            return known.told_by == link || (answers_where_it_says(link, record) &&
                                             !answers_where_it_says(known.told_by, known.record));
        case Word::other:
            // In an empty place, or that of an address at which nobody answered lately.
            return known.word == Word::nobody ||
                   (known.word == Word::other && known.links.empty() && known.dialling.value == 0 &&
                    !known.record.exchange.empty() &&
                    !neighbours_.may_dial(known.record.exchange, now));
        case Word::nobody:
            return false;
    }
    return false;
}

void Swarm::State::take(KnownPeer& known, const PeerRecord& record, Word word, LinkId link) {
    const bool began_anew = !known.told || record.epoch > known.record.epoch;
    if (began_anew) {
        known.leaving = false;
        hearing_.begins_anew(record.id);
    }
    if (began_anew || known.word != word || known.record.draining != record.draining ||
        known.record.capacity != record.capacity)
        keeper_.members_changed();
    known.record = record;
    known.word = word;
    known.told_by = link;
    known.told = true;
    connect_due_ = true;
}

void Swarm::State::learn(const PeerRecord& record, std::optional<BusId> bus, Turn& turn) {
    if (record.id == self_.record.id || record.id.is_zero()) return;
    if (!peers_.contains(record.id) && peers_.size() >= limits::kMaxBusPeers) return;
    KnownPeer& known = peers_[record.id];
    const Word word = bus ? Word::bus : Word::other;
    if (may_take(known, record, word, {}, turn.now)) {
        // Only somebody else can have told of a later life than its buses have heard of.
        if (word == Word::bus && availability_.beyond(record.id, record.epoch)) {
            availability_.forget(record.id);
            hearing_.due(record.id, turn.now, turn);
        }
        take(known, record, word, {});
    }
    if (!bus) return;
    known.live_at.insert(*bus);
    known.heard = std::max(known.heard, turn.now);
    known.gone = false;
}

// Serves its link; is written down only in place of a lesser word.
void Swarm::State::learn(const Neighbour& n, Time now) {
    const PeerRecord& record = n.peer();
    if (!peers_.contains(record.id) && peers_.size() >= limits::kMaxBusPeers) return;
    KnownPeer& known = peers_[record.id];
    if (may_take(known, record, Word::hello, n.link(), now)) {
        take(known, record, Word::hello, n.link());
    } else if (known.word == Word::bus && !any_bus_joined() &&
               known.record.draining != record.draining) {
        // With the bus away, that it leaves for good it says itself; a bus's next word is right.
        known.record.draining = record.draining;
        keeper_.members_changed();
    }
}

// A peer that did not leave for good is expected back with what it held.
void Swarm::State::forget_peer(const PeerId& peer, Turn& turn) {
    const auto known = peers_.find(peer);
    if (known != peers_.end() && known->second.told && !known->second.record.guest) {
        if (!known->second.record.draining && counts(known->second))
            keeper_.gone(peer, holds_of(peer), turn);
        keeper_.members_changed();
    }
    availability_.forget(peer);
    answers_.forget(peer);
    hearing_.forget(peer);
    peers_.erase(peer);
}

// What a bus names all see alike; without one everybody has only what he heard.
bool Swarm::State::counts(const KnownPeer& peer) const {
    return peer.told && (peer.word == Word::bus || !any_bus_joined());
}

// --- epochs --------------------------------------------------------------------------------------

// Taken at its word it would end the claims of the life that the bus knows. A bus hears of a new
// life first.
bool Swarm::State::unheard_of(const PeerId& peer, Epoch epoch, Turn& turn) {
    const auto known = peers_.find(peer);
    if (known == peers_.end() || known->second.word != Word::bus || !any_bus_joined() ||
        epoch <= known->second.record.epoch)
        return false;
    hearing_.lacks_record(turn);
    return true;
}

bool Swarm::State::too_far_ahead(Epoch epoch, Turn& turn) {
    if (!clocks_.too_far_ahead(epoch, turn)) return false;
    ++counters_.refused_messages;
    return true;
}

}  // namespace fragcast

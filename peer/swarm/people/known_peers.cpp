#include "peer/swarm/people/known_peers.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

// --- who is known --------------------------------------------------------------------------------

const KnownPeer* KnownPeers::find(const PeerId& peer) const {
    const auto found = peers_.find(peer);
    return found == peers_.end() ? nullptr : &found->second;
}

KnownPeer* KnownPeers::at(const PeerId& peer) {
    const auto found = peers_.find(peer);
    return found == peers_.end() ? nullptr : &found->second;
}

KnownPeer* KnownPeers::at_or_new(const PeerId& peer) {
    return room_for(peer) ? &peers_[peer] : nullptr;
}

bool KnownPeers::room_for(const PeerId& peer) const {
    return !peer.is_zero() && (peers_.size() < limits::kMaxBusPeers || contains(peer));
}

const PeerRecord* KnownPeers::record(const PeerId& peer) const {
    const KnownPeer* known = find(peer);
    return known != nullptr && known->told() ? &known->record : nullptr;
}

bool KnownPeers::linked(const PeerId& peer) const {
    const KnownPeer* known = find(peer);
    return known != nullptr && known->linked();
}

// --- records -------------------------------------------------------------------------------------

KnownPeers::Learnt KnownPeers::take(KnownPeer& known, const PeerRecord& record, Word word) {
    Learnt out{true, false};
    out.anew = !known.told() || record.epoch > known.record.epoch;
    if (out.anew) known.leaving = false;
    if (out.anew || known.word != word || known.record.draining != record.draining ||
        known.record.capacity != record.capacity)
        ++renewals_;
    if (!known.told() || known.record != record) changed_.insert(record.id);
    known.record = record;
    known.word = word;
    known.told_by = {};
    known.at_home = false;
    return out;
}

std::optional<PeerId> KnownPeers::in_the_way_of(const PeerId& peer) const {
    if (peers_.size() < limits::kMaxBusPeers || contains(peer)) return {};
    const auto found = std::find_if(peers_.begin(), peers_.end(), [](const auto& one) {
        return one.second.word < Word::bus && one.second.apart();
    });
    return found == peers_.end() ? std::nullopt : std::optional(found->first);
}

KnownPeers::Learnt KnownPeers::listed(const PeerRecord& record, BusId bus, Time now) {
    KnownPeer* known = at_or_new(record.id);
    if (known == nullptr) return {};
    Learnt out;
    if (known->word != Word::bus || record.epoch >= known->record.epoch)
        out = take(*known, record, Word::bus);
    known->live_at.insert(bus);
    known->heard = std::max(known->heard, now);
    known->gone = false;
    return out;
}

// In an empty place, or that of an address at which nobody answered lately.
KnownPeers::Learnt KnownPeers::mentioned(const PeerRecord& record, bool in_vain) {
    KnownPeer* known = at_or_new(record.id);
    if (known == nullptr) return {};
    const bool empty = known->word == Word::nobody;
    const bool lost = known->word == Word::other && known->apart() && in_vain;
    return empty || lost ? take(*known, record, Word::other) : Learnt{};
}

KnownPeers::Learnt KnownPeers::introduced(const PeerRecord& record, LinkId link,
                                          const std::string& dialled, bool bus_joined) {
    KnownPeer* known = at_or_new(record.id);
    if (known == nullptr) return {};
    // Somebody answers there to the id: nobody who only dialled us has shown as much.
    const bool at_home = !dialled.empty() && dialled == record.exchange;
    const bool may = known->word == Word::hello
                         ? known->told_by == link || (at_home && !known->at_home)
                         : known->word < Word::hello;
    if (may) {
        const Learnt out = take(*known, record, Word::hello);
        known->told_by = link;
        known->at_home = at_home;
        return out;
    }
    // With the bus away, that it leaves for good it says itself; a bus's next word is right.
    if (known->word != Word::bus || bus_joined || known->record.draining == record.draining)
        return {};
    known->record.draining = record.draining;
    changed_.insert(record.id);
    ++renewals_;
    return {};
}

bool KnownPeers::named(const PeerId& peer) {
    return at_or_new(peer) != nullptr;
}

bool KnownPeers::alive(const PeerId& peer, BusId bus, Time now) {
    KnownPeer* known = at_or_new(peer);
    if (known == nullptr) return false;
    known->live_at.insert(bus);
    known->heard = now;
    known->gone = false;
    return true;
}

bool KnownPeers::leaves(const PeerId& peer) {
    KnownPeer* known = at(peer);
    if (known == nullptr || std::exchange(known->leaving, true)) return false;
    ++renewals_;
    return true;
}

bool KnownPeers::leaves(const PeerId& peer, Epoch life, BusId bus) {
    const KnownPeer* known = find(peer);
    if (known == nullptr || !known->told() || known->record.epoch != life) return false;
    // A bus that was just joined again has not named anybody yet.
    return (known->live_at.empty() || known->live_at.contains(bus)) && leaves(peer);
}

// --- links ---------------------------------------------------------------------------------------

void KnownPeers::dialling(const PeerId& peer, LinkId link) {
    peers_[peer].dialling = link;
}

std::optional<PeerId> KnownPeers::dial_over(LinkId link) {
    const auto found = std::find_if(peers_.begin(), peers_.end(),
                                    [&](const auto& one) { return one.second.dialling == link; });
    if (found == peers_.end()) return {};
    KnownPeer& known = found->second;
    known.dialling = {};
    const bool nothing = !known.told() && known.live_at.empty();
    return known.apart() && (nothing || crowded()) ? std::optional(found->first) : std::nullopt;
}

bool KnownPeers::linked(const PeerId& peer, LinkId link) {
    KnownPeer& known = peers_[peer];
    known.dialling = {};
    const bool first = known.links.empty();
    if (known.links.insert(link).second) changed_.insert(peer);
    if (first) relinked(peer);
    return first;
}

KnownPeers::Unlinked KnownPeers::unlinked(const PeerId& peer, LinkId link, bool bus_joined) {
    KnownPeer* known = at(peer);
    if (known == nullptr) return Unlinked::nothing;
    if (known->links.erase(link) > 0) {
        changed_.insert(peer);
        if (!known->linked()) relinked(peer);
    }
    const bool voucher = known->word == Word::hello && known->told_by == link;
    if (voucher) {
        known->word = Word::other;
        known->told_by = {};
        known->at_home = false;
    }
    if (known->linked()) return voucher ? Unlinked::voucher : Unlinked::nothing;
    if (crowded()) return Unlinked::forgotten;
    // Whom no bus names is remembered only where there is none to ask.
    const bool hint = known->word != Word::bus && bus_joined;
    const bool over = !known->told() || known->record.guest || known->gone || hint;
    return over && known->live_at.empty() ? Unlinked::forgotten : Unlinked::last;
}

// --- buses ---------------------------------------------------------------------------------------

KnownPeers::Left KnownPeers::left(const PeerId& peer, BusId bus) {
    KnownPeer* known = at(peer);
    if (known == nullptr || known->live_at.erase(bus) == 0 || !known->live_at.empty())
        return Left::nothing;
    known->gone = true;
    return known->linked() ? Left::linked : Left::forgotten;
}

void KnownPeers::bus_lost(BusId bus) {
    for (auto& [id, known] : peers_)
        known.live_at.erase(bus);
}

std::vector<PeerId> KnownPeers::unlisted(BusId bus, const std::set<PeerId>& listed,
                                         Time since) const {
    std::vector<PeerId> out;
    for (const auto& [id, known] : peers_)
        if (known.heard < since && !listed.contains(id) && known.live_at.contains(bus))
            out.push_back(id);
    return out;
}

void KnownPeers::relinked(const PeerId& peer) {
    relinked_.insert(peer);
    ++relinks_;
}

void KnownPeers::forget(const PeerId& peer) {
    const KnownPeer* known = find(peer);
    if (known == nullptr) return;
    if (known->linked()) relinked(peer);
    if (known->told() && !known->record.guest) ++renewals_;
    changed_.insert(peer);
    peers_.erase(peer);
}

std::vector<PeerId> KnownPeers::strays() const {
    std::vector<PeerId> out;
    for (const auto& [id, known] : peers_)
        if (known.live_at.empty() && known.apart()) out.push_back(id);
    return out;
}

// --- to and fro ----------------------------------------------------------------------------------

void KnownPeers::came(const PeerId& peer, std::uint64_t bytes) {
    KnownPeer* known = at(peer);
    if (known == nullptr) return;
    known->bytes_in += bytes;
    changed_.insert(peer);
}

void KnownPeers::sent(const PeerId& peer, std::uint64_t bytes) {
    KnownPeer* known = at(peer);
    if (known == nullptr) return;
    known->bytes_out += bytes;
    changed_.insert(peer);
}

void KnownPeers::thanked(const PeerId& peer) {
    KnownPeer* known = at(peer);
    if (known == nullptr) return;
    ++known->receipts;
    changed_.insert(peer);
}

// --- rules ---------------------------------------------------------------------------------------

const char* KnownPeers::broken() const {
    std::set<LinkId> links;
    std::size_t only_told = 0;
    for (const auto& [id, known] : peers_) {
        if (id.is_zero()) return "nobody is known";
        if (known.told() && known.record.id != id) return "a peer has the record of another";
        if ((known.word == Word::hello) != (known.told_by.value != 0))
            return "a record is a hello's, and no link's";
        if (known.word == Word::hello && !known.links.contains(known.told_by))
            return "a hello's record outlives its link";
        if (known.gone && !known.live_at.empty()) return "who is gone is named by a bus";
        for (const LinkId link : known.links)
            if (!links.insert(link).second) return "a link leads to two peers";
        if (known.apart()) ++only_told;
    }
    return only_told > limits::kMaxBusPeers ? "too many peers are known" : nullptr;
}

}  // namespace fragcast

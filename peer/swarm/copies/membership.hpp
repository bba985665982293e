// Loop thread. Pure.
//
// Who counts as what, as far as copies go (PROTOCOL.md, "Copies", "Eviction", "Hand-over"), as we
// stand and see the others:
//
//   counts    others see it as well
//   stays     it could take copies and keep them
//   member    it stays, and is linked where nobody else vouches for it: copies are placed there
//   holder    as what its word on what it has counts
//   witness   a member whose word may cost us a copy
//
// A value, made of what is so when it is asked.
#pragma once

#include "peer/swarm/copies/copies.hpp"
#include "peer/swarm/people/known_peers.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace fragcast {

// As we stand.
struct Standing {
    PeerId self{};
    std::uint32_t capacity = 0;
    bool guest = false;
    bool stays = true;         // we are not about to stop
    bool bus_joined = false;   // what it names all see alike; else each has only what it heard
    bool linked_only = false;  // nobody else vouches for it that a peer is there

    bool operator==(const Standing&) const = default;
};

class Membership {
public:
    explicit Membership(const Standing& standing) : us_(standing) {}

    // --- another peer, one that is not gone: who is gone is forgotten
    bool counts(const KnownPeer& peer) const;
    bool stays(const KnownPeer& peer) const;
    bool is_member(const KnownPeer& peer) const;
    // None: for nothing. A guest gives what it puts to whom it likes, and then copies are counted.
    std::optional<CopyHolder::Kind> holder(const KnownPeer& peer, bool barred) const;
    // It lives where a bus or our configuration (`befriended`) says. Else who invents ids, or
    // speaks for others, could be believed.
    bool may_witness(const KnownPeer& peer, bool barred, bool befriended) const;
    // Over a link that we dialled at that endpoint (empty: it dialled us) it is heard as one.
    static bool witness_at(const KnownPeer& peer, const std::string& dialled, bool befriended);

    // --- ourselves
    bool holds_copies() const { return us_.stays && !us_.guest && us_.capacity > 0; }
    CopyHolder::Kind ours() const;

    // --- all of them, with us, by id
    std::vector<CopyMember> members(const std::map<PeerId, KnownPeer>& peers) const;
    bool linked_only() const { return us_.linked_only; }

    bool operator==(const Membership&) const = default;

private:
    Standing us_;
};

}  // namespace fragcast

// Any thread: pure.
//
// How the copies of one asset stand, as one peer sees it, and what follows from that for it
// (PROTOCOL.md, "Copies"): what to fetch for the swarm's sake, what is at risk, who should take
// what a leaving peer has. Everybody who sees the same picture comes to the same conclusions.
#pragma once

#include "messages/wire/holding.hpp"
#include "peer/swarm/copies/placement.hpp"

#include <cstdint>
#include <vector>

namespace fragcast {

// Who may hold copies: live, no guest, staying, of capacity above 0.
struct CopyMember {
    PeerId peer;
    std::uint32_t capacity = 1;
};

// Who has something of the asset whole. The set must outlive the picture.
struct CopyHolder {
    enum class Kind {
        copy,     // a member
        outside,  // live and staying, but its capacity is 0: it counts as a holder, not as a copy
        away,     // missing or about to stop: expected back with what it has
        passing   // leaving for good, or barred: a source and nothing more
    };
    PeerId peer;
    Kind kind = Kind::copy;
    const RangeSet* fragments = nullptr;
};

class CopyPicture {
public:
    CopyPicture(const AssetId& asset, std::uint32_t fragments, std::uint32_t replicas,
                const std::vector<CopyMember>& members, std::vector<CopyHolder> holders);

    // What `self`, a member, should fetch. At most `budget` places are computed and taken from it;
    // `unfinished` tells that there may be more.
    RangeSet wanted(const PeerId& self, std::size_t& budget, bool& unfinished) const;
    // Of `here`, what fewer than `goal` copies of others exist of.
    RangeSet short_of(const PeerId& self, const RangeSet& here, std::uint32_t goal) const;
    // Of `here`, what no other live peer has.
    RangeSet at_risk(const PeerId& self, const RangeSet& here) const;
    // How many others have a copy of it.
    std::uint32_t copies(const PeerId& but, std::uint32_t fragment) const;
    // Whether `self` is among the first R of all members.
    bool responsible(const PeerId& self, std::uint32_t fragment) const;
    // The first `count` members without a copy of it.
    std::vector<PeerId> takers(std::uint32_t fragment, std::size_t count) const;

private:
    struct Stretch {  // of fragments of which the same is true
        Span span;
        std::uint32_t live = 0;  // copies and outside
        std::uint32_t copies = 0;
        std::uint32_t away = 0;
        std::uint32_t all = 0;
    };
    std::vector<Stretch> stretches(const PeerId* but) const;
    bool has_copy(const PeerId& peer, std::uint32_t fragment) const;
    Place place(const CopyMember& member, std::uint32_t fragment) const;

    AssetId asset_;
    std::uint32_t fragments_;
    std::uint32_t replicas_;
    const std::vector<CopyMember>& members_;
    std::vector<CopyHolder> holders_;  // by peer
};

}  // namespace fragcast

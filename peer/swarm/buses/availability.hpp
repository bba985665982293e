// Loop thread. Pure.
//
// Who has what, as far as others said: of each asset and peer whole fragments, and the proven
// chunks of unfinished ones. Each peer is the only authority on itself; what it says is ordered by
// its epoch and sequence, so that something missed shows as a gap (PROTOCOL.md, "Order, gaps,
// digests"). All claims together cost limits::kMaxClaimBytes at most: beyond, who costs most gives
// way, chunks first.
#pragma once

#include "messages/wire/holding.hpp"
#include "peer/swarm/buses/claim_account.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>

namespace fragcast {

class Availability {
public:
    // What a change told by announcement is to what we know of its sender.
    enum class News {
        old,   // known already, or of a life that is over: do not apply
        next,  // apply
        gap,   // apply; something was missed: ask the sender for all
        met    // apply; a life that was not heard of before: ask the sender for all
    };
    // Notes epoch and sequence. A higher epoch forgets all that was known of the peer.
    News hear(const PeerId& peer, Epoch epoch, Sequence sequence);
    // The same for a beacon, which tells no change but the root over all: `gap` also where the root
    // differs from what we know. Beacons come in order: two in a row below what we heard show that
    // somebody else said that, and are right.
    News hear_root(const PeerId& peer, Epoch epoch, Sequence sequence, const StateDigest& root);
    // The same for what tells no change and no root: nothing else of its sender is missed.
    News hear_current(const PeerId& peer, Epoch epoch, Sequence sequence);
    // Whether hearing this epoch would forget what is known of the peer.
    bool would_begin_anew(const PeerId& peer, Epoch epoch) const;
    // Whether a later epoch than this one was heard of the peer.
    bool beyond(const PeerId& peer, Epoch epoch) const;
    // The peer's whole state was told as of this sequence.
    void hear_all(const PeerId& peer, Epoch epoch, Sequence sequence);

    // --- claims. Each returns whether anything changed.
    bool set(const PeerId& peer, const AssetId& asset, Holding holding);
    bool set_whole(const PeerId& peer, const AssetId& asset, RangeSet fragments);  // partials stay
    bool add(const PeerId& peer, const AssetId& asset, const RangeSet& fragments);
    bool add(const PeerId& peer, const FragmentRef& fragment, const RangeSet& chunks);
    bool remove(const PeerId& peer, const AssetId& asset, const RangeSet& fragments);
    bool remove(const PeerId& peer, const FragmentRef& fragment, Span chunks);
    // Forgets the assets that the peer did not name when it told all.
    bool keep_only(const PeerId& peer, const std::set<AssetId>& named);
    // Chunk claims are pushed over a link, and end with it.
    void forget_partials(const PeerId& peer);
    void forget(const PeerId& peer);

    // --- what is so
    using Claims = std::map<PeerId, Holding>;
    const Claims& who(const AssetId& asset) const;  // nobody with an empty holding
    const Holding* of(const AssetId& asset, const PeerId& peer) const;  // nullptr: nothing
    // How many others have the fragment whole, counting to `enough` at most.
    std::uint32_t holders(const FragmentRef& fragment, std::uint32_t enough = ~0U) const;
    // The assets that the peer has something of.
    const std::set<AssetId>& assets(const PeerId& peer) const;
    std::uint64_t fragments(const PeerId& peer) const;  // whole ones
    StateDigest root(const PeerId& peer) const;         // over what we know
    std::size_t speakers() const { return speakers_.size(); }
    std::size_t assets() const { return claims_.size(); }
    // Assets whose claims changed since the last call.
    std::set<AssetId> take_changed();
    // Of whom claims did.
    std::set<PeerId> take_changed_peers();
    // Of whom claims of whole fragments were not kept since the last call: no digest fits them.
    std::set<PeerId> take_cut();
    const ClaimAccount& account() const { return account_; }
    // For tests and the simulator: the rule that does not hold; nullptr: all do.
    const char* broken() const;

private:
    struct Speaker {
        bool heard = false;  // epoch and sequence mean something
        Epoch epoch;
        Sequence sequence;
        std::uint32_t behind = 0;  // beacons in a row below that sequence
        std::set<AssetId> assets;
        std::map<AssetId, StateDigest> digests;  // of whole fragments
        // Over the digests; a beacon comes far more often than a change.
        mutable std::optional<StateDigest> root;
        mutable std::optional<std::uint64_t> fragments;  // as many, whole
    };
    const char* broken(const PeerId& peer, const Speaker& speaker) const;
    bool room_for(const PeerId& peer) const;
    Holding* find(const AssetId& asset, const PeerId& peer);
    Holding* claim(const PeerId& peer, const AssetId& asset);  // nullptr: at a limit
    void touched(const PeerId& peer, const AssetId& asset);
    bool begins_anew(Speaker& speaker, const PeerId& peer, Epoch epoch);
    bool replace(const PeerId& peer, const AssetId& asset, Holding holding);
    void keep_within(const PeerId& peer, const AssetId& asset);
    void give_way(const PeerId& most);

    std::map<AssetId, Claims> claims_;
    std::map<PeerId, Speaker> speakers_;
    ClaimAccount account_;
    std::set<AssetId> changed_;
    std::set<PeerId> changed_peers_;
    std::set<PeerId> cut_;
};

// Whether this holding has the chunk, of a whole or an unfinished fragment.
bool has_chunk(const Holding& holding, FragmentIndex fragment, ChunkIndex chunk);
// Which of `chunks` the holding has.
RangeSet chunks_of(const Holding& holding, FragmentIndex fragment, const RangeSet& chunks);

}  // namespace fragcast

// bus_core: pure. One thread: its owner's.
//
// Who is here and what they hold, as each last said of itself: leases on the claims of peers,
// ordered by (peer, epoch, sequence). All lists are in order of ids, so that pages of them can be
// asked for and no answer depends on chance.
#pragma once

#include "bus/holdings.hpp"
#include "bus/peer_crowd.hpp"
#include "messages/wire/message.hpp"
#include "messages/wire/records.hpp"
#include "messages/wire/result.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace fragcast {

class Leases {
public:
    struct Lease {
        PeerRecord peer;
        Route route;
        Sequence sequence;  // of the last change that was applied
        Time heard;
        Holdings holdings;
        std::uint64_t kept = 0;  // bytes that its holdings take, as if nobody else had them
    };
    using Asset = HeldAsset;

    // A new peer, or the same again: all that was known of it is replaced.
    // `address`: of the connection's other end, as PeerCrowd has it.
    void join(const PeerRecord& peer, const Route& route, Sequence sequence, Time now,
              const std::string& address = {});
    void refresh(const PeerId& peer, Time now);
    // Somebody opened the page of this run of the peer.
    void enter(const PeerId& peer, Epoch epoch);
    void advance(const PeerId& peer, Sequence sequence);
    // What a peer that is here has of an asset. Errors: invalid (ranges beyond the asset's
    // fragments), full (kMaxAssetsPerPeer, kMaxKeptBytesOfOne; kMaxKeptBytes, unless others have
    // more: then whoever has most loses some of it, and is told by its next heartbeat).
    Status tell(const PeerId& peer, const EntryRecord& entry);
    // The peer is gone and its epoch void.
    void leave(const PeerId& peer, Time now);
    // The peer is gone, and may come again in the same epoch.
    void drop(const PeerId& peer);
    // Ends the leases that ran out, and returns whose they were. Forgets void epochs in time.
    std::vector<PeerRecord> expire(Time now);
    // When expire() will have something to do; kNever.
    Time next_expiry() const;
    // What the manifest of an asset says replaces what its holders say.
    void prove(const AssetRecord& record);

    const Lease* find(const PeerId& peer) const;
    // The lease whose peer says this: the same id, epoch and connection.
    const Lease* find(const Header& header, const Route& route) const;
    // Whether messages of this epoch are to be ignored since the peer left.
    bool voided(const PeerId& peer, Epoch epoch) const;
    // Over all that the peer holds; of a peer that is not here, of nothing.
    StateDigest root(const PeerId& peer) const;
    // What differs between `told` and the table, at most `most`: by id. Only what is above `after`
    // is looked at, and, if `told` is not the `last` of its pages, not above where it ends.
    std::vector<AssetId> differing(const PeerId& peer, const std::map<AssetId, StateDigest>& told,
                                   std::size_t most, const AssetId* after = nullptr,
                                   bool last = true) const;
    // What a user's word means (messages/wire/name_or_id.hpp). At most kMaxEntries, by id.
    std::vector<AssetId> named(std::string_view word) const;

    // Of what the peer holds, that no manifest has proven, at most `most`: by id from above `after`
    // on, and round.
    std::vector<AssetId> unproven(const PeerId& peer, const AssetId& after, std::size_t most) const;

    const std::map<PeerId, Lease>& peers() const { return peers_; }
    const std::map<AssetId, Asset>& assets() const { return assets_; }
    // Peers that are here over this connection.
    std::size_t over(const Route& route) const { return crowd_.over(route); }
    std::optional<PeerId> gives_way(const Route& route, const std::string& address) const {
        return crowd_.gives_way(route, address);
    }
    std::uint64_t guests() const { return guests_; }
    // Pairs of a peer and an asset.
    std::uint64_t holdings() const { return holdings_; }
    // Bytes that all this takes, roughly.
    std::uint64_t kept() const { return kept_; }

private:
    struct ByName {
        using is_transparent = void;
        bool operator()(const Asset* one, const Asset* other) const {
            return std::tie(one->record.name, one->record.id) <
                   std::tie(other->record.name, other->record.id);
        }
        bool operator()(const Asset* one, std::string_view name) const {
            return one->record.name < name;
        }
    };
    struct Void {
        Epoch epoch;
        Time since;
    };
    using Peers = std::map<PeerId, Lease>;

    void forget_all(Lease& lease);
    void forget(Lease& lease, const AssetId& asset);
    void keep(Lease& lease, const EntryRecord& entry);
    void charge(Lease& lease, std::uint64_t bytes);
    Status make_room(const Lease& teller, std::uint64_t for_it, std::uint64_t for_all);
    void erase(Peers::iterator at);

    Peers peers_;
    PeerCrowd crowd_;
    std::map<AssetId, Asset> assets_;
    std::set<const Asset*, ByName> names_;
    // No shares of kept_: an asset that several hold is charged to each of them, and counts once.
    std::set<std::pair<std::uint64_t, PeerId>> by_kept_;
    std::set<std::pair<Time, PeerId>> by_heard_;
    std::map<PeerId, Void> void_;
    std::set<std::pair<Time, PeerId>> by_left_;
    std::uint64_t guests_ = 0;
    std::uint64_t holdings_ = 0;
    std::uint64_t kept_ = 0;
};

}  // namespace fragcast

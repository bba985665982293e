// Loop thread. Pure: no clock, socket, file, thread or unseeded chance; results never depend on the
// order of a hash table or on an address. The simulator runs this same class.
//
// All knowledge of one peer: what it has and wants, who else has what, what is asked of whom, whom
// it serves, what its buses and viewers said. Facts go in by on_…; every entry point appends to
// `out` what must be done next, in order. `now` never goes backwards. Payload never enters.
#pragma once

#include "messages/wire/manifest.hpp"
#include "messages/wire/message.hpp"
#include "peer/swarm/actions.hpp"
#include "peer/swarm/views.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fragcast {

struct SwarmOptions {
    PeerRecord self;  // id, epoch, name, addresses; guest = never counts as a holder of copies
    Bytes key;        // public
    std::uint32_t buses = 1;
    std::vector<std::string> bus_endpoints;  // their names in texts and views, where given
    std::vector<std::string> friends;        // endpoints, asked in order when no bus answers
    std::uint64_t max_upload = 0;            // bytes per second, 0 = no limit
    std::uint64_t max_download = 0;
    std::uint32_t upload_slots = limits::kUploadSlots;
    std::uint64_t max_store = 0;                   // bytes of fragments that are kept; 0: no limit
    Duration repair_after = limits::kRepairAfter;  // how long a missing peer is expected back
    std::vector<AssetId> declined;  // removed by the user of this peer, as the store remembers
    std::size_t max_assets = limits::kMaxAssetsKnown;
};

// What the store found at start, or got later from a cut, a put or a refresh.
struct StoredAsset {
    AssetId id;
    std::shared_ptr<const Manifest> manifest;
    Holding holding;  // partial: proven chunks of unfinished fragments
    RangeSet loose;   // of what is whole: was only played or copied, and may go to make room
};

enum class StoreVerdict {
    stored,   // proven and written
    bad,      // does not match its hash: the sender is to blame
    full,     // no room
    failed,   // the disk is to blame
    unwanted  // dropped meanwhile, or here already: nobody's fault
};

enum class SendVerdict { sent, full, unreachable, absent /* the store no longer has it */ };

// What a put wants of one peer.
struct Offering {
    PeerRecord to;
    RangeSet fragments;
};
struct OfferingView {
    PeerRecord to;
    RangeSet offered;
    RangeSet held;        // as the peer's Have says
    bool linked = false;  // the offer was made over a link that is still up
    bool answered = false;
    bool refused = false;
    std::string text;  // why it refuses; until it answers, why it was not reached
    std::uint64_t bytes_sent = 0;
};

enum class Outlook {
    coming,  // it comes, or may come yet
    nobody,  // all were asked, nobody settles, and nobody has one of them
    failed   // who has one of them is barred or cannot be reached
};

class Swarm {
public:
    Swarm(SwarmOptions options, std::uint64_t seed);
    ~Swarm();
    Swarm(const Swarm&) = delete;
    Swarm& operator=(const Swarm&) = delete;

    // --- life ---
    // Call once, with what the store holds: joins the buses.
    void start(std::vector<StoredAsset> stored, Time now, Actions& out);
    // Hands over what must not be lost: of a stop last copies only, of a drain all that it has;
    // wants nothing any more. Ends, as `farewell` says, when that is done, where nobody stays, or
    // at the deadline; leave() is to follow. A stop overrules a drain.
    void on_stop(bool drain, Time deadline, Time now, Actions& out);
    // Say farewell to buses and neighbours, at once.
    void leave(Time now, Actions& out);
    // Deadlines, retries, heartbeats, pings, expiry. Call at next_tick() at the latest; early is
    // fine.
    void on_tick(Time now, Actions& out);
    Time next_tick() const;
    // What this machine's clock says, in seconds since 1970: nobody's epoch is far ahead of it. May
    // jump.
    void on_clock(std::uint64_t unix_seconds, Time now);

    // --- neighbours ---
    // `link` of a Dial of ours is connected, or a new one dialled in (any first message of it).
    void on_link_up(LinkId link, bool dialled, Time now, Actions& out);
    void on_dial_failed(LinkId link, const Error& why, Time now, Actions& out);
    void on_link_down(LinkId link, Time now, Actions& out);
    // `payload_bytes`: of the payload frame, 0 if none. An answering StoreChunk, StoreProof or
    // KeepManifestPart comes first in `out` and claims the payload.
    void on_message(LinkId from, const Message& message, std::size_t payload_bytes, Time now,
                    Actions& out);
    // Something of this link's was no message of ours. Malformed is its fault; a kind or version
    // that we do not know is not.
    void on_garbage(LinkId from, bool malformed, Time now, Actions& out);
    // The answer to SendChunk, SendProof, SendManifest.
    void on_sent(LinkId to, RequestId request, std::optional<ChunkRef> chunk, SendVerdict verdict,
                 Time now, Actions& out);

    // --- buses ---
    void on_bus_message(BusId bus, const Message& message, std::size_t payload_bytes, Time now,
                        Actions& out);
    // The address did not resolve or connect; an absent bus is otherwise seen by its silence.
    void on_bus_failed(BusId bus, const Error& why, Time now, Actions& out);
    void on_announcement(BusId bus, const Message& message, Time now, Actions& out);
    // The answer to NewIdentity: links end, buses are joined anew; what we hold stays.
    void on_identity(PeerRecord self, Bytes key, Time now, Actions& out);

    // --- the store ---
    // After a fragment's last chunk on_fragment_done follows, when it is synced and renamed.
    void on_chunk_stored(const ChunkRef& chunk, LinkId from, StoreVerdict verdict, Time now,
                         Actions& out);
    void on_proof_stored(const FragmentRef& fragment, LinkId from, StoreVerdict verdict,
                         const RangeSet& proven, Time now, Actions& out);
    void on_manifest_stored(const AssetId& asset, LinkId from, StoreVerdict verdict,
                            std::shared_ptr<const Manifest> manifest, Time now, Actions& out);
    // Durable under its final name: now it counts, and is announced.
    void on_fragment_done(const FragmentRef& fragment, Time now, Actions& out);
    // Gone or found broken on disk: announced gone; wanted again where somebody wants it.
    void on_fragment_lost(const FragmentRef& fragment, Time now, Actions& out);
    // Looking at it again found that it is wrong: as lost, and wanted again.
    void on_fragment_damaged(const FragmentRef& fragment, Time now, Actions& out);
    // Its user took these away (refresh): announced gone, and not wanted for what was wanted
    // before.
    void on_fragments_taken(const AssetId& asset, const RangeSet& fragments, Time now,
                            Actions& out);
    // The same with all of the asset, its manifest included.
    void on_asset_taken(const AssetId& asset, Time now, Actions& out);
    // The answer to DropAsset.
    void on_asset_dropped(const AssetId& asset, Time now, Actions& out);
    // All of it came, and the disk failed at its last step: as lost, but tried again after a pause.
    void on_fragment_failed(const FragmentRef& fragment, const std::string& why, Time now,
                            Actions& out);
    // A new whole asset (or more of a known one) is in the store: a cut, an upload, a refresh.
    void on_asset_added(StoredAsset asset, Time now, Actions& out);
    // Writing fails for lack of room, or works again.
    void on_room(bool room, Time now, Actions& out);

    // --- viewers, users, tools ---
    // A viewer's newest position; its older reads end (DeliverFailure interrupted) unless they are
    // within 16 MiB of it. Expires after limits::kPlayhead.
    void on_playhead(ViewerId viewer, const AssetId& asset, FragmentIndex fragment,
                     std::uint64_t offset, Time now, Actions& out);
    void on_viewer_gone(ViewerId viewer, Time now, Actions& out);
    void on_viewer_entered(Time now, Actions& out);
    // Wait for this chunk and deliver it; wants it as urgently as the viewer's playhead makes it.
    // Ends by DeliverChunk, or by DeliverFailure after `deadline` (timeout; not_found when every
    // source was asked and nobody has it).
    void on_read(ReadId read, ViewerId viewer, const ChunkRef& chunk, Time deadline, Time now,
                 Actions& out);
    void on_need_manifest(ReadId read, const AssetId& asset, Time deadline, Time now, Actions& out);
    void on_read_cancelled(ReadId read, Time now, Actions& out);
    // A question for the buses (or, `friends`, for neighbours): Locate, ListPeers, ListAssets,
    // Dump, AskStats, AskEvents with request 0. Answered by DeliverAnswer or DeliverFailure
    // (unavailable).
    void on_question(ReadId read, Body question, bool friends, Time deadline, Time now,
                     Actions& out);
    // Want these fragments (all: an empty set), without a viewer: for good, so that what is lost of
    // them comes again; or for one asker, until they are here (what came is then wanted for good)
    // or it wants them no more. The end of one want is the end of no other: not of an offer's, a
    // viewer's or another asker's.
    void on_fetch(const AssetId& asset, const RangeSet& fragments, Time now, Actions& out);
    void on_unwant(const AssetId& asset, Time now, Actions& out);
    void on_fetch_for(ReadId asker, const AssetId& asset, const RangeSet& fragments, Time now,
                      Actions& out);
    void on_unwant_by(ReadId asker, const AssetId& asset, Time now, Actions& out);
    // Its user wants it no longer: dropped, announced gone, and declined until it is fetched, added
    // or played here again.
    void on_remove(const AssetId& asset, Time now, Actions& out);
    // From now on: bytes per second, 0 = no limit; and other friends.
    void on_limits(std::uint64_t max_upload, std::uint64_t max_download, Time now, Actions& out);
    void on_friends(std::vector<std::string> friends, Time now, Actions& out);
    // Offer parts of an asset that we have; progress by offerings(). Who was published to before
    // and is not named again is offered nothing any more; what a peer was offered stays offered.
    void on_publish(const AssetId& asset, std::vector<Offering> offerings, Time now, Actions& out);

    // --- what is so ---
    Sequence sequence() const;
    const PeerRecord& self() const;
    // Every bus that is joined has acknowledged all that we told it.
    bool buses_in_sync() const;
    std::size_t buses_joined() const;
    Holding holding(const AssetId& asset) const;
    std::shared_ptr<const Manifest> manifest(const AssetId& asset) const;
    bool declined(const AssetId& asset) const;
    std::vector<OfferingView> offerings(const AssetId& asset) const;
    // Everything known by this name or id, from buses, neighbours and the store.
    std::vector<AssetRecord> find(const std::string& name_or_id) const;
    // Who has something whole of it, as far as known, ourselves included; by id.
    std::vector<HolderRecord> holders(const AssetId& asset) const;
    // All that are known and not gone, ourselves included; by id.
    std::vector<PeerRecord> known_peers() const;
    // Assets changed since the last call are rebuilt, the others shared with it.
    std::shared_ptr<const Snapshot> snapshot(Time now);
    // What becomes of a want of these fragments (none: of the manifest).
    Outlook outlook(const AssetId& asset, const RangeSet& fragments, Time now) const;
    SpeedLimits speed_limits() const;
    FarewellView farewell() const;
    // What is here and at no other live peer; the snapshot has how many fragments that are.
    std::map<AssetId, RangeSet> at_risk() const;
    std::shared_ptr<const AssetView> asset_view(const AssetId& asset, Time now);
    // Throws std::logic_error where something that must always hold does not; for tests and the
    // simulator.
    void check_invariants(Time now) const;
    // How large every table and queue is, by name; for tests and the simulator, which see to it
    // that none grows without end.
    std::map<std::string, std::size_t> sizes() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace fragcast

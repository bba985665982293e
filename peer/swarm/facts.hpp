// Loop thread: value types. What the swarm core is told, the twin of actions.hpp: all that happens
// to a peer comes in as one of these, and nothing else does. Payload never enters.
//
// Most are answers to an action, which is named. "Asked" facts come from people, tools and HTTP.
#pragma once

#include "messages/wire/manifest.hpp"
#include "messages/wire/message.hpp"
#include "peer/swarm/actions.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace fragcast {

// What the store found at start, or got later from a cut, a put or a refresh.
struct StoredAsset {
    AssetId id{};
    std::shared_ptr<const Manifest> manifest{};
    Holding holding;   // partial: proven chunks of unfinished fragments
    RangeSet loose{};  // of what is whole: was only played or copied, and may go to make room
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
    PeerRecord to{};
    RangeSet fragments{};
};

namespace facts {

// --- life

// Once, first, with what the store holds: joins the buses.
struct Started {
    std::vector<StoredAsset> stored{};
};
// Hands over what must not be lost: of a stop last copies only, of a drain all that it has; wants
// nothing any more. Ends, as `farewell` says, when that is done, where nobody stays, or at the
// deadline; Leaving is to follow. A stop overrules a drain.
struct StopAsked {
    bool drain = false;
    Time deadline{};
};
// Say farewell to buses and neighbours, at once.
struct Leaving {};
// Deadlines, retries, heartbeats, pings, expiry. Due at next_tick() at the latest; early is fine.
struct Ticked {};
// What this machine's clock says, in seconds since 1970: nobody's epoch is far ahead of it. May
// jump.
struct ClockRead {
    std::uint64_t unix_seconds = 0;
};

// --- neighbours

// `link` of a Dial of ours is connected, or a new one dialled in (any first message of it).
struct LinkUp {
    LinkId link{};
    bool dialled = false;
    std::string from{};  // who dialled in: the same for the same address; empty: not known
};
struct DialFailed {
    LinkId link{};
    Error why{};
};
struct LinkDown {
    LinkId link{};
};
// `payload_bytes`: of the payload frame, 0 if none. An answering StoreChunk, StoreProof or
// KeepManifestPart comes first in the actions and claims the payload.
struct LinkSaid {
    LinkId link{};
    Message message{};
    std::size_t payload_bytes = 0;
};
// Something of this link's (0: of a stranger, of a bus) was no message of ours. Malformed is its
// fault; a kind or version that we do not know is not.
struct Garbage {
    LinkId link{};
    bool malformed = false;
};
// The answer to SendChunk, SendProof, SendManifest.
struct Sent {
    LinkId link{};
    RequestId request{};
    std::optional<ChunkRef> chunk{};
    SendVerdict verdict = SendVerdict::sent;
};

// --- buses
struct BusSaid {
    BusId bus{};
    Message message{};
    std::size_t payload_bytes = 0;
};
// The address did not resolve or connect; an absent bus is otherwise seen by its silence.
struct BusFailed {
    BusId bus{};
    Error why{};
};
struct Announced {
    BusId bus{};
    Message message{};
};
// The answer to NewIdentity: links end, buses are joined anew; what we hold stays.
struct IdentityDrawn {
    PeerRecord self{};
    Bytes key{};
};

// --- the store

// After a fragment's last chunk FragmentDone follows, when it is synced and renamed.
struct ChunkStored {
    ChunkRef chunk{};
    LinkId from{};
    StoreVerdict verdict = StoreVerdict::stored;
};
struct ProofStored {
    FragmentRef fragment{};
    LinkId from{};
    StoreVerdict verdict = StoreVerdict::stored;
    RangeSet proven{};
};
struct ManifestStored {
    AssetId asset{};
    LinkId from{};
    StoreVerdict verdict = StoreVerdict::stored;
    std::shared_ptr<const Manifest> manifest{};
};
// Durable under its final name: now it counts, and is announced.
struct FragmentDone {
    FragmentRef fragment{};
};
// Gone or found broken on disk: announced gone; wanted again where somebody wants it.
struct FragmentLost {
    FragmentRef fragment{};
};
// Looking at it again found that it is wrong, or that it cannot be read (then it is Done when it
// can): as lost, and wanted again.
struct FragmentDamaged {
    FragmentRef fragment{};
    bool unread = false;
};
// All of it came, and the disk failed at its last step: as lost, but tried again after a pause.
struct FragmentFailed {
    FragmentRef fragment{};
    std::string why{};
};
// Its user took these away (refresh): announced gone, and not wanted for what was wanted before.
struct FragmentsTaken {
    AssetId asset{};
    RangeSet fragments{};
};
// The same with all of the asset, its manifest included.
struct AssetTaken {
    AssetId asset{};
};
// The answer to DropAsset.
struct AssetDropped {
    AssetId asset{};
};
// A new whole asset (or more of a known one) is in the store: a cut, an upload, a refresh.
struct AssetAdded {
    StoredAsset asset{};
};
// Writing fails for lack of room, or works again.
struct RoomChanged {
    bool room = true;
};

// --- viewers, users, tools

// A viewer's newest position; its older reads end (DeliverFailure interrupted) unless they are
// within 16 MiB of it. Expires after limits::kPlayhead.
struct PlayheadMoved {
    ViewerId viewer{};
    AssetId asset{};
    FragmentIndex fragment{};
    std::uint64_t offset = 0;
};
struct ViewerGone {
    ViewerId viewer{};
};
struct ViewerEntered {};
// Wait for this chunk and deliver it; wants it as urgently as the viewer's playhead makes it. Ends
// by DeliverChunk, or by DeliverFailure after `deadline` (timeout; not_found when every source was
// asked and nobody has it).
struct ReadAsked {
    ReadId read{};
    ViewerId viewer{};
    ChunkRef chunk{};
    Time deadline{};
};
struct ManifestAsked {
    ReadId read{};
    AssetId asset{};
    Time deadline{};
};
struct ReadCancelled {
    ReadId read{};
};
// A question for the buses (or, `friends`, for neighbours): Locate, ListPeers, ListAssets, Dump,
// AskStats, AskEvents with request 0. Answered by DeliverAnswer or DeliverFailure (unavailable).
struct QuestionAsked {
    ReadId read{};
    Body question{};
    bool friends = false;
    Time deadline{};
};
// Want these fragments (all: an empty set), without a viewer: for good, so that what is lost of
// them comes again; or for one asker, until they are here (what came is then wanted for good) or it
// wants them no more. The end of one want is the end of no other: not of an offer's, a viewer's or
// another asker's.
struct FetchAsked {
    AssetId asset{};
    RangeSet fragments{};
    ReadId asker{};  // 0: for good
};
struct FetchEnded {
    AssetId asset{};
    ReadId asker{};  // 0: what was wanted for good
};
// Its user wants it no longer: dropped, announced gone, and declined until it is fetched, added or
// played here again.
struct RemoveAsked {
    AssetId asset{};
};
// From now on: bytes per second, 0 = no limit.
struct LimitsSet {
    std::uint64_t max_upload = 0;
    std::uint64_t max_download = 0;
};
struct FriendsSet {
    std::vector<std::string> friends{};
};
// Offer parts of an asset that we have; progress by Swarm::offerings(). Who was published to before
// and is not named again is offered nothing any more; what a peer was offered stays offered.
struct PublishAsked {
    AssetId asset{};
    std::vector<Offering> offerings{};
};

}  // namespace facts

using Fact = std::variant<
    facts::Started, facts::StopAsked, facts::Leaving, facts::Ticked, facts::ClockRead,
    facts::LinkUp, facts::DialFailed, facts::LinkDown, facts::LinkSaid, facts::Garbage, facts::Sent,
    facts::BusSaid, facts::BusFailed, facts::Announced, facts::IdentityDrawn, facts::ChunkStored,
    facts::ProofStored, facts::ManifestStored, facts::FragmentDone, facts::FragmentLost,
    facts::FragmentDamaged, facts::FragmentFailed, facts::FragmentsTaken, facts::AssetTaken,
    facts::AssetDropped, facts::AssetAdded, facts::RoomChanged, facts::PlayheadMoved,
    facts::ViewerGone, facts::ViewerEntered, facts::ReadAsked, facts::ManifestAsked,
    facts::ReadCancelled, facts::QuestionAsked, facts::FetchAsked, facts::FetchEnded,
    facts::RemoveAsked, facts::LimitsSet, facts::FriendsSet, facts::PublishAsked>;

}  // namespace fragcast

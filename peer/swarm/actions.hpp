// Loop thread: value types. What the swarm core asks its surroundings to do, in order.
//
// The core never sends, blocks, opens a file or sees payload: a chunk is (asset, fragment, index),
// and what became of it comes back as a fact (facts.hpp). peer/engine performs these actions, over
// ports: sockets and disk in production, the simulator's network and disks in tests.
#pragma once

#include "messages/wire/message.hpp"
#include "messages/wire/report.hpp"
#include "messages/wire/result.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace fragcast {

// One connection to a neighbour, never reused. The core numbers those that it dials, from 1 up; the
// edge numbers those that dialled in, from kFirstAccepted up.
using LinkId = Number<struct LinkIdTag, std::uint64_t>;
inline constexpr std::uint64_t kFirstAccepted = 1ULL << 63;
// A bus, by its place in the configuration.
using BusId = Number<struct BusIdTag, std::uint32_t>;
// Somebody local who waits for something: an HTTP request, a tool. Given out by the asker.
using ReadId = Number<struct ReadIdTag, std::uint64_t>;
// A viewer: a hash of ?v= or of the connection. Zero: nobody watches (a download).
using ViewerId = Number<struct ViewerIdTag, std::uint64_t>;

// --- to others

// The engine adds the header (sender, epoch, and the sequence given by Swarm::sequence()).
struct SendTo {
    LinkId link;
    Body body;
};
struct SendToBus {
    BusId bus;
    Body body;
};
struct Publish {  // to every bus that is joined
    Body body;
    // Of the change that it tells: another may follow in the same list. 0: the current one.
    Sequence sequence = {};
};
// Load from the store, then send Data, ProofPart or ManifestPart; answered by Sent.
struct SendChunk {
    LinkId link;
    RequestId request;
    ChunkRef chunk;
};
struct SendProof {
    LinkId link;
    RequestId request;
    FragmentRef fragment;
};
struct SendManifest {  // to a neighbour …
    LinkId link;
    RequestId request;
    AssetId asset;
    std::uint64_t offset = 0;
};
struct SendManifestToBus {  // … or, all its parts, to a bus that asked for it by Ack
    BusId bus;
    AssetId asset;
};
struct Dial {     // answered by LinkUp or DialFailed
    LinkId link;  // the name that the new link will have
    std::string endpoint;
};
struct HangUp {  // no LinkDown follows
    LinkId link;
};
// Connect (again) to a bus: the directory's silence or the welcome's ports make the core ask for
// it.
struct ConnectBus {
    BusId bus;
};
struct ConnectForwarder {
    BusId bus;
    std::uint16_t in_port = 0;
    std::uint16_t out_port = 0;
};
// Another live peer has our id (a copied store): draw a new key; answered by IdentityDrawn.
struct NewIdentity {};

// --- to the store

// The payload that came with the message being handled belongs to this. Answered by ChunkStored,
// ProofStored, ManifestStored. A payload that no action claims is dropped.
struct StoreChunk {
    ChunkRef chunk;
    LinkId from;
};
struct StoreProof {
    FragmentRef fragment;
    LinkId from;
};
struct KeepManifestPart {  // the edge collects; when the last is in, the store checks and keeps it
    AssetId asset;
    std::uint64_t offset = 0;
    std::uint64_t total = 0;
    LinkId from;
};
struct DropFragment {
    FragmentRef fragment;
};
struct DropAsset {  // answered by AssetDropped
    AssetId asset;
    bool decline = false;  // and remember that its user does not want it
};
struct Mark {  // of what is whole: it is kept for good, or may go to make room
    AssetId asset;
    RangeSet fragments;
    bool kept = true;
};
struct Decline {  // remember, or forget again, that its user does not want it
    AssetId asset;
    bool declined = true;
};

struct DoubtChunk {  // somebody says that it is wrong: look; FragmentDamaged if it is
    ChunkRef chunk;
};

// --- to local askers

// Load this proven chunk and hand it to the reader.
struct DeliverChunk {
    ReadId read;
    ChunkRef chunk;
};
struct DeliverManifest {
    ReadId read;
    AssetId asset;
    std::shared_ptr<const Manifest> manifest;
};
// The answer of a bus or friend to a local question (Located, Peers, Assets, Dumped, Events …).
struct DeliverAnswer {
    ReadId read;
    Body body;
};
struct DeliverFailure {
    ReadId read;
    Error error;
};

// --- to people

// Report (messages/wire/report.hpp) goes to the log, the page's list and the event stream.

using Action =
    std::variant<SendTo, SendToBus, Publish, SendChunk, SendProof, SendManifest, SendManifestToBus,
                 Dial, HangUp, ConnectBus, ConnectForwarder, NewIdentity, StoreChunk, StoreProof,
                 KeepManifestPart, DropFragment, DropAsset, Mark, Decline, DoubtChunk, DeliverChunk,
                 DeliverManifest, DeliverAnswer, DeliverFailure, Report>;
using Actions = std::vector<Action>;

}  // namespace fragcast

// Any thread: value types.
//
// All messages as one variant, with their numbers on the wire. A number is never given twice; a new
// message gets a new one. PROTOCOL.md has the same table, and a test compares them.
#pragma once

#include "messages/wire/announce.hpp"
#include "messages/wire/directory.hpp"
#include "messages/wire/exchange.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>

namespace fragcast {

inline constexpr std::uint8_t kProtocolVersion = 1;

enum class Kind : std::uint8_t {
    fragment_available = 1,
    fragment_gone = 2,
    fragment_wanted = 3,
    fragment_received = 4,
    asset_published = 5,
    asset_removed = 6,
    peer_joined = 7,
    peer_alive = 8,
    peer_leaving = 9,
    peer_left = 10,
    viewer_entered = 11,
    bus_stats = 12,
    join = 32,
    welcome = 33,
    duplicate = 34,
    update = 35,
    ack = 36,
    heartbeat = 37,
    heartbeat_ack = 38,
    digests = 39,
    tell = 40,
    leave = 41,
    locate = 42,
    located = 43,
    list_peers = 44,
    peers = 45,
    list_assets = 46,
    assets = 47,
    ask_manifest = 48,
    manifest_part = 49,
    dump = 50,
    dumped = 51,
    ask_stats = 52,
    stats = 53,
    ask_events = 54,
    events = 55,
    refused = 56,
    hello = 96,
    ask_have = 97,
    have = 98,
    ask_proof = 99,
    proof_part = 100,
    request = 101,
    data = 102,
    absent = 103,
    busy = 104,
    cancel = 105,
    bad = 106,
    offer = 107,
    offer_answer = 108,
    receipt = 109,
    ping = 110,
    pong = 111,
    bye = 112,
};

// "fragment_available", …; nullptr for a number that is not ours.
const char* name_of(Kind kind);

using AnyBody =
    std::variant<FragmentAvailable, FragmentGone, FragmentWanted, FragmentReceived, AssetPublished,
                 AssetRemoved, PeerJoined, PeerAlive, PeerLeaving, PeerLeft, ViewerEntered,
                 BusStats, Join, Welcome, Duplicate, Update, Ack, Heartbeat, HeartbeatAck, Digests,
                 Tell, Leave, Locate, Located, ListPeers, Peers, ListAssets, Assets, AskManifest,
                 ManifestPart, Dump, Dumped, AskStats, Stats, AskEvents, Events, Refused, Hello,
                 AskHave, Have, AskProof, ProofPart, Request, Data, Absent, Busy, Cancel, Bad,
                 Offer, OfferAnswer, Receipt, Ping, Pong, Bye>;

template <class T, class Variant>
inline constexpr bool kIsAlternative = false;
template <class T, class... Ts>
inline constexpr bool kIsAlternative<T, std::variant<Ts...>> = (std::is_same_v<T, Ts> || ...);

// One of them. Its copies, moves and comparisons are made in one place, message.cpp: with so many
// alternatives they would be a tenth of what the compiler has to do everywhere.
class Body : public AnyBody {
public:
    template <class T>
    requires kIsAlternative<T, AnyBody> Body(T body)
        : AnyBody(std::in_place_type<T>, std::move(body)) {}
    Body();
    Body(const Body& other);
    Body(Body&& other) noexcept;
    Body& operator=(const Body& other);
    Body& operator=(Body&& other) noexcept;
    ~Body();
    bool operator==(const Body& other) const;
};

// The kind of the alternative that `body` holds.
Kind kind_of(const Body& body);
// A body of that kind with its fields at their defaults; nothing for a number that is not ours.
std::optional<Body> empty_body(Kind kind);
// Every kind, in order.
std::span<const Kind> all_kinds();

struct Header {
    PeerId sender;
    Epoch epoch;
    Sequence sequence;
    bool operator==(const Header&) const = default;
};

struct Message {
    Header header;
    Body body;
    bool operator==(const Message&) const = default;
};

}  // namespace fragcast

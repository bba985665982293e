// Any thread: value types.
//
// All messages as one variant, with their numbers on the wire. PROTOCOL.md has the same table, and
// a test compares them.
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

// A message is a struct (announce.hpp, directory.hpp, exchange.hpp) and one line here: its number
// on the wire, its name, the struct. By number; a number is never given twice.
// clang-format off
#define FRAGCAST_MESSAGES(X) \
    X(1, fragment_available, FragmentAvailable) \
    X(2, fragment_gone, FragmentGone) \
    X(3, fragment_wanted, FragmentWanted) \
    X(4, fragment_received, FragmentReceived) \
    X(5, asset_published, AssetPublished) \
    X(6, asset_removed, AssetRemoved) \
    X(7, peer_joined, PeerJoined) \
    X(8, peer_alive, PeerAlive) \
    X(9, peer_leaving, PeerLeaving) \
    X(10, peer_left, PeerLeft) \
    X(11, viewer_entered, ViewerEntered) \
    X(12, bus_stats, BusStats) \
    X(32, join, Join) \
    X(33, welcome, Welcome) \
    X(34, duplicate, Duplicate) \
    X(35, update, Update) \
    X(36, ack, Ack) \
    X(37, heartbeat, Heartbeat) \
    X(38, heartbeat_ack, HeartbeatAck) \
    X(39, digests, Digests) \
    X(40, tell, Tell) \
    X(41, leave, Leave) \
    X(42, locate, Locate) \
    X(43, located, Located) \
    X(44, list_peers, ListPeers) \
    X(45, peers, Peers) \
    X(46, list_assets, ListAssets) \
    X(47, assets, Assets) \
    X(48, ask_manifest, AskManifest) \
    X(49, manifest_part, ManifestPart) \
    X(50, dump, Dump) \
    X(51, dumped, Dumped) \
    X(52, ask_stats, AskStats) \
    X(53, stats, Stats) \
    X(54, ask_events, AskEvents) \
    X(55, events, Events) \
    X(56, refused, Refused) \
    X(96, hello, Hello) \
    X(97, ask_have, AskHave) \
    X(98, have, Have) \
    X(99, ask_proof, AskProof) \
    X(100, proof_part, ProofPart) \
    X(101, request, Request) \
    X(102, data, Data) \
    X(103, absent, Absent) \
    X(104, busy, Busy) \
    X(105, cancel, Cancel) \
    X(106, bad, Bad) \
    X(107, offer, Offer) \
    X(108, offer_answer, OfferAnswer) \
    X(109, receipt, Receipt) \
    X(110, ping, Ping) \
    X(111, pong, Pong) \
    X(112, bye, Bye)
// clang-format on

enum class Kind : std::uint8_t {
#define FRAGCAST_KIND(number, name, Struct) name = (number),
    FRAGCAST_MESSAGES(FRAGCAST_KIND)
#undef FRAGCAST_KIND
};

// "fragment_available", …; nullptr for a number that is not ours.
const char* name_of(Kind kind);

namespace detail {
// The variant of the structs behind the first, which begins the list.
template <class Begin, class... Structs>
std::variant<Structs...> variant_of(void (*)(Begin, Structs...));
struct Begin {};
#define FRAGCAST_STRUCT(number, name, Struct) , Struct
using AnyBody =
    decltype(variant_of(static_cast<void (*)(Begin FRAGCAST_MESSAGES(FRAGCAST_STRUCT))>(nullptr)));
#undef FRAGCAST_STRUCT
}  // namespace detail
using AnyBody = detail::AnyBody;

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

#include "messages/wire/message.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace fragcast {

const char* name_of(Kind kind) {
    switch (kind) {
        case Kind::fragment_available:
            return "fragment_available";
        case Kind::fragment_gone:
            return "fragment_gone";
        case Kind::fragment_wanted:
            return "fragment_wanted";
        case Kind::fragment_received:
            return "fragment_received";
        case Kind::asset_published:
            return "asset_published";
        case Kind::asset_removed:
            return "asset_removed";
        case Kind::peer_joined:
            return "peer_joined";
        case Kind::peer_alive:
            return "peer_alive";
        case Kind::peer_leaving:
            return "peer_leaving";
        case Kind::peer_left:
            return "peer_left";
        case Kind::viewer_entered:
            return "viewer_entered";
        case Kind::bus_stats:
            return "bus_stats";
        case Kind::join:
            return "join";
        case Kind::welcome:
            return "welcome";
        case Kind::duplicate:
            return "duplicate";
        case Kind::update:
            return "update";
        case Kind::ack:
            return "ack";
        case Kind::heartbeat:
            return "heartbeat";
        case Kind::heartbeat_ack:
            return "heartbeat_ack";
        case Kind::digests:
            return "digests";
        case Kind::tell:
            return "tell";
        case Kind::leave:
            return "leave";
        case Kind::locate:
            return "locate";
        case Kind::located:
            return "located";
        case Kind::list_peers:
            return "list_peers";
        case Kind::peers:
            return "peers";
        case Kind::list_assets:
            return "list_assets";
        case Kind::assets:
            return "assets";
        case Kind::ask_manifest:
            return "ask_manifest";
        case Kind::manifest_part:
            return "manifest_part";
        case Kind::dump:
            return "dump";
        case Kind::dumped:
            return "dumped";
        case Kind::ask_stats:
            return "ask_stats";
        case Kind::stats:
            return "stats";
        case Kind::ask_events:
            return "ask_events";
        case Kind::events:
            return "events";
        case Kind::refused:
            return "refused";
        case Kind::hello:
            return "hello";
        case Kind::ask_have:
            return "ask_have";
        case Kind::have:
            return "have";
        case Kind::ask_proof:
            return "ask_proof";
        case Kind::proof_part:
            return "proof_part";
        case Kind::request:
            return "request";
        case Kind::data:
            return "data";
        case Kind::absent:
            return "absent";
        case Kind::busy:
            return "busy";
        case Kind::cancel:
            return "cancel";
        case Kind::bad:
            return "bad";
        case Kind::offer:
            return "offer";
        case Kind::offer_answer:
            return "offer_answer";
        case Kind::receipt:
            return "receipt";
        case Kind::ping:
            return "ping";
        case Kind::pong:
            return "pong";
        case Kind::bye:
            return "bye";
    }
    return nullptr;
}

// In the order of the variant, which is the order of the numbers.
static constexpr std::array kKinds = {
    Kind::fragment_available,
    Kind::fragment_gone,
    Kind::fragment_wanted,
    Kind::fragment_received,
    Kind::asset_published,
    Kind::asset_removed,
    Kind::peer_joined,
    Kind::peer_alive,
    Kind::peer_leaving,
    Kind::peer_left,
    Kind::viewer_entered,
    Kind::bus_stats,
    Kind::join,
    Kind::welcome,
    Kind::duplicate,
    Kind::update,
    Kind::ack,
    Kind::heartbeat,
    Kind::heartbeat_ack,
    Kind::digests,
    Kind::tell,
    Kind::leave,
    Kind::locate,
    Kind::located,
    Kind::list_peers,
    Kind::peers,
    Kind::list_assets,
    Kind::assets,
    Kind::ask_manifest,
    Kind::manifest_part,
    Kind::dump,
    Kind::dumped,
    Kind::ask_stats,
    Kind::stats,
    Kind::ask_events,
    Kind::events,
    Kind::refused,
    Kind::hello,
    Kind::ask_have,
    Kind::have,
    Kind::ask_proof,
    Kind::proof_part,
    Kind::request,
    Kind::data,
    Kind::absent,
    Kind::busy,
    Kind::cancel,
    Kind::bad,
    Kind::offer,
    Kind::offer_answer,
    Kind::receipt,
    Kind::ping,
    Kind::pong,
    Kind::bye,
};
static_assert(kKinds.size() == std::variant_size_v<AnyBody>);
static_assert(std::is_sorted(kKinds.begin(), kKinds.end()));

Body::Body() = default;
Body::Body(const Body& other) = default;
Body::Body(Body&& other) noexcept = default;
Body& Body::operator=(const Body& other) = default;
Body& Body::operator=(Body&& other) noexcept = default;
Body::~Body() = default;

bool Body::operator==(const Body& other) const {
    return static_cast<const AnyBody&>(*this) == static_cast<const AnyBody&>(other);
}

Kind kind_of(const Body& body) {
    return kKinds[body.index()];
}

std::span<const Kind> all_kinds() {
    return kKinds;
}

template <std::size_t I>
static Body empty_alternative() {
    return std::variant_alternative_t<I, AnyBody>();
}

template <std::size_t... I>
static constexpr auto empty_alternatives(std::index_sequence<I...>) {
    return std::array{&empty_alternative<I>...};
}

std::optional<Body> empty_body(Kind kind) {
    static constexpr auto kMakers = empty_alternatives(std::make_index_sequence<kKinds.size()>());
    const auto at = std::lower_bound(kKinds.begin(), kKinds.end(), kind);
    if (at == kKinds.end() || *at != kind) return std::nullopt;
    return kMakers[static_cast<std::size_t>(at - kKinds.begin())]();
}

}  // namespace fragcast

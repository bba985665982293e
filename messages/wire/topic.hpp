// Any thread. Topics of the announcements: lower case, dotted, ending in a dot, so that a prefix is
// a whole word: "fragment.available.<64 hex>.", "peer.alive.<32 hex>.", "bus.stats.".
#pragma once

#include "messages/wire/message.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace fragcast {

// The topic that this announcement travels under; asserts that it is one. `fragment.` and `asset.`
// end in the asset's id, `peer.` and `viewer.` in the peer's that is meant (of peer.joined and
// peer.left not the sender's, a bus's); `bus.stats.` has none.
std::string topic_of(const Message& announcement);

// "fragment.available." … without the id; nothing for a kind that is no announcement.
std::optional<std::string_view> topic_prefix(Kind kind);

// What every peer subscribes to, whatever it plays: fragment.available. fragment.gone. asset. peer.
// and the wants, fragment.wanted.
inline constexpr std::string_view kSubscriptions[] = {"fragment.available.", "fragment.gone.",
                                                      "fragment.wanted.", "asset.", "peer."};

}  // namespace fragcast

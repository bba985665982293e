// bus_core: pure. Any thread. What an announcement is in the record of activity, for people.
#pragma once

#include "messages/wire/message.hpp"

#include <functional>
#include <optional>
#include <string>

namespace fragcast {

// How people call them; their short ids where no name is known.
struct ActivityNames {
    std::function<std::string(const PeerId&)> peer;
    std::function<std::string(const AssetId&)> asset;
};

// kind, peer, asset and text of the event; nothing for what is not recorded (PROTOCOL.md, 9.6).
std::optional<EventRecord> activity_of(const Message& announcement, const ActivityNames& names);

}  // namespace fragcast

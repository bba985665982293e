// Any thread: pure. What a program tells people of what happened; messages/log writes it.
#pragma once

#include "messages/wire/ids.hpp"

#include <cstdint>
#include <string>

namespace fragcast {

// `kind` is a topic's words without ids ("fragment.received", "bus.away", "neighbour.barred",
// "gap", "put.held" …).
struct Report {
    enum class Level { debug, info, warning, error };
    Level level = Level::info;
    std::string kind;
    std::string text;
    PeerId peer;                 // zero: none
    AssetId asset;               // zero: none
    std::int64_t fragment = -1;  // -1: none
};

}  // namespace fragcast

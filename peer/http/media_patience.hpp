// HTTP thread. How long a media request waits (HTTP.md, "Media"); tests have less patience.
#pragma once

#include "messages/wire/limits.hpp"

#include <chrono>

namespace fragcast {

struct MediaPatience {
    std::chrono::milliseconds hold = limits::kHold;          // from the request to its first chunk
    std::chrono::milliseconds stall = limits::kStreamStall;  // then, without progress
};

}  // namespace fragcast

// Any thread: pure. What browsers are told of an init segment.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace fragcast {

// The RFC 6381 list of the tracks in an init segment (ftyp + moov), in their order, read from their
// decoder configurations: "avc1.64001f,mp4a.40.2". Knows avc1, hvc1, vp09, av01, mp4a, Opus and
// fLaC; nothing if there is another one or the bytes are damaged.
std::optional<std::string> codecs_of_init(std::span<const std::uint8_t> init);

}  // namespace fragcast

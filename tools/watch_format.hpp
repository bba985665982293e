// Any thread: pure. How zmq-watch shows a message: ours decoded, anything else as text or hex.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fragcast::tools {

inline constexpr std::size_t kMaxWatchedFrames = 16;  // of one message; more are not shown
inline constexpr std::size_t kMaxWatchedFrameBytes = 64UL << 20;
inline constexpr std::size_t kMaxShownBytes = 64;  // of a frame that is not ours

// "12:00:01.250  fragment.available.3fa9….  8b1c02d4  {"asset":…}", or with hex for what is not
// ours. Never throws, whatever the bytes are; never prints a control character.
std::string format_line(const std::vector<std::string>& frames, std::uint64_t unix_ms);

// {"unix_ms":…,"topic":…,"sender":…,"epoch":…,"sequence":…,"message":{…}} or "frames":["hex"…].
std::string format_json(const std::vector<std::string>& frames, std::uint64_t unix_ms);

}  // namespace fragcast::tools

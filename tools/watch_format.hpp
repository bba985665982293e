// One thread. Pure. How zmq-watch shows a message: ours decoded, anything else as text or hex.
#pragma once

#include "messages/wire/message.hpp"
#include "tools/watch_gaps.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace fragcast::tools {

inline constexpr std::size_t kMaxWatchedFrames = 16;  // of one message; more are not shown
inline constexpr std::size_t kMaxWatchedFrameBytes = 64UL << 20;
inline constexpr std::size_t kMaxShownBytes = 64;     // of a frame that is not ours
inline constexpr std::size_t kMaxNamesKnown = 20000;  // peers; who comes later stays an id

// A message of ours, under its topic; nothing for anything else.
std::optional<Message> ours(const std::vector<std::string>& frames);

// The names of peers, as far as heard of.
class PeerNames {
public:
    void learn(const PeerRecord& peer);
    void learn(const Message& heard);
    // Empty when not known.
    std::string of(const std::string& id) const;

private:
    std::map<std::string, std::string> names_;
};

// "12:00:01.250  fragment.available.3fa91c02..  8b1c02d4 peer1  asset={id=3fa91c02 …} fragments=4":
// ids short, peers with their names. Hex for what is not ours. Never throws, whatever the bytes
// are; never prints a control character.
std::string format_line(const std::vector<std::string>& frames, std::uint64_t unix_ms,
                        const PeerNames& names);

// {"unix_ms":…,"topic":…,"sender":…,"epoch":…,"sequence":…,"message":{…}} or "frames":["hex"…].
std::string format_json(const std::vector<std::string>& frames, std::uint64_t unix_ms);

// "12:00:01.250  gap: 2 announcements of 8b1c02d4 peer1 are missing (13 to 14)", and
// {"unix_ms":…,"gap":{"sender":…,"epoch":…,"first":…,"last":…}}.
std::string format_gap_line(const MissedChanges& gap, std::uint64_t unix_ms,
                            const PeerNames& names);
std::string format_gap_json(const MissedChanges& gap, std::uint64_t unix_ms);

}  // namespace fragcast::tools

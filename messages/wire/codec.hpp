// Any thread. The door of msgpack: messages to frames and back (PROTOCOL.md, "Frames").
//
// A message is one frame, a fixed header and a msgpack array of the body's fields in order,
// followed by a payload frame for the kinds that have one; on PUB/SUB a topic frame goes before it.
// Decoding never throws and never reads past a limit: what a sender got wrong is an Error with a
// text for the log. Unknown trailing fields are skipped; missing trailing ones keep their defaults.
#pragma once

#include "messages/wire/message.hpp"
#include "messages/wire/result.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <variant>

namespace fragcast {

inline constexpr std::size_t kHeaderBytes = 36;

// Header and body. Asserts that every field is within its limit and the whole within kMaxBodyBytes:
// that is the sender's duty. Who fills a list adds up packed_size() of its records, and begins a
// new message (`more`) before limits::kMaxPageBytes or the list's own limit.
Bytes encode(const Message& message);

std::size_t packed_size(const PeerRecord& record);
std::size_t packed_size(const AssetRecord& record);
std::size_t packed_size(const EntryRecord& record);
std::size_t packed_size(const HolderRecord& record);
std::size_t packed_size(const HoldingRecord& record);
std::size_t packed_size(const PartialRecord& record);
std::size_t packed_size(const EventRecord& record);

struct DecodeError {
    enum class Why {
        foreign,   // no signature of ours: not counted against the sender's standing
        version,   // another version of the protocol
        unknown,   // a kind that this version does not know
        malformed  // ours, and wrong
    };
    Why why = Why::malformed;
    std::string text;
};

std::variant<Message, DecodeError> decode(std::span<const std::uint8_t> frame);

// Whether messages of this kind are followed by a payload frame.
bool has_payload(Kind kind);

// One line of JSON for people and zmq-watch: {"kind":"fragment_available","sender":"…", …}; byte
// strings and ids as hex, ranges as "0-3,7", long lists cut with a count of what was left out.
std::string describe(const Message& message);

}  // namespace fragcast

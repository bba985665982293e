// Any thread: value types.
//
// The identities and indices of the domain, one type each, so that a fragment's index never passes
// for a chunk's. Spans are half open, with named ends.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <endian.h>

namespace fragcast {

using Bytes = std::vector<std::uint8_t>;

// Time of the process that owns the object: microseconds since a start that means nothing outside.
// There is no now() here: pure code is told the time (the loop reads it, the simulator makes it).
struct SwarmClock {
    using duration = std::chrono::microseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<SwarmClock>;
    static constexpr bool is_steady = true;
};
using Time = SwarmClock::time_point;
using Duration = SwarmClock::duration;
inline constexpr Time kNever = Time::max();

// N bytes with an order and a text of 2N lower-case hex digits; Tag keeps the kinds apart.
template <class Tag, std::size_t N>
struct Id {
    static constexpr std::size_t kBytes = N;
    static_assert(N % sizeof(std::uint64_t) == 0, "compared by words");
    std::array<std::uint8_t, N> bytes{};

    // The order of the bytes. By words, since maps of ids are most of what a busy peer looks up.
    std::strong_ordering operator<=>(const Id& other) const {
        for (std::size_t at = 0; at < N; at += sizeof(std::uint64_t))
            if (const auto order = word(at) <=> other.word(at); order != 0) return order;
        return std::strong_ordering::equal;
    }
    bool operator==(const Id&) const = default;
    bool is_zero() const { return *this == Id{}; }
    std::string text() const;
    std::string short_text() const { return text().substr(0, 8); }
    // Exactly 2N hex digits of either case; else nothing.
    static std::optional<Id> parse(std::string_view text);

private:
    std::uint64_t word(std::size_t at) const {
        std::uint64_t out = 0;
        std::memcpy(&out, bytes.data() + at, sizeof out);
        return be64toh(out);
    }
};

struct DigestTag;
struct AssetTag;
struct PeerTag;
struct StateTag;
using Digest = Id<DigestTag, 32>;      // a SHA-256
using AssetId = Id<AssetTag, 32>;      // SHA-256 of the manifest's body
using PeerId = Id<PeerTag, 16>;        // first 128 bits of the SHA-256 of the public CURVE key
using StateDigest = Id<StateTag, 16>;  // of holdings (holding.hpp)

extern template struct Id<DigestTag, 32>;
extern template struct Id<AssetTag, 32>;
extern template struct Id<PeerTag, 16>;
extern template struct Id<StateTag, 16>;

template <class Tag, class Rep>
struct Number {
    Rep value = 0;
    auto operator<=>(const Number&) const = default;
};

using FragmentIndex = Number<struct FragmentIndexTag, std::uint32_t>;
using ChunkIndex = Number<struct ChunkIndexTag, std::uint32_t>;
using RequestId = Number<struct RequestIdTag, std::uint64_t>;  // unique per link and asker
using Epoch = Number<struct EpochTag, std::uint64_t>;          // raised before every start
using Sequence = Number<struct SequenceTag, std::uint64_t>;    // changes of the sender's holdings

// [begin, end) of fragment or chunk indices.
struct Span {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;

    auto operator<=>(const Span&) const = default;
    bool empty() const { return begin >= end; }
    std::uint32_t size() const { return empty() ? 0 : end - begin; }
    bool contains(std::uint32_t index) const { return begin <= index && index < end; }
};

// One fragment of one asset.
struct FragmentRef {
    AssetId asset;
    FragmentIndex index;
    auto operator<=>(const FragmentRef&) const = default;
};

// One chunk of one fragment. It says nothing of the chunk's bytes.
struct ChunkRef {
    AssetId asset;
    FragmentIndex fragment;
    ChunkIndex chunk;
    auto operator<=>(const ChunkRef&) const = default;
    FragmentRef of() const { return {asset, fragment}; }
};

std::string to_hex(const std::uint8_t* data, std::size_t size);
std::optional<Bytes> from_hex(std::string_view text);

}  // namespace fragcast

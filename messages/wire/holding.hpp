// Any thread: value types.
//
// What somebody has of an asset: sets of indices kept as sorted, disjoint, non-touching spans.
// Cheap where holdings are contiguous (the usual case), never beyond kMaxFragments on the wire.
#pragma once

#include "messages/wire/hash.hpp"
#include "messages/wire/ids.hpp"

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fragcast {

class RangeSet {
public:
    RangeSet() = default;
    RangeSet(std::initializer_list<Span> spans);
    static RangeSet up_to(std::uint32_t end) { return end ? RangeSet{{0, end}} : RangeSet{}; }

    void add(Span span);
    void add(std::uint32_t index) { add(Span{index, index + 1}); }
    void remove(Span span);
    void remove(std::uint32_t index) { remove(Span{index, index + 1}); }
    void add(const RangeSet& other);
    void remove(const RangeSet& other);

    bool contains(std::uint32_t index) const;
    bool contains(Span span) const;
    bool empty() const { return spans_.empty(); }
    std::uint64_t count() const;
    // The largest index + 1, or 0.
    std::uint32_t end() const { return spans_.empty() ? 0 : spans_.back().end; }
    const std::vector<Span>& spans() const { return spans_; }
    // What of [0, end) is not here.
    RangeSet missing(std::uint32_t end) const;
    RangeSet common(const RangeSet& other) const;

    // "0-3,7,9-12" (inclusive ends, as people read them); "-" when empty.
    std::string text() const;
    // The same text back, in any order; of indices below `end`. Nothing: it is no such text.
    static std::optional<RangeSet> parse(std::string_view text, std::uint32_t end);
    bool operator==(const RangeSet&) const = default;

private:
    std::vector<Span> spans_;
};

// Whole fragments, and the proven chunks of unfinished ones. A fragment is never in both.
struct Holding {
    RangeSet fragments;
    std::map<FragmentIndex, RangeSet> partial;

    bool empty() const { return fragments.empty() && partial.empty(); }
    bool operator==(const Holding&) const = default;
};

// What a beacon and a heartbeat carry, so that a difference is seen without telling all
// (PROTOCOL.md, "Digests"): of one asset's whole fragments, and the root over all assets. Partial
// fragments do not count. An asset of which nothing whole is held contributes nothing.
StateDigest digest_of(const AssetId& asset, const RangeSet& fragments);
StateDigest root_of(const std::map<AssetId, RangeSet>& holdings);
// The same from digests that the caller keeps; none of an asset of which nothing whole is held.
StateDigest root_of(const std::map<AssetId, StateDigest>& digests);
// The same of one after the other, in the order of ids; root() may be called once.
class RootSum {
public:
    void add(const AssetId& asset, const StateDigest& digest);
    StateDigest root();

private:
    Sha256 sum_;
};

}  // namespace fragcast

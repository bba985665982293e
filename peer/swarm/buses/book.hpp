// Loop thread. Pure.
//
// The book of what we hold whole, as buses and neighbours are told it: entries, digests, the root
// over them, and the sequence that counts its changes (PROTOCOL.md, "Order, gaps, digests").
#pragma once

#include "messages/wire/records.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace fragcast {

class Book {
public:
    // Each true: something changed, and the sequence was raised by one.
    bool add(const AssetRecord& asset, const RangeSet& fragments);
    bool remove(const AssetId& asset, const RangeSet& fragments);
    // The disk has it no more: counted if it was held. What follows is said by remove().
    void lost(const FragmentRef& fragment);
    // At a start, before anybody was told anything: changes no sequence.
    void load(const AssetRecord& asset, const RangeSet& fragments);

    // Assets of which something whole is held, by id.
    const std::map<AssetId, EntryRecord>& entries() const { return entries_; }
    const std::map<AssetId, StateDigest>& digests() const { return digests_; }
    // Empty where nothing is held.
    const RangeSet& fragments(const AssetId& asset) const;
    // What an update says of this asset: also of one that nothing is held of any more.
    EntryRecord entry(const AssetId& asset) const;
    const StateDigest& root() const;
    std::uint64_t count() const;  // fragments, of all assets
    std::uint64_t count_lost() const { return lost_; }
    Sequence sequence() const { return sequence_; }
    // Assets of which more or less is held than at the last call.
    std::set<AssetId> take_changed() { return std::exchange(changed_, {}); }
    // For tests and the simulator: the rule that does not hold; nullptr: all do.
    const char* broken() const;

private:
    void changed(const AssetId& asset);

    std::map<AssetId, EntryRecord> entries_;
    std::map<AssetId, StateDigest> digests_;
    mutable StateDigest root_ = root_of(std::map<AssetId, StateDigest>{});
    mutable bool root_known_ = true;
    mutable std::optional<std::uint64_t> count_;
    Sequence sequence_;
    std::uint64_t lost_ = 0;
    std::set<AssetId> changed_;
};

}  // namespace fragcast

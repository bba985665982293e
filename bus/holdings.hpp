// bus_core: pure. One thread: its owner's.
//
// What one peer has, as the bus keeps it, in the order of ids. A bus keeps a million of these: so
// they lie in blocks, which take a third of what a map does, and a change costs a block, not all.
#pragma once

#include "messages/wire/holding.hpp"
#include "messages/wire/records.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace fragcast {

// Ids in their order, each once.
class PeerSet {
public:
    void insert(const PeerId& peer);
    void erase(const PeerId& peer);
    auto begin() const { return peers_.begin(); }
    auto end() const { return peers_.end(); }
    auto upper_bound(const PeerId& peer) const {
        return std::upper_bound(peers_.begin(), peers_.end(), peer);
    }
    std::size_t size() const { return peers_.size(); }
    bool empty() const { return peers_.empty(); }

private:
    std::vector<PeerId> peers_;
};

// Something whole of it is held by somebody.
struct HeldAsset {
    AssetRecord record;   // as the first holder told it, or as the proven manifest says
    bool proven = false;  // the latter
    PeerSet holders;
};

class Holdings {
public:
    // Of one asset. The asset outlives it.
    class One {
    public:
        One(const HeldAsset& asset, const RangeSet& fragments) : asset_(&asset) { set(fragments); }
        const HeldAsset& asset() const { return *asset_; }
        const AssetId& id() const { return asset_->record.id; }
        const StateDigest& digest() const { return digest_; }
        RangeSet fragments() const { return several_ ? *several_ : RangeSet{only_}; }
        bool contains(std::uint32_t fragment) const;
        // Bytes of memory, roughly, the asset aside.
        std::uint64_t cost() const;
        static std::uint64_t cost_of(const RangeSet& fragments);

    private:
        friend class Holdings;
        void set(const RangeSet& fragments);
        const HeldAsset* asset_;
        StateDigest digest_;
        Span only_;
        std::unique_ptr<const RangeSet> several_;  // where one span does not say it
    };

    const One* find(const AssetId& asset) const;
    // Replaces what was there of it. `fragments` are not empty.
    const One& set(const HeldAsset& asset, const RangeSet& fragments);
    void erase(const AssetId& asset);
    // To be called before the asset, which is here, becomes proven.
    void becomes_proven(const AssetId& asset);

    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    const One& last() const { return blocks_.back().ones.back(); }  // not of nothing
    RangeSet at(const AssetId& asset) const { return find(asset)->fragments(); }

    // In order, as long as `see` says true.
    template <class See>
    void each(See see) const {
        each_from(0, 0, see);
    }
    template <class See>
    void each_above(const AssetId& after, See see) const {
        const Place place = place_of(after);
        each_from(place.block, place.at + (place.here ? 1 : 0), see);
    }
    // Those whose asset no manifest has proven, at most `most`, from above `after` on and round.
    std::vector<AssetId> unproven(const AssetId& after, std::size_t most) const;
    // Over all of them (holding.hpp). Made when asked for.
    StateDigest root() const;

private:
    struct Block {
        std::vector<One> ones;     // not empty
        std::size_t unproven = 0;  // of them
    };
    struct Place {
        std::size_t block = 0;
        std::size_t at = 0;  // in the block: where it is, or would be
        bool here = false;
    };
    Place place_of(const AssetId& asset) const;
    void split(std::size_t block);
    void take_unproven(std::size_t first, std::size_t end, const AssetId* above,
                       const AssetId* up_to, std::size_t most, std::vector<AssetId>& out) const;

    template <class See>
    void each_from(std::size_t block, std::size_t at, See& see) const {
        for (; block < blocks_.size(); ++block, at = 0)
            for (; at < blocks_[block].ones.size(); ++at)
                if (!see(blocks_[block].ones[at])) return;
    }

    std::vector<Block> blocks_;
    std::size_t size_ = 0;
    mutable std::optional<StateDigest> root_;
};

}  // namespace fragcast

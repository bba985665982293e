// One thread (the test's).
//
// A node's store as facts: which manifests, proofs and chunks it has, how long each operation
// takes, what a crash leaves. Answers come through the clock, in order, one operation at a time.
// The chunks that were not yet synced are lost in a crash; whole fragments are durable when done.
#pragma once

#include "peer/swarm/swarm.hpp"
#include "tests/sim/sim_asset.hpp"
#include "tests/sim/sim_clock.hpp"

#include <functional>
#include <map>
#include <set>

namespace fragcast::sim {

struct DiskOptions {
    Duration delay{100};               // of each operation
    std::uint64_t rate = 800 << 20;    // bytes per second; 0: no limit
    Duration sync{30'000};             // from the last chunk to a durable fragment
    Duration flush{300'000};           // from a chunk's write to its being durable by itself
    std::uint64_t capacity = 0;        // bytes; 0: no limit
    std::uint32_t spoils_percent = 0;  // of chunks that rot after they were proven
};

class SimDisk {
public:
    struct Fragment {
        bool proof = false;
        bool done = false;
        bool loose = false;  // may go to make room
        RangeSet proven;     // written
        RangeSet durable;    // would survive a crash
        RangeSet spoilt;     // would not match its hash any more
    };
    struct Asset {
        SimAsset asset;
        std::map<FragmentIndex, Fragment> fragments;
    };

    SimDisk(SimClock& clock, DiskOptions options, std::uint64_t seed)
        : clock_(clock), options_(options), random_(seed) {}

    // --- facts ---
    const std::map<AssetId, Asset>& assets() const { return assets_; }
    const Asset* find(const AssetId& asset) const;
    const Fragment* find(const FragmentRef& fragment) const;
    bool proven(const ChunkRef& chunk) const;
    bool done(const FragmentRef& fragment) const;
    RangeSet done(const AssetId& asset) const;
    bool whole(const AssetId& asset) const;
    std::uint64_t used() const { return used_; }
    std::vector<StoredAsset> stored() const;  // as the store lists itself at a start

    // --- from outside ---
    void put(const SimAsset& asset, const RangeSet& fragments);
    void crash();  // what is under way is lost, and all that is not durable
    void set_capacity(std::uint64_t bytes) { options_.capacity = bytes; }
    // What a real store beside it has, is so here too (real_store.hpp).
    void mirror(const SimAsset& asset) { assets_[asset.id].asset = asset; }
    void mirror(const FragmentRef& fragment, const RangeSet& proven, bool done);
    void mirror_none() { assets_.clear(); }

    // --- what a swarm has done; each answers once, unless the node crashes before ---
    using Kept = std::function<void(StoreVerdict)>;
    using ProofKept = std::function<void(StoreVerdict, const RangeSet& proven)>;
    using Loaded = std::function<void(bool here, bool good)>;
    using FragmentDone = std::function<void(const FragmentRef&)>;
    void on_done(FragmentDone done) { on_done_ = std::move(done); }

    void keep_manifest(const SimAsset& asset, Kept answer);
    void keep_proof(const FragmentRef& fragment, bool good, ProofKept answer);
    void keep_chunk(const ChunkRef& chunk, bool good, Kept answer);
    void load_chunk(const ChunkRef& chunk, Loaded answer);
    void load_proof(const FragmentRef& fragment, Loaded answer);
    void drop_fragment(const FragmentRef& fragment);
    void drop_asset(const AssetId& asset, std::function<void()> dropped);
    // Looks at a chunk again: what rotted is no longer had.
    void doubt(const ChunkRef& chunk, std::function<void()> damaged);
    void mark(const AssetId& asset, const RangeSet& fragments, bool kept);
    void decline(const AssetId& asset, bool declined);
    std::vector<AssetId> declined() const { return {declined_.begin(), declined_.end()}; }

private:
    Fragment* mutable_find(const FragmentRef& fragment);
    void perform(std::uint64_t bytes, std::function<void()> what);
    StoreVerdict write(const ChunkRef& chunk, bool good);
    StoreVerdict prove(const FragmentRef& ref, bool good, RangeSet& proven);
    void flush_later(const ChunkRef& chunk);
    void finish_later(const FragmentRef& ref);

    SimClock& clock_;
    DiskOptions options_;
    SimRandom random_;
    std::map<AssetId, Asset> assets_;
    std::set<AssetId> declined_;
    std::uint64_t used_ = 0;
    std::uint64_t incarnation_ = 0;
    Time free_;
    FragmentDone on_done_;
};

}  // namespace fragcast::sim

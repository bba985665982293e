// One thread (the test's).
//
// The real fragment store in the simulation: its work done piece by piece on files in memory, which
// may fail, its answers delayed by the simulator's clock. What it has is so in the node's simulated
// disk as well, where the world's checks look.
#pragma once

#include "peer/engine/ports.hpp"
#include "peer/store/fragment_store.hpp"
#include "peer/store/store_work.hpp"
#include "tests/sim/sim_clock.hpp"
#include "tests/sim/sim_disk.hpp"
#include "tests/sim/sim_store.hpp"
#include "tests/support/memory_files.hpp"
#include "tests/support/store_asset.hpp"

#include <memory>
#include <string>
#include <vector>

namespace fragcast::sim {

// Bytes and all.
SimAsset sim_asset_of(const test::StoreAsset& asset);

class RealStore final : public StorePort {
public:
    // `files` are the node's disk, and outlive it.
    RealStore(SimClock& clock, SimDisk& mirror, test::MemoryFiles& files, StoreOwner owner,
              std::uint64_t seed);

    // The process begins. Throws where the store cannot be opened.
    Identity open(const std::string& name);
    std::vector<StoredAsset> stored() const { return store_->assets(); }
    // The process ends, and the machine's power with it: what was not synced is there, or not, by
    // chance.
    void crash();
    // Before open(): these fragments of it lie there, as after a put.
    void put(const test::StoreAsset& asset, const RangeSet& fragments);
    // What lies in its folder of that asset, fragment after fragment, is that asset's.
    bool same(const test::StoreAsset& asset) const;
    std::filesystem::path folder(const test::StoreAsset& asset) const;

    bool take(StoreCommand command) override;

private:
    void make_key();
    void schedule();
    void note(const StoreEvent& event);
    void mirror_all();

    SimClock& clock_;
    SimDisk& mirror_;
    test::MemoryFiles& files_;
    StoreOwner owner_;
    SimRandom random_;
    std::unique_ptr<FragmentStore> store_;
    std::unique_ptr<StoreWork> work_;
    std::uint64_t incarnation_ = 0;
    Time due_ = kNever;
};

}  // namespace fragcast::sim

// One thread (the test's).
//
// A node's store, as the engine sees it: the simulated disk takes its commands, and answers by the
// clock.
#pragma once

#include "peer/engine/ports.hpp"
#include "tests/sim/sim_disk.hpp"

#include <cstddef>
#include <functional>
#include <string>

namespace fragcast::sim {

// Who owns a store; all are called at the clock's time.
struct StoreOwner {
    std::function<void(StoreEvent)> happened;
    std::function<void(std::function<void()>)> later;  // at this time, in this process
    std::function<void(const ChunkRef&)> on_load;      // to be sent or delivered
    std::function<void(const ChunkRef&, StoreVerdict)> on_kept;
    std::function<void(const FragmentRef&)> on_done;
    std::function<Bytes()> draw_key;
    std::function<bool()> spoils;  // whether the chunk that goes to a neighbour is wrong
    std::function<void(std::string)> wrong;
};

class SimStore final : public StorePort {
public:
    SimStore(SimDisk& disk, StoreOwner owner) : disk_(disk), owner_(std::move(owner)) {}

    bool take(StoreCommand command) override;
    // It sends nothing that it is asked for.
    void be_silent(bool silent) { silent_ = silent; }
    void crash();
    void make_room() { room_ = true; }
    std::size_t loads() const { return loads_; }    // for neighbours, not answered yet
    std::size_t stores() const { return stores_; }  // chunks, not answered yet

private:
    void handle(store_command::Stop&) {}
    void handle(store_command::KeepManifest& command);
    void handle(store_command::KeepProof& command);
    void handle(store_command::KeepChunk& command);
    void handle(store_command::LoadChunk& command);
    void handle(store_command::LoadProof& command);
    void handle(store_command::DropFragment& command) { disk_.drop_fragment(command.fragment); }
    void handle(store_command::DropAsset& command);
    void handle(store_command::DrawKey&);
    template <class Question>
    void handle(store_command::Call<Question>&) {
        owner_.wrong("asks for folders, which are none");
    }
    void handle(store_command::Verify&) { owner_.wrong("verifies what is not there"); }
    void handle(store_command::Doubt& command);
    void handle(store_command::Mark& command) {
        disk_.mark(command.asset, command.fragments, command.kept);
    }
    void handle(store_command::Decline& command) { disk_.decline(command.asset, command.declined); }

    SimDisk& disk_;
    StoreOwner owner_;
    bool silent_ = false;
    bool room_ = true;
    std::size_t loads_ = 0;
    std::size_t stores_ = 0;
};

}  // namespace fragcast::sim

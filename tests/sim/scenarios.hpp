// One thread (the test's).
//
// Stories of swarms: first the faults (World checks safety with every message), then healing, then
// everybody is complete and knows the truth. Each throws where it does not end as it should.
#pragma once

#include "tests/sim/sim_world.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace fragcast::sim {

inline constexpr std::uint64_t kMiB = 1 << 20;

// What a user may change; 0: as the scenario has it.
struct Knobs {
    std::uint32_t peers = 0;
    std::uint64_t bytes = 0;   // of the asset
    std::uint64_t upload = 0;  // of the source, bytes per second
    Duration time{};           // of the faults
};

using Story = std::vector<std::string>;  // lines for people

struct Scenario {
    const char* name;
    const char* what;
    void (*play)(World& world, const Knobs& knobs, Story& story);
    std::uint32_t buses = 1;
};

std::span<const Scenario> scenarios();
const Scenario* find_scenario(const std::string& name);

struct Played {
    Story story;
    std::uint64_t trace = 0;
    std::vector<std::string> outcome;
    std::uint64_t messages = 0;
    Duration took{};
};
Played play(const Scenario& scenario, WorldOptions options, const Knobs& knobs = {});

// --- what the stories share (scenarios.cpp) ------------------------------------------------------
void require(const World& world, bool holds, const std::string& what);
// A source that has all of a new file, and so many peers without anything; all started.
struct Cast {
    SimAsset asset;
    SimNode* source = nullptr;
    std::vector<SimNode*> peers;
};
Cast make_cast(World& world, std::uint32_t peers, std::uint64_t bytes, NodeOptions source = {},
               const NodeOptions& peer = {});
void fetch_all(const Cast& cast);
// Everybody alive has it all within `limit`.
void complete_within(World& world, const AssetId& asset, Duration limit, Story& story);
void truth_within(World& world, const std::vector<AssetId>& assets, Duration limit, Story& story);
std::string seconds(Duration time);
std::string hex(std::uint64_t digest);

// scenarios_faults.cpp, scenarios_bus.cpp, scenarios_churn.cpp, scenarios_copies.cpp,
// scenarios_limits.cpp, scenarios_put.cpp, scenarios_viewer.cpp
void liar(World& world, const Knobs& knobs, Story& story);
void wrong_proofs(World& world, const Knobs& knobs, Story& story);
void boaster(World& world, const Knobs& knobs, Story& story);
void babbler(World& world, const Knobs& knobs, Story& story);
void slow(World& world, const Knobs& knobs, Story& story);
void silent_crowd(World& world, const Knobs& knobs, Story& story);
void source_leaves(World& world, const Knobs& knobs, Story& story);
void crashes(World& world, const Knobs& knobs, Story& story);
void full_disk(World& world, const Knobs& knobs, Story& story);
void silence(World& world, const Knobs& knobs, Story& story);
void late_joiner(World& world, const Knobs& knobs, Story& story);
void bus_restart(World& world, const Knobs& knobs, Story& story);
void lossy_bus(World& world, const Knobs& knobs, Story& story);
void last_word(World& world, const Knobs& knobs, Story& story);
void bus_away(World& world, const Knobs& knobs, Story& story);
void partition(World& world, const Knobs& knobs, Story& story);
void no_bus(World& world, const Knobs& knobs, Story& story);
void copied_store(World& world, const Knobs& knobs, Story& story);
void churn(World& world, const Knobs& knobs, Story& story);
void copies_made(World& world, const Knobs& knobs, Story& story);
void copies_repaired(World& world, const Knobs& knobs, Story& story);
void copies_missed(World& world, const Knobs& knobs, Story& story);
void copies_without_bus(World& world, const Knobs& knobs, Story& story);
void handed_over(World& world, const Knobs& knobs, Story& story);
void drained(World& world, const Knobs& knobs, Story& story);
void drained_unlinked(World& world, const Knobs& knobs, Story& story);
void eviction(World& world, const Knobs& knobs, Story& story);
void usurpers(World& world, const Knobs& knobs, Story& story);
void drain_overruled(World& world, const Knobs& knobs, Story& story);
void taker_silent(World& world, const Knobs& knobs, Story& story);
void witness_silent(World& world, const Knobs& knobs, Story& story);
void copies_at_a_time(World& world, const Knobs& knobs, Story& story);
void put_passes_over(World& world, const Knobs& knobs, Story& story);
void put_waits(World& world, const Knobs& knobs, Story& story);
void viewer(World& world, const Knobs& knobs, Story& story);
void audience(World& world, const Knobs& knobs, Story& story);
void slow_relay(World& world, const Knobs& knobs, Story& story);
// scenarios_store.cpp
void real_copy(World& world, const Knobs& knobs, Story& story);
void real_power_cuts(World& world, const Knobs& knobs, Story& story);
void real_full_disk(World& world, const Knobs& knobs, Story& story);
void real_bad_disks(World& world, const Knobs& knobs, Story& story);
void real_rot(World& world, const Knobs& knobs, Story& story);
void real_last_step(World& world, const Knobs& knobs, Story& story);
void real_removed(World& world, const Knobs& knobs, Story& story);

}  // namespace fragcast::sim

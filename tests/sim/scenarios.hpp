// One thread (the test's).
//
// Stories of swarms: first the faults (World checks safety with every message), then healing, then
// everybody is complete and knows the truth. Each throws where it does not end as it should.
#pragma once

#include "tests/sim/sim_world.hpp"

#include <cstdint>
#include <initializer_list>
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
    std::uint64_t seeds = ~0ULL;  // that the tests play at most
};

// At the end of a scenarios_….cpp: its stories, which are then listed and played like all others.
class Stories {
public:
    Stories(std::initializer_list<Scenario> stories);
    // By name.
    static std::vector<Scenario>& all();
};

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

}  // namespace fragcast::sim

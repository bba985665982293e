// The stories, each with a slice of seeds and both ways in which links may end.
// FRAGCAST_SIM_SEEDS=N plays more of them.
#include "tests/sim/scenarios.hpp"
#include "tests/support/source_path.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::sim;

namespace {

constexpr std::uint64_t kSeeds = 5;

std::uint64_t seeds() {
    const char* more = std::getenv("FRAGCAST_SIM_SEEDS");
    return more != nullptr ? std::strtoull(more, nullptr, 10) : kSeeds;
}

void play_seeds(const Scenario& scenario) {
    for (std::uint64_t seed = 1; seed <= std::min(seeds(), scenario.seeds); ++seed)
        for (const LinkNotice notice : {LinkNotice::told, LinkNotice::blind}) {
            WorldOptions options;
            options.seed = seed;
            options.notice = notice;
            const std::string again = std::string("swarm_sim --scenario ") + scenario.name +
                                      " --seed " + std::to_string(seed) +
                                      (notice == LinkNotice::blind ? " --blind" : "");
            INFO(again, " (", scenario.what, ")");
            CHECK_NOTHROW(play(scenario, options));
        }
}

Played play_once(const std::string& name, std::uint64_t seed,
                 LinkNotice notice = LinkNotice::told) {
    const Scenario* scenario = find_scenario(name);
    REQUIRE(scenario != nullptr);
    WorldOptions options;
    options.seed = seed;
    options.notice = notice;
    return play(*scenario, options);
}

}  // namespace

TEST_CASE("every story ends as it should") {
    const std::vector<Scenario>& all = Stories::all();
    CHECK(all.size() >= 40);  // none was left out by the linker
    for (const Scenario& scenario : all)
        play_seeds(scenario);
}

TEST_CASE("the same seed plays the same story, another seed another one") {
    for (const char* name : {"relay", "crashes", "partition", "viewer"}) {
        std::set<std::uint64_t> traces;
        std::set<std::vector<std::string>> outcomes;
        for (std::uint64_t seed = 1; seed <= 3; ++seed) {
            const Played played = play_once(name, seed);
            const Played again = play_once(name, seed);
            CHECK(played.trace == again.trace);
            CHECK(played.outcome == again.outcome);
            traces.insert(played.trace);
            outcomes.insert(played.outcome);
        }
        CHECK(traces.size() == 3);
        if (name != std::string("viewer")) CHECK(outcomes.size() == 3);  // it ends well each time
    }
}

// sim/traces.txt: lines of story, seed, told or blind, trace (and outcome, which only people read).
TEST_CASE("nothing changed the trace of a story unless it was meant to") {
    std::ifstream file(fragcast::test::source_path("tests/sim/traces.txt"));
    REQUIRE(file.is_open());
    std::size_t lines = 0;
    for (std::string name, seed, notice, trace, outcome;
         file >> name >> seed >> notice >> trace >> outcome; ++lines) {
        const Played played = play_once(name, std::stoull(seed),
                                        notice == "blind" ? LinkNotice::blind : LinkNotice::told);
        INFO("this changed the trace of ", name, ", seed ", seed, ", ", notice,
             std::string(hex(digest_of(played.outcome)) == outcome ? " (not its outcome)"
                                                                   : " and its outcome"),
             "; if that was meant: tests/sim/traces.sh renew tests/sim/traces.txt");
        CHECK(hex(played.trace) == trace);
    }
    CHECK(lines >= 10);
}

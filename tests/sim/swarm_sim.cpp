// swarm_sim: plays a story of a simulated swarm and says how it went.
#include "messages/options/command_line.hpp"
#include "messages/wire/endpoint.hpp"
#include "tests/sim/scenarios.hpp"

#include <cstdio>
#include <exception>
#include <iostream>

namespace {

using namespace fragcast;
using namespace fragcast::sim;

struct Options {
    std::string scenario = "relay";
    std::uint64_t seed = 1;
    std::uint64_t seeds = 1;
    Knobs knobs;
    std::string size, upload;
    double minutes = 0;
    bool blind = false;
    bool trace = false;
    bool outcome = false;
    bool digests = false;
    bool list = false;
};

std::string list_of_scenarios() {
    std::string text = "Scenarios:\n";
    for (const Scenario& one : Stories::all()) {
        std::string name = one.name;
        name.resize(16, ' ');
        text += "  " + name + one.what + "\n";
    }
    return text;
}

Status read_sizes(Options& options) {
    if (!options.size.empty()) {
        const auto size = parse_size(options.size, "--size");
        if (!size) return size.error();
        options.knobs.bytes = *size;
    }
    if (!options.upload.empty()) {
        const auto upload = parse_size(options.upload, "--upload");
        if (!upload) return upload.error();
        options.knobs.upload = *upload;
    }
    options.knobs.time = Duration{static_cast<Duration::rep>(options.minutes * 60e6)};
    return Done{};
}

void play_one(const Scenario& scenario, const Options& options, std::uint64_t seed) {
    WorldOptions world;
    world.seed = seed;
    world.notice = options.blind ? LinkNotice::blind : LinkNotice::told;
    if (options.trace) world.trace = [](const std::string& line) { std::puts(line.c_str()); };
    const Played played = play(scenario, std::move(world), options.knobs);
    const std::string trace = hex(played.trace);
    const std::string outcome = hex(digest_of(played.outcome));
    if (options.digests) {
        std::printf("%s %s %s %s %s\n", scenario.name, std::to_string(seed).c_str(),
                    options.blind ? "blind" : "told", trace.c_str(), outcome.c_str());
        return;
    }
    std::printf("%s, seed %s: %s simulated, %s messages, trace %s, outcome %s\n", scenario.name,
                std::to_string(seed).c_str(), seconds(played.took).c_str(),
                std::to_string(played.messages).c_str(), trace.c_str(), outcome.c_str());
    for (const auto& line : played.story)
        std::printf("  %s\n", line.c_str());
    if (options.outcome)
        for (const auto& line : played.outcome)
            std::printf("  %s\n", line.c_str());
}

}  // namespace

int main(int argc, char** argv) {
    CommandLine line{
        "Plays a story of a swarm: real peers' and buses' decisions on a virtual clock.",
        "swarm_sim"};
    Options options;
    line.option("--scenario", options.scenario).shows_default();
    line.option("--seed", options.seed, "the same seed plays the same story").shows_default();
    line.option("--seeds", options.seeds, "so many, from --seed on").shows_default();
    line.option("--peers", options.knobs.peers, "how many, where the story allows");
    line.option("--size", options.size, "of the asset").type("SIZE");
    line.option("--upload", options.upload, "of the source, per second").type("RATE");
    line.option("--minutes", options.minutes, "of faults, where the story allows");
    line.flag("--blind", options.blind, "links tell nothing of their end");
    line.flag("--trace", options.trace, "print every message, action and report");
    line.flag("--outcome", options.outcome, "print what the outcome's digest is made of");
    line.flag("--digests", options.digests,
              "print only: scenario, seed, told or blind, trace, outcome (for traces.sh)");
    line.flag("--list", options.list, "print the scenarios' names only");
    line.footer(list_of_scenarios());
    if (const auto exit = line.parse(argc, argv)) return show(*exit, "swarm_sim");
    if (const auto fine = read_sizes(options); !fine)
        return show({2, fine.error().text}, "swarm_sim");
    if (options.list) {
        for (const Scenario& one : Stories::all())
            std::puts(one.name);
        return 0;
    }
    const Scenario* scenario = find_scenario(options.scenario);
    if (scenario == nullptr) {
        std::cerr << "swarm_sim: no scenario \"" << options.scenario << "\"\n"
                  << list_of_scenarios();
        return 2;
    }
    for (std::uint64_t seed = options.seed; seed < options.seed + options.seeds; ++seed)
        try {
            play_one(*scenario, options, seed);
        } catch (const std::exception& broken) {
            std::fprintf(stderr, "swarm_sim: %s: %s\n", scenario->name, broken.what());
            return 1;
        }
    return 0;
}

// Main thread. events: the record of activity, of the bus, or of a peer with --peer.
#include "tools/ask.hpp"
#include "tools/show.hpp"
#include "tools/verb.hpp"

#include <cstdio>
#include <ctime>
#include <memory>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace fragcast::tools {

using nlohmann::json;

namespace {

struct EventsOptions {
    std::uint64_t since = 0;
};

std::string time_of(std::uint64_t unix_ms) {
    const auto seconds = static_cast<std::time_t>(unix_ms / 1000);
    std::tm local{};
    localtime_r(&seconds, &local);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
    return text;
}

int run_events(const EventsOptions& options, const Common& common) {
    std::uint64_t from = options.since;
    for (;;) {
        const auto answer = common.peer.empty()
                                ? bus_events(common, from)
                                : ask_peer(common, "events?from=" + std::to_string(from));
        if (!answer) return complain(answer.error());
        if (const auto lost = number_of(*answer, "lost"); lost > 0 && !common.quiet)
            std::fprintf(stderr, "fragcast: %llu older events are kept no more\n",
                         static_cast<unsigned long long>(lost));
        const json& events = list_of(*answer, "events");
        for (const auto& event : events) {
            if (common.json)
                std::printf("%s\n", event.dump().c_str());
            else
                std::printf("%s  %s  %-18s %s\n", text_of(event, "number").c_str(),
                            time_of(number_of(event, "unix_ms")).c_str(),
                            text_of(event, "kind").c_str(), text_of(event, "text").c_str());
        }
        const std::uint64_t next = number_of(*answer, "next");
        if (events.empty() || next <= from) return kOk;
        from = next;
    }
}

}  // namespace

void add_events(CLI::App& app, const Common& common, Run& run) {
    auto options = std::make_shared<EventsOptions>();
    CLI::App* verb = app.add_subcommand("events", "what happened: of the bus, or of --peer");
    verb->add_option("--since", options->since, "number of the first event wanted")
        ->capture_default_str();
    verb->callback(
        [options, &common, &run] { run = [=, &common] { return run_events(*options, common); }; });
}

}  // namespace fragcast::tools

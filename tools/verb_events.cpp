// Main thread. events: the record of activity, of the bus, or of a peer with --peer.
#include "tools/ask.hpp"
#include "tools/show.hpp"
#include "tools/since.hpp"
#include "tools/terminal.hpp"
#include "tools/verb.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <memory>

#include <nlohmann/json.hpp>

namespace fragcast::tools {

using nlohmann::json;

namespace {

std::string time_of(std::uint64_t unix_ms) {
    const auto seconds = static_cast<std::time_t>(unix_ms / 1000);
    std::tm local{};
    localtime_r(&seconds, &local);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
    return text;
}

std::uint64_t unix_now_ms() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

constexpr std::size_t kNumberColumn = 5;  // the first 99,999
constexpr std::size_t kKindColumn = 18;

std::string blanks(std::size_t column, const std::string& text) {
    return std::string(column - std::min(column, text.size()), ' ');
}

void print_event(const json& event, const Common& common) {
    if (common.json) return say_json(event);
    const std::string number = text_of(event, "number"), kind = text_of(event, "kind");
    say("{}  {}  {} {}", blanks(kNumberColumn, number) + number,
        time_of(number_of(event, "unix_ms")), kind + blanks(kKindColumn, kind),
        text_of(event, "text"));
}

int run_events(const Since& since, const Common& common) {
    const std::uint64_t now = unix_now_ms();
    std::uint64_t from = since.number;
    const Result<Common> it = common.peer.empty() ? Result<Common>(common) : at_peer(common);
    if (!it) return complain(it.error());
    for (;;) {
        const auto answer = common.peer.empty()
                                ? bus_events(common, from)
                                : ask_peer(*it, "events?from=" + std::to_string(from));
        if (!answer) return complain(answer.error());
        const json& events = list_of(*answer, "events");
        // Lost is what came before the first of them: perhaps it was too old anyway.
        const bool all_wanted =
            events.empty() || since.wants(number_of(events.front(), "unix_ms"), now);
        if (const auto lost = number_of(*answer, "lost"); lost > 0 && all_wanted && !common.quiet)
            note("fragcast: {} older events are kept no more", lost);
        for (const auto& event : events)
            if (since.wants(number_of(event, "unix_ms"), now)) print_event(event, common);
        const auto next = ask_on_from(from, number_of(*answer, "next"), events.empty());
        if (!next) return kOk;
        if (*next < from && !common.quiet)
            note(
                "fragcast: there is no event {}: the numbers began anew since; all that happened "
                "is shown",
                from);
        from = *next;
    }
}

}  // namespace

void add_events(CommandLine& line, const Common& common, Run& run) {
    auto text = std::make_shared<std::string>();
    CommandLine verb = line.verb("events", "what happened: of the bus, or of --peer");
    verb.option("--since", *text, "number of the first event wanted, or how old (30s, 5m, 1h)")
        .type("NUMBER|TIME")
        .checked([](const std::string& given) {
            const auto since = parse_since(given);
            return since ? std::string() : since.error().text;
        });
    verb.on_chosen([text, &common, &run] {
        const Since since = text->empty() ? Since{} : *parse_since(*text);
        run = [since, &common] { return run_events(since, common); };
    });
}

}  // namespace fragcast::tools

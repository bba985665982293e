// Main thread. fetch: a peer fetches what it lacks of an asset, and we say from whom it came.
#include "messages/wire/endpoint.hpp"
#include "messages/wire/holding.hpp"
#include "messages/wire/limits.hpp"
#include "tools/ask.hpp"
#include "tools/show.hpp"
#include "tools/terminal.hpp"
#include "tools/verb.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#include <nlohmann/json.hpp>

namespace fragcast::tools {

using nlohmann::json;

namespace {

constexpr std::chrono::seconds kLookWhy{5};  // nothing came: what it waits for is asked

struct FetchOptions {
    std::string what;
    std::vector<std::uint32_t> fragments;
};

void print_fetched(const json& answer) {
    for (const auto& fragment : list_of(answer, "fragments")) {
        if (text_of(fragment, "state") != "here") continue;
        std::string from;
        for (const auto& sender : list_of(fragment, "from"))
            from += (from.empty() ? "" : " and ") + text_of(sender, "name");
        const bool was_here = from.empty() || text_of(fragment, "was_here") == "true";
        say("{} {} {} ({}{})", text_of(answer, "name"), text_of(fragment, "index"),
            was_here ? "was here" : ("fetched from " + from),
            human_bytes(number_of(fragment, "size")),
            was_here ? "" : (", " + text_of(fragment, "ms") + " ms"));
    }
}

std::uint64_t chunks_here(const json& answer) {
    std::uint64_t here = 0;
    for (const auto& fragment : list_of(answer, "fragments"))
        here += number_of(fragment, "chunks");
    return here;
}

// What it waits for, where that is another thing than was said.
void say_why(const Common& common, const std::string& what, std::string& said) {
    const auto answer = ask_peer(common, "why?name=" + url_escape(what));
    if (!answer) return;
    std::string why = text_of(*answer, "sentence");
    if (why != said && !why.empty() && !common.quiet) note("waiting: {}", why);
    said = std::move(why);
}

json asked_for(const FetchOptions& options) {
    json body{{"name", options.what}};
    RangeSet wanted;
    for (const std::uint32_t index : options.fragments)
        wanted.add(index);
    if (!wanted.empty()) body["fragments"] = wanted.text();
    return body;
}

int run_fetch(const FetchOptions& options, const Common& common) {
    if (common.peer.empty())
        return complain(fail(ErrorKind::invalid, "say which peer is to fetch it: --peer NAME"));
    json body = asked_for(options);
    const auto it = at_peer(common);
    if (!it) return complain(it.error());
    using Clock = std::chrono::steady_clock;
    const std::chrono::duration<double> patience(common.timeout);
    std::uint64_t before = 0;
    std::string why;
    for (auto moved = Clock::now(); !interrupted();) {
        const auto left = patience - (Clock::now() - moved);
        if (left.count() <= 0) break;
        body["wait_ms"] = std::chrono::ceil<std::chrono::milliseconds>(
                              std::min<std::chrono::duration<double>>(left, kLookWhy))
                              .count();
        const auto answer = tell_peer(*it, "POST", "fetch", body);
        if (!answer) return complain(answer.error());
        if (flag_of(answer->second, "done")) {
            common.json ? say_json(answer->second) : print_fetched(answer->second);
            return kOk;
        }
        // 202: it is on its way still.
        const std::uint64_t now = chunks_here(answer->second);
        if (now > before)
            moved = Clock::now();
        else
            say_why(*it, options.what, why);
        before = std::max(before, now);
    }
    return complain(interrupted() ? fail(ErrorKind::interrupted, "it goes on without us")
                                  : fail(ErrorKind::timeout,
                                         "nothing came for " + std::to_string(int(common.timeout)) +
                                             " s" + (why.empty() ? "" : ": " + why)));
}

}  // namespace

void add_fetch(CommandLine& line, const Common& common, Run& run) {
    auto options = std::make_shared<FetchOptions>();
    CommandLine verb = line.verb("fetch", "have a peer (--peer) fetch what it lacks");
    verb.option("NAME", options->what, "name, id or unique beginning of an id")
        .required()
        .checked(problem_of_name);
    verb.option("INDEX", options->fragments, "fragments; all unless given")
        .between(std::uint32_t{0}, limits::kMaxFragments - 1);
    verb.on_chosen(
        [options, &common, &run] { run = [=, &common] { return run_fetch(*options, common); }; });
}

}  // namespace fragcast::tools

// Main thread. fetch: a peer fetches what it lacks of an asset, and we say from whom it came.
#include "messages/wire/endpoint.hpp"
#include "messages/wire/holding.hpp"
#include "messages/wire/limits.hpp"
#include "tools/ask.hpp"
#include "tools/show.hpp"
#include "tools/verb.hpp"

#include <cstdio>
#include <memory>
#include <vector>

#include <nlohmann/json.hpp>

namespace fragcast::tools {

using nlohmann::json;

namespace {

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
        std::printf("%s %s %s (%s%s)\n", text_of(answer, "name").c_str(),
                    text_of(fragment, "index").c_str(),
                    was_here ? "was here" : ("fetched from " + from).c_str(),
                    human_bytes(number_of(fragment, "size")).c_str(),
                    was_here ? "" : (", " + text_of(fragment, "ms") + " ms").c_str());
    }
}

std::uint64_t chunks_here(const json& answer) {
    std::uint64_t here = 0;
    for (const auto& fragment : list_of(answer, "fragments"))
        here += number_of(fragment, "chunks");
    return here;
}

int run_fetch(const FetchOptions& options, const Common& common) {
    if (common.peer.empty())
        return complain(fail(ErrorKind::invalid, "say which peer is to fetch it: --peer NAME"));
    json body{{"name", options.what}};
    if (!options.fragments.empty()) {
        RangeSet wanted;
        for (const std::uint32_t index : options.fragments)
            wanted.add(index);
        body["fragments"] = wanted.text();
    }
    const auto it = at_peer(common);
    if (!it) return complain(it.error());
    std::uint64_t before = 0;
    for (double idle = 0; idle < common.timeout && !interrupted();) {
        const auto answer = tell_peer(*it, "POST", "fetch", body);
        if (!answer) return complain(answer.error());
        if (answer->second.value("done", false)) {
            common.json ? std::printf("%s\n", answer->second.dump().c_str()),
                void()  : print_fetched(answer->second);
            return kOk;
        }
        // 202: it is on its way still. Each time it waits as long as a peer holds a request.
        const std::uint64_t now = chunks_here(answer->second);
        idle = now > before ? 0 : idle + static_cast<double>(limits::kHold.count());
        before = std::max(before, now);
    }
    return complain(interrupted() ? fail(ErrorKind::interrupted, "it goes on without us")
                                  : fail(ErrorKind::timeout,
                                         "nothing came for " + std::to_string(int(common.timeout)) +
                                             " s; `fragcast why` says what it waits for"));
}

}  // namespace

void add_fetch(CommandLine& line, const Common& common, Run& run) {
    auto options = std::make_shared<FetchOptions>();
    CommandLine verb = line.verb("fetch", "have a peer (--peer) fetch what it lacks");
    verb.option("NAME", options->what, "name, id or unique beginning of an id").required();
    verb.option("INDEX", options->fragments, "fragments; all unless given")
        .between(std::uint32_t{0}, limits::kMaxFragments - 1);
    verb.on_chosen(
        [options, &common, &run] { run = [=, &common] { return run_fetch(*options, common); }; });
}

}  // namespace fragcast::tools

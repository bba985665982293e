// Main thread. refresh: a peer lists its store again; we return when what it found is proven.
#include "tools/progress.hpp"
#include "tools/show.hpp"
#include "tools/store_job.hpp"
#include "tools/terminal.hpp"
#include "tools/verb.hpp"

#include <nlohmann/json.hpp>

namespace fragcast::tools {

using nlohmann::json;

namespace {

void print_sets(const json& answer, const char* field, const char* what) {
    for (const auto& set : list_of(answer, field))
        say("{} {} {}", text_of(set, "name"), text_of(set, "fragments"), what);
}

int run_refresh(const Common& common) {
    Progress progress("proving", common.quiet || common.json);
    const auto answer = follow_job(common, "refresh", json::object(), [&](const json& now) {
        std::string left;
        for (const auto& set : list_of(now, "proving"))
            left +=
                (left.empty() ? "" : ", ") + text_of(set, "name") + " " + text_of(set, "fragments");
        if (!left.empty()) progress.note("being proven: " + left);
    });
    progress.end();
    if (!answer) return complain(answer.error());
    const auto& refused = list_of(*answer, "refused");
    if (common.json) {
        say_json(*answer);
        return refused.empty() ? kOk : kFailed;
    }
    print_sets(*answer, "added", "added");
    print_sets(*answer, "gone", "gone");
    for (const auto& one : refused)
        note("fragcast: {} {} does not count: {}", text_of(one, "name"), text_of(one, "fragment"),
             text_of(one, "why"));
    if (refused.empty() && list_of(*answer, "added").empty() && list_of(*answer, "gone").empty())
        say("nothing has changed");
    return refused.empty() ? kOk : kFailed;
}

}  // namespace

void add_refresh(CommandLine& line, const Common& common, Run& run) {
    line.verb("refresh", "have a peer (--peer) list its store again").on_chosen([&common, &run] {
        run = [&common] { return run_refresh(common); };
    });
}

}  // namespace fragcast::tools

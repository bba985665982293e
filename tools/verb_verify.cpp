// Main thread. verify: a peer hashes again what it has; exit 1 when something of it is bad.
#include "messages/wire/endpoint.hpp"
#include "tools/ask.hpp"
#include "tools/progress.hpp"
#include "tools/show.hpp"
#include "tools/store_job.hpp"
#include "tools/terminal.hpp"
#include "tools/verb.hpp"

#include <memory>

#include <nlohmann/json.hpp>

namespace fragcast::tools {

using nlohmann::json;

namespace {

void print_bad(const json& answer) {
    for (const auto& one : list_of(answer, "bad")) {
        const std::string chunks = text_of(one, "chunks");
        say("{} {} is bad{}: dropped, and wanted again", text_of(one, "name"),
            text_of(one, "fragment"), chunks == "-" ? "" : (" in chunk " + chunks));
    }
}

int run_verify(const std::string& what, const Common& common) {
    json body = json::object();
    if (!what.empty()) body["name"] = what;
    Progress progress("verifying", common.quiet || common.json);
    const auto answer = follow_job(common, "verify", std::move(body), [&](const json& now) {
        progress.show(number_of(now, "bytes"), number_of(now, "bytes_total"));
    });
    progress.end();
    if (!answer) return complain(answer.error());
    const std::uint64_t bad = number_of(*answer, "bad_count");
    const std::string error = text_of(*answer, "error");
    if (common.json) {
        say_json(*answer);
        return bad == 0 && error.empty() ? kOk : kFailed;
    }
    print_bad(*answer);
    say("{} fragments verified ({}), {} bad", text_of(*answer, "checked"),
        human_bytes(number_of(*answer, "bytes")), bad);
    if (!error.empty()) return complain(fail(ErrorKind::io, error));
    return bad == 0 ? kOk : kFailed;
}

}  // namespace

void add_verify(CommandLine& line, const Common& common, Run& run) {
    auto what = std::make_shared<std::string>();
    CommandLine verb = line.verb("verify", "have a peer (--peer) hash again what it has");
    verb.option("NAME", *what,
                "name, id or unique beginning of an id.checked(problem_of_name); all unless given");
    verb.on_chosen(
        [what, &common, &run] { run = [=, &common] { return run_verify(*what, common); }; });
}

}  // namespace fragcast::tools

// Main thread. why: what an asset waits for at a peer, in a sentence and fragment by fragment.
#include "tools/ask.hpp"
#include "tools/http_client.hpp"
#include "tools/show.hpp"
#include "tools/terminal.hpp"
#include "tools/verb.hpp"

#include <memory>

#include <nlohmann/json.hpp>

namespace fragcast::tools {

using nlohmann::json;

namespace {

int run_why(const std::string& what, const Common& common) {
    if (common.peer.empty())
        return complain(fail(ErrorKind::invalid, "say at which peer it waits: --peer NAME"));
    const auto answer = ask_peer(common, "why?name=" + url_escape(what));
    if (!answer) return complain(answer.error());
    if (common.json) {
        say_json(*answer);
        return kOk;
    }
    say("{}: {}", text_of(*answer, "name"), text_of(*answer, "sentence"));
    for (const auto& fragment : list_of(*answer, "fragments"))
        if (text_of(fragment, "state") != "missing") say("    {}", text_of(fragment, "sentence"));
    return kOk;
}

}  // namespace

void add_why(CommandLine& line, const Common& common, Run& run) {
    auto what = std::make_shared<std::string>();
    CommandLine verb = line.verb("why", "why an asset is not all at a peer (--peer) yet");
    verb.option("NAME", *what, "name, id or unique beginning of an id")
        .required()
        .checked(problem_of_name);
    verb.on_chosen(
        [what, &common, &run] { run = [=, &common] { return run_why(*what, common); }; });
}

}  // namespace fragcast::tools

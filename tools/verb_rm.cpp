// Main thread. rm: a peer drops its copy of an asset and declines it until somebody there asks
// again.
#include "messages/wire/endpoint.hpp"
#include "tools/ask.hpp"
#include "tools/http_client.hpp"
#include "tools/show.hpp"
#include "tools/terminal.hpp"
#include "tools/verb.hpp"

#include <memory>

#include <nlohmann/json.hpp>

namespace fragcast::tools {

namespace {

int run_rm(const std::string& what, const Common& common) {
    if (common.peer.empty())
        return complain(fail(ErrorKind::invalid, "say which peer is to drop it: --peer NAME"));
    const auto it = at_peer(common, limits::kMinIdDigitsToTakeAway);
    if (!it) return complain(it.error());
    // The peer decides what it means, and that it says enough.
    const auto answer = tell_peer(*it, "DELETE", "assets/" + url_escape(what), nullptr);
    if (!answer) return complain(answer.error());
    if (common.json)
        say_json(answer->second);
    else
        say("{} removed ({})", text_of(answer->second, "name"),
            human_bytes(number_of(answer->second, "bytes")));
    return kOk;
}

}  // namespace

void add_rm(CommandLine& line, const Common& common, Run& run) {
    auto what = std::make_shared<std::string>();
    CommandLine verb =
        line.verb("rm", "have a peer (--peer) drop its copy, and decline it until asked again");
    verb.option("NAME", *what, "name, id, or unique beginning of an id of 8 digits at least")
        .required()
        .checked(problem_of_name);
    verb.on_chosen([what, &common, &run] { run = [=, &common] { return run_rm(*what, common); }; });
}

}  // namespace fragcast::tools

// Main thread. rm: a peer drops its copy of an asset and declines it until somebody there asks
// again.
#include "messages/wire/endpoint.hpp"
#include "tools/ask.hpp"
#include "tools/show.hpp"
#include "tools/verb.hpp"

#include <cstdio>
#include <memory>

#include <nlohmann/json.hpp>

namespace fragcast::tools {

using nlohmann::json;

namespace {

// A name says what is meant, a beginning of an id only with so many digits.
bool says_enough(const std::string& what, const json& asset) {
    if (what == text_of(asset, "name")) return true;
    return what.size() >= kDigitsToTakeAway && text_of(asset, "id").starts_with(what);
}

int run_rm(const std::string& what, const Common& common) {
    if (common.peer.empty())
        return complain(fail(ErrorKind::invalid, "say which peer is to drop it: --peer NAME"));
    const auto it = at_peer(common, kDigitsToTakeAway);
    if (!it) return complain(it.error());
    // What the peer itself knows, be its bus away or not.
    const auto located = locate(*it, what, -1, "local");
    if (!located) return complain(located.error());
    const json& asset = located->at("asset");
    if (!says_enough(what, asset))
        return complain(
            fail(ErrorKind::invalid,
                 "\"" + what + "\" is too little to remove something by: give its name, or " +
                     std::to_string(kDigitsToTakeAway) + " digits of its id. Is it " +
                     text_of(asset, "name") + " (" + text_of(asset, "id").substr(0, 16) + ")?"));
    const auto answer = tell_peer(*it, "DELETE", "assets/" + text_of(asset, "id"), nullptr);
    if (!answer) return complain(answer.error());
    if (common.json)
        std::printf("%s\n", answer->second.dump().c_str());
    else
        std::printf("%s removed (%s)\n", text_of(asset, "name").c_str(),
                    human_bytes(number_of(answer->second, "bytes")).c_str());
    return kOk;
}

}  // namespace

void add_rm(CommandLine& line, const Common& common, Run& run) {
    auto what = std::make_shared<std::string>();
    CommandLine verb =
        line.verb("rm", "have a peer (--peer) drop its copy, and decline it until asked again");
    verb.option("NAME", *what, "name, id, or unique beginning of an id of 8 digits at least")
        .required();
    verb.on_chosen([what, &common, &run] { run = [=, &common] { return run_rm(*what, common); }; });
}

}  // namespace fragcast::tools

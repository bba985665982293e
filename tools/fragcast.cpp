// Main thread. `fragcast`: options, and the table of verbs.
#include "messages/wire/version.hpp"
#include "tools/terminal.hpp"
#include "tools/verb.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <exception>

namespace fragcast::tools {

// The verbs, each in a file of its own, in the order of --help.
using AddVerb = void(CommandLine& line, const Common& common, Run& run);
AddVerb add_split, add_join, add_put, add_get, add_ls, add_peers, add_locate, add_directory,
    add_info, add_fetch, add_why, add_events, add_refresh, add_verify, add_rm, add_drain;
constexpr AddVerb* kVerbs[] = {add_split,   add_join,      add_put,  add_get,   add_ls,  add_peers,
                               add_locate,  add_directory, add_info, add_fetch, add_why, add_events,
                               add_refresh, add_verify,    add_rm,   add_drain};

namespace {
volatile std::sig_atomic_t stop_asked = 0;

void on_stop(int number) {
    // The second one ends the program at once, as it would have without us.
    if (stop_asked) std::signal(number, SIG_DFL);
    stop_asked = 1;
}
}  // namespace

bool interrupted() {
    return stop_asked != 0;
}

int complain(const Error& error) {
    note("fragcast: {}", error.text);
    if (error.kind == ErrorKind::not_found) return kNobody;
    if (error.kind == ErrorKind::interrupted) return kInterrupted;
    return kFailed;
}

// What was printed counts only if it went out.
static int ended(int code) {
    if (const Status said = all_said(); !said) return std::max(complain(said.error()), code);
    return code;
}

static int main_of(int argc, char** argv) {
    CommandLine line{"Share, fetch and look at what a fragcast swarm has.", "fragcast"};
    Common common;
    line.version(std::string("fragcast ") + kVersion);
    line.option("--bus", common.bus, "directory of a bus, tcp://HOST:PORT")
        .variable("FRAGCAST_BUS")
        .shows_default();
    line.option("--peer", common.peer, "a peer to ask instead: NAME, ID or http://HOST:PORT")
        .variable("FRAGCAST_PEER");
    line.flag("--json", common.json, "one JSON object per line");
    line.flag("-q,--quiet", common.quiet, "no progress, no summary");
    line.option("--timeout", common.timeout, "seconds without progress until giving up")
        .positive()
        .shows_default();
    Run run;
    for (AddVerb* add : kVerbs)
        add(line, common, run);

    if (const auto exit = line.parse(argc, argv)) return ended(show(*exit, "fragcast"));
    const char* usual = std::getenv("FRAGCAST_PEER");
    common.peer_said = common.peer != (usual == nullptr ? "" : usual);
    std::signal(SIGINT, on_stop);
    std::signal(SIGTERM, on_stop);
    std::signal(SIGPIPE, SIG_IGN);
    return ended(run());
}

}  // namespace fragcast::tools

int main(int argc, char** argv) {
    fragcast::tools::keep_standard_descriptors();
    try {
        return fragcast::tools::main_of(argc, argv);
    } catch (const std::exception& error) {
        fragcast::tools::note("fragcast: {}", error.what());
        return fragcast::tools::kFailed;
    }
}

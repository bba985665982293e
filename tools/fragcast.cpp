// Main thread. `fragcast`: options, and the table of verbs.
#include "messages/wire/version.hpp"
#include "tools/verb.hpp"

#include <csignal>
#include <cstdio>
#include <exception>

namespace fragcast::tools {

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
    std::fprintf(stderr, "fragcast: %s\n", error.text.c_str());
    if (error.kind == ErrorKind::not_found) return kNobody;
    if (error.kind == ErrorKind::interrupted) return kInterrupted;
    return kFailed;
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
    add_split(line, common, run);
    add_join(line, common, run);
    add_put(line, common, run);
    add_get(line, common, run);
    add_ls(line, common, run);
    add_peers(line, common, run);
    add_locate(line, common, run);
    add_directory(line, common, run);
    add_info(line, common, run);
    add_fetch(line, common, run);
    add_why(line, common, run);
    add_events(line, common, run);
    add_refresh(line, common, run);
    add_verify(line, common, run);
    add_rm(line, common, run);
    add_drain(line, common, run);

    if (const auto exit = line.parse(argc, argv)) return show(*exit, "fragcast");
    std::signal(SIGINT, on_stop);
    std::signal(SIGTERM, on_stop);
    std::signal(SIGPIPE, SIG_IGN);
    return run();
}

}  // namespace fragcast::tools

int main(int argc, char** argv) {
    try {
        return fragcast::tools::main_of(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "fragcast: %s\n", error.what());
        return fragcast::tools::kFailed;
    }
}

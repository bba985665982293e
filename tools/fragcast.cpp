// Main thread. `fragcast`: options, and the table of verbs.
#include "messages/layered_options.hpp"
#include "messages/version.hpp"
#include "tools/verb.hpp"

#include <csignal>
#include <cstdio>
#include <iostream>

#include <CLI/CLI.hpp>

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

// The first word that should be a verb and is none.
static int no_such_verb(const CLI::App& app, const std::string& word) {
    std::vector<std::string> verbs;
    for (const CLI::App* verb : app.get_subcommands({}))
        verbs.push_back(verb->get_name());
    const std::string near = nearest_of(word, verbs);
    std::fprintf(stderr, "fragcast: there is no command \"%s\"%s\n", word.c_str(),
                 near.empty() ? "; see fragcast --help" : ("; did you mean " + near + "?").c_str());
    return kUsage;
}

static int main_of(int argc, char** argv) {
    CLI::App app{"Share, fetch and look at what a fragcast swarm has.", "fragcast"};
    Common common;
    app.set_version_flag("--version", std::string("fragcast ") + kVersion);
    app.add_option("--bus", common.bus, "directory of a bus, tcp://HOST:PORT")
        ->envname("FRAGCAST_BUS")
        ->capture_default_str();
    app.add_option("--peer", common.peer, "a peer to ask instead: NAME, ID or http://HOST:PORT")
        ->envname("FRAGCAST_PEER");
    app.add_flag("--json", common.json, "one JSON object per line");
    app.add_flag("-q,--quiet", common.quiet, "no progress, no summary");
    app.add_option("--timeout", common.timeout, "seconds without progress until giving up")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.require_subcommand(1);
    app.fallthrough();  // common options are also understood after the verb

    Run run;
    add_split(app, common, run);
    add_join(app, common, run);
    add_put(app, common, run);
    add_get(app, common, run);
    add_ls(app, common, run);
    add_peers(app, common, run);
    add_locate(app, common, run);
    add_directory(app, common, run);
    add_info(app, common, run);
    add_fetch(app, common, run);
    add_why(app, common, run);
    add_events(app, common, run);
    add_refresh(app, common, run);
    add_verify(app, common, run);
    add_rm(app, common, run);
    add_drain(app, common, run);

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (app.get_subcommands().empty())
            for (const auto& word : app.remaining())
                if (!word.starts_with('-')) return no_such_verb(app, word);
        return app.exit(error) == 0 ? kOk : kUsage;
    }
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

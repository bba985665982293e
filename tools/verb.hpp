// Main thread. What all verbs of `fragcast` share: the common options, exit codes, and how a verb
// registers itself. A verb is one file: an options struct, a set-up and a run.
#pragma once

#include "messages/result.hpp"

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace fragcast::tools {

enum Exit : int {
    kOk = 0,
    kFailed = 1,
    kUsage = 2,
    kNobody = 3,  // nobody has it
    kInterrupted = 130,
};

struct Common {
    std::string bus = "tcp://127.0.0.1:5550";
    std::string peer;  // NAME, ID or http://host:port
    bool json = false;
    double timeout = 30;  // seconds without progress
    bool quiet = false;
};

// The verb that the command line chose; returns the exit code.
using Run = std::function<int()>;

void add_split(CLI::App& app, const Common& common, Run& run);
void add_join(CLI::App& app, const Common& common, Run& run);
void add_put(CLI::App& app, const Common& common, Run& run);
void add_get(CLI::App& app, const Common& common, Run& run);
void add_ls(CLI::App& app, const Common& common, Run& run);
void add_peers(CLI::App& app, const Common& common, Run& run);
void add_locate(CLI::App& app, const Common& common, Run& run);
void add_directory(CLI::App& app, const Common& common, Run& run);
void add_fetch(CLI::App& app, const Common& common, Run& run);
void add_why(CLI::App& app, const Common& common, Run& run);
void add_drain(CLI::App& app, const Common& common, Run& run);
void add_events(CLI::App& app, const Common& common, Run& run);
void add_refresh(CLI::App& app, const Common& common, Run& run);
void add_verify(CLI::App& app, const Common& common, Run& run);
void add_rm(CLI::App& app, const Common& common, Run& run);
void add_info(CLI::App& app, const Common& common, Run& run);

// Prints "fragcast: TEXT" on stderr; the exit code that DESIGN gives this kind of error.
int complain(const Error& error);

// Whether SIGINT or SIGTERM came (installed by main; the first asks, the second kills).
bool interrupted();

}  // namespace fragcast::tools

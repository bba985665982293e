// Main thread. What all verbs of `fragcast` share: the common options and exit codes. A verb is one
// file: an options struct, a set-up (that the table in fragcast.cpp names) and a run.
#pragma once

#include "messages/options/command_line.hpp"
#include "messages/wire/result.hpp"

#include <functional>
#include <string>

namespace fragcast::tools {

enum Exit : int {  // 2, usage, is of messages/options
    kOk = 0,
    kFailed = 1,
    kNobody = 3,  // nobody has it
    kInterrupted = 130,
};

struct Common {
    std::string bus = "tcp://127.0.0.1:5550";
    std::string peer;        // NAME, ID or http://host:port
    bool peer_said = false;  // on the command line, and not by FRAGCAST_PEER alone
    std::string peer_id;     // of it, once at_peer() has found it: every request says whom it means
    bool json = false;
    double timeout = 30;  // seconds without progress
    bool quiet = false;
};

// The verb that the command line chose; returns the exit code.
using Run = std::function<int()>;

// Prints "fragcast: TEXT" on stderr; the exit code of this kind of error.
int complain(const Error& error);

// Whether SIGINT or SIGTERM came (installed by main; the first asks, the second kills).
bool interrupted();

}  // namespace fragcast::tools

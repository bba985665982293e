// Main thread. The options of cutting, shared by `split` and `put`.
#pragma once

#include "messages/options/command_line.hpp"
#include "player/cut/cutter.hpp"

#include <string>

namespace fragcast::tools {

// --name/--as, --fragments, --fragment-seconds, --raw, --replicas; the last of them.
CommandOption add_cut_options(CommandLine& verb, CutOptions& options);

// "10 fragments of 2 s to 4 s" or "10 fragments of 1.5 MiB".
std::string describe_cut(const Manifest& manifest);

}  // namespace fragcast::tools

// Main thread. The options of cutting, shared by `split` and `put`.
#pragma once

#include "player/cutter.hpp"

#include <string>

namespace CLI {
class App;
}

namespace fragcast::tools {

// --name/--as, --fragments, --fragment-seconds, --raw, --replicas.
void add_cut_options(CLI::App& verb, CutOptions& options);

// "10 fragments of 2 s to 4 s" or "10 fragments of 1.5 MiB".
std::string describe_cut(const Manifest& manifest);

}  // namespace fragcast::tools

// Any thread, before there are others. One of the doors of CLI11.
//
// Options as every program of ours takes them: flags, over the environment (PREFIX_LONG_NAME), over
// the TOML file that --config names. An unknown key is an error that names the nearest known one.
#pragma once

#include "messages/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace fragcast {

// What to do now, if not to go on: print `text` (to stdout when `code` is 0) and exit.
struct OptionsExit {
    int code = 0;
    std::string text;
};

// Parses into what `app`'s options are bound to. Adds --config. Lists in the environment are
// separated by commas.
std::optional<OptionsExit> parse_layered(CLI::App& app, int argc, const char* const* argv,
                                         const std::string& prefix = "FRAGCAST");

// The candidate that needs the fewest edits to become `word`; empty when none is near.
std::string nearest_of(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace fragcast

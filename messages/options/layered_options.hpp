// Any thread, before there are others.
//
// Options as every program of ours takes them: flags, over the environment (PREFIX_LONG_NAME), over
// the TOML file that --config names. An unknown key is an error that names the nearest known one;
// what is wrong in the file is told with file, line and column.
#pragma once

#include "messages/options/command_line.hpp"
#include "messages/wire/result.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): not ours
class ParseError;
}

namespace fragcast {

class LayeredOptions {
public:
    // Adds --config, --print-config and --check-config to `line`, which must outlive this.
    explicit LayeredOptions(CommandLine& line, std::string prefix = "FRAGCAST");

    // Each is the other's contrary: what a layer says of one takes away what those below say of the
    // other.
    void opposites(const std::string& one, const std::string& other);
    // Parses into what the app's options are bound to. Lists in the environment are separated by
    // commas.
    std::optional<OptionsExit> parse(int argc, const char* const* argv);
    // Then, with what the program's own checks say; their texts name an option as "--name". What
    // was asked for (--print-config, --check-config), or where the wrong option was said.
    std::optional<OptionsExit> finish(const Status& checked) const;
    // All options as TOML with their descriptions: what --config would take to the same end.
    std::string print() const;

private:
    struct Said {
        std::vector<std::string> values;
        std::string place;  // "FILE:LINE:COLUMN: "; empty of the environment
    };
    using Layer = std::map<std::string, Said>;  // by long name
    Layer from_environment() const;
    Result<Layer> from_file() const;
    void add(const Layer& layer, std::vector<std::string>& arguments);
    std::vector<std::string> known_names() const;
    std::string did_you_mean(const std::string& word, std::string_view dashes) const;
    OptionsExit usage_error(const CLI::ParseError& error) const;
    std::string placed(const std::string& text) const;

    CLI::App& app_;
    std::string prefix_;
    std::string file_;
    std::map<std::string, std::string> opposites_;
    bool print_config_ = false;
    bool check_config_ = false;
    std::map<std::string, std::string> said_;  // long name -> "", or its place in the file
};

}  // namespace fragcast

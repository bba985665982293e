#include "messages/layered_options.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <numeric>
#include <set>

namespace fragcast {
namespace {

using Layer = std::map<std::string, std::vector<std::string>>;  // long name -> values

std::vector<std::string> known_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options())
        for (const auto& name : option->get_lnames())
            names.push_back(name);
    return names;
}

std::string did_you_mean(const std::string& word, const CLI::App& app, std::string_view dashes) {
    const std::string near = nearest_of(word, known_names(app));
    if (near.empty()) return "; see --help";
    return "; did you mean " + std::string(dashes) + near + "?";
}

// The long name of a flag, without its value; empty for anything else.
std::string name_in(const std::string& argument) {
    if (!argument.starts_with("--")) return {};
    return argument.substr(
        2, argument.find('=') == std::string::npos ? std::string::npos : argument.find('=') - 2);
}

Layer from_environment(const CLI::App& app, const std::string& prefix) {
    Layer layer;
    for (const auto& name : known_names(app)) {
        std::string variable = prefix + "_" + name;
        std::transform(variable.begin(), variable.end(), variable.begin(), [](unsigned char c) {
            return c == '-' ? '_' : static_cast<char>(std::toupper(c));
        });
        if (const char* value = std::getenv(variable.c_str()))
            layer[name] = CLI::detail::split(value, ',');
    }
    return layer;
}

Result<Layer> from_file(const CLI::App& app, const std::string& file) {
    Layer layer;
    try {
        for (const auto& item : CLI::ConfigTOML().from_file(file)) {
            if (item.name == "++" || item.name == "--") continue;  // a section's begin and end
            const std::string key = item.fullname();
            const auto names = known_names(app);
            if (std::find(names.begin(), names.end(), key) == names.end())
                return fail(ErrorKind::invalid,
                            file + ": unknown key \"" + key + "\"" + did_you_mean(key, app, ""));
            layer[key] = item.inputs;
        }
    } catch (const CLI::Error& error) {
        return fail(ErrorKind::invalid, "cannot read --config " + file + ": " + error.what());
    }
    return layer;
}

std::string config_of(const std::vector<std::string>& arguments, const Layer& environment) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (arguments[i].starts_with("--config=")) return arguments[i].substr(9);
        if (arguments[i] == "--config" && i + 1 < arguments.size()) return arguments[i + 1];
    }
    const auto said = environment.find("config");
    return said == environment.end() || said->second.empty() ? "" : said->second.front();
}

// Adds what the layer says of options that no layer above it named.
void add_layer(const Layer& layer, std::set<std::string>& named,
               std::vector<std::string>& arguments) {
    for (const auto& [name, values] : layer) {
        if (!named.insert(name).second) continue;
        for (const auto& value : values)
            arguments.push_back("--" + name + "=" + value);
    }
}

OptionsExit usage_error(const CLI::App& app, const CLI::ParseError& error) {
    std::string text = error.what();
    if (const auto* extras = dynamic_cast<const CLI::ExtrasError*>(&error)) {
        text = extras->what();
        for (const auto& extra : app.remaining())
            if (const std::string name = name_in(extra); !name.empty())
                text = "unknown option --" + name + did_you_mean(name, app, "--");
    }
    return {2, text};
}

}  // namespace

std::string nearest_of(std::string_view word, const std::vector<std::string>& candidates) {
    std::string best;
    std::size_t fewest = std::max<std::size_t>(3, word.size() / 2 + 1);
    for (const auto& candidate : candidates) {
        std::vector<std::size_t> row(candidate.size() + 1);
        std::iota(row.begin(), row.end(), std::size_t{0});
        for (std::size_t i = 1; i <= word.size(); ++i) {
            std::size_t diagonal = std::exchange(row[0], i);
            for (std::size_t j = 1; j <= candidate.size(); ++j) {
                const std::size_t replaced = diagonal + (word[i - 1] != candidate[j - 1]);
                diagonal = row[j];
                row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
            }
        }
        if (row.back() < fewest) {
            fewest = row.back();
            best = candidate;
        }
    }
    return best;
}

std::optional<OptionsExit> parse_layered(CLI::App& app, int argc, const char* const* argv,
                                         const std::string& prefix) {
    std::string config;
    app.add_option("--config", config, "TOML file with any of these options")->type_name("FILE");
    std::vector<std::string> arguments(argv + 1, argv + argc);
    std::set<std::string> named;
    for (const auto& argument : arguments)
        if (const std::string name = name_in(argument); !name.empty()) named.insert(name);

    const Layer environment = from_environment(app, prefix);
    const std::string file = config_of(arguments, environment);
    add_layer(environment, named, arguments);
    if (!file.empty()) {
        const auto layer = from_file(app, file);
        if (!layer) return OptionsExit{2, layer.error().text};
        add_layer(*layer, named, arguments);
    }
    try {
        std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
        app.parse(arguments);
    } catch (const CLI::CallForHelp&) {
        return OptionsExit{0, app.help()};
    } catch (const CLI::CallForVersion& version) {
        return OptionsExit{0, std::string(version.what()) + "\n"};
    } catch (const CLI::ParseError& error) {
        return usage_error(app, error);
    }
    return std::nullopt;
}

}  // namespace fragcast

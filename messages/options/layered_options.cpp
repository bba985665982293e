#include "messages/options/layered_options.hpp"

#include "messages/options/toml_file.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <CLI/CLI.hpp>

namespace fragcast {
namespace {

// What tells us what to do, and what CLI11 adds: no settings.
bool is_setting(const std::string& name) {
    return name != "config" && name != "print-config" && name != "check-config" && name != "help" &&
           name != "version";
}

// The long name of a flag, without its value; empty for anything else.
std::string name_in(const std::string& argument) {
    if (!argument.starts_with("--")) return {};
    return argument.substr(2, argument.find_first_of("= ,:;", 2) - 2);
}

std::string config_of(const std::vector<std::string>& arguments) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (arguments[i].starts_with("--config=")) return arguments[i].substr(9);
        if (arguments[i] == "--config" && i + 1 < arguments.size()) return arguments[i + 1];
    }
    return {};
}

std::string toml_value(const CLI::Option& option, const std::vector<std::string>& values) {
    if (option.get_expected_max() == 0) return values.empty() ? "false" : values.front();
    if (option.get_items_expected_max() <= 1)
        return toml_string(values.empty() ? "" : values.front());
    std::string list;
    for (const auto& value : values)
        list += (list.empty() ? "" : ", ") + toml_string(value);
    return "[" + list + "]";
}

}  // namespace

LayeredOptions::LayeredOptions(CommandLine& line, std::string prefix)
    : app_(line.app()), prefix_(std::move(prefix)) {
    line.option("--config", file_, "TOML file with any of these options").type("FILE");
    line.flag("--print-config", print_config_,
              "print all options as they are now, as a TOML file, and exit");
    line.flag("--check-config", check_config_, "say what is wrong with the options, and exit");
}

std::vector<std::string> LayeredOptions::known_names() const {
    std::vector<std::string> names;
    for (const CLI::Option* option : app_.get_options())
        for (const auto& name : option->get_lnames())
            names.push_back(name);
    return names;
}

std::string LayeredOptions::did_you_mean(const std::string& word, std::string_view dashes) const {
    const std::string near = nearest_of(word, known_names());
    if (near.empty()) return dashes.empty() ? "; see --print-config" : "; see --help";
    return "; did you mean " + std::string(dashes) + near + "?";
}

LayeredOptions::Layer LayeredOptions::from_environment() const {
    Layer layer;
    for (const auto& name : known_names()) {
        if (!is_setting(name) && name != "config") continue;
        std::string variable = prefix_ + "_" + name;
        std::transform(variable.begin(), variable.end(), variable.begin(), [](unsigned char c) {
            return c == '-' ? '_' : static_cast<char>(std::toupper(c));
        });
        if (const char* value = std::getenv(variable.c_str()))
            layer[name] = {CLI::detail::split(value, ','), ""};
    }
    return layer;
}

Result<LayeredOptions::Layer> LayeredOptions::from_file() const {
    const auto settings = read_toml(file_);
    if (!settings) return settings.error();
    Layer layer;
    const auto names = known_names();
    for (const TomlSetting& setting : *settings) {
        const std::string& key = setting.name;
        if (std::find(names.begin(), names.end(), key) == names.end() || !is_setting(key))
            return fail(ErrorKind::invalid, setting.key_place + ": unknown key \"" + key + "\"" +
                                                did_you_mean(key, ""));
        layer[key] = {setting.values, setting.value_place + ": "};
    }
    return layer;
}

void LayeredOptions::opposites(const std::string& one, const std::string& other) {
    opposites_[one] = other;
    opposites_[other] = one;
}

// Adds what the layer says of options that no layer above it named.
void LayeredOptions::add(const Layer& layer, std::vector<std::string>& arguments) {
    const auto above = said_;
    for (const auto& [name, said] : layer) {
        const auto opposite = opposites_.find(name);
        if (opposite != opposites_.end() && above.contains(opposite->second)) continue;
        if (!said_.emplace(name, said.place).second) continue;
        const std::string option = "--" + name + "=";
        for (const auto& value : said.values)
            arguments.push_back(option + value);
    }
}

std::optional<OptionsExit> LayeredOptions::parse(int argc, const char* const* argv) {
    std::vector<std::string> arguments(argv + 1, argv + argc);
    for (const auto& argument : arguments)
        if (const std::string name = name_in(argument); !name.empty()) said_.emplace(name, "");
    const Layer environment = from_environment();
    add(environment, arguments);
    if (file_ = config_of(arguments); !file_.empty()) {
        const auto layer = from_file();
        if (!layer) return OptionsExit{2, layer.error().text};
        add(*layer, arguments);
    }
    try {
        std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
        app_.parse(arguments);
    } catch (const CLI::CallForHelp&) {
        return OptionsExit{0, app_.help()};
    } catch (const CLI::CallForVersion& version) {
        return OptionsExit{0, std::string(version.what()) + "\n"};
    } catch (const CLI::ParseError& error) {
        return usage_error(error);
    }
    return std::nullopt;
}

OptionsExit LayeredOptions::usage_error(const CLI::ParseError& error) const {
    std::string text = error.what();
    if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr)
        for (const auto& extra : app_.remaining())
            if (const std::string name = name_in(extra); !name.empty())
                text = "unknown option --" + name + did_you_mean(name, "--");
    return {2, placed(text)};
}

// Where the option that the text names was said, if that was in the file.
std::string LayeredOptions::placed(const std::string& text) const {
    const auto at = text.find("--");
    if (at == std::string::npos) return text;
    const auto said = said_.find(name_in(text.substr(at)));
    return said == said_.end() ? text : said->second + text;
}

std::optional<OptionsExit> LayeredOptions::finish(const Status& checked) const {
    if (!checked) return OptionsExit{2, placed(checked.error().text)};
    if (print_config_) return OptionsExit{0, print()};
    if (check_config_)
        return OptionsExit{0, (file_.empty() ? "the options are" : file_ + " is") + " fine\n"};
    return std::nullopt;
}

std::string LayeredOptions::print() const {
    std::string text;
    for (const CLI::Option* option : app_.get_options()) {
        const auto names = option->get_lnames();
        if (names.empty() || !is_setting(names.front())) continue;
        auto values = option->results();
        if (values.empty() && !option->get_default_str().empty())
            values = {option->get_default_str()};
        const bool unset = values.empty() && option->get_expected_max() != 0;
        text += "# " + option->get_description() + "\n" + (unset ? "# " : "") + names.front() +
                " = " + toml_value(*option, values) + "\n\n";
    }
    return text;
}

}  // namespace fragcast

#include "messages/options/command_line.hpp"

#include <algorithm>
#include <iostream>
#include <numeric>
#include <sstream>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>

namespace fragcast {

int show(const OptionsExit& exit, const char* program) {
    if (exit.code == 0)
        std::cout << exit.text;
    else
        std::cerr << program << ": " << exit.text;
    if (!exit.text.ends_with('\n')) (exit.code == 0 ? std::cout : std::cerr) << '\n';
    std::cout.flush();
    return exit.code;
}

CommandOption CommandOption::required() const {
    option_->required();
    return *this;
}

CommandOption CommandOption::type(const std::string& shown) const {
    option_->type_name(shown);
    return *this;
}

CommandOption CommandOption::shows_default() const {
    option_->capture_default_str();
    return *this;
}

CommandOption CommandOption::variable(const std::string& name) const {
    option_->envname(name);
    return *this;
}

CommandOption CommandOption::one_of(std::vector<std::string> values) const {
    option_->check(CLI::IsMember(std::move(values)));
    return *this;
}

CommandOption CommandOption::between(std::uint32_t least, std::uint32_t most) const {
    option_->check(CLI::Range(least, most));
    return *this;
}

CommandOption CommandOption::between(double least, double most) const {
    option_->check(CLI::Range(least, most));
    return *this;
}

CommandOption CommandOption::positive() const {
    return number([](double value) { return value > 0; }, "more than 0");
}

CommandOption CommandOption::not_negative() const {
    return number([](double value) { return value >= 0; }, "0 or more");
}

// CLI11's own check tells of "a range to 1797693134862315708…".
CommandOption CommandOption::number(bool (*fits)(double), const std::string& wanted) const {
    return checked([fits, wanted](const std::string& text) {
        double value = 0;
        if (CLI::detail::lexical_cast(text, value) && fits(value)) return std::string();
        return text + " is not " + wanted;
    });
}

CommandOption CommandOption::repeated() const {
    option_->allow_extra_args(false);
    return *this;
}

CommandOption CommandOption::checked(std::function<std::string(const std::string&)> wrong) const {
    option_->check(std::move(wrong), "", "");
    return *this;
}

CommandOption CommandOption::excludes(const CommandOption& other) const {
    option_->excludes(other.option_);
    return *this;
}

bool CommandOption::given() const {
    return option_->count() > 0;
}

CommandLine::CommandLine(const std::string& what, const std::string& program)
    : own_(std::make_unique<CLI::App>(what, program)), app_(own_.get()) {}
CommandLine::CommandLine(CLI::App& verb) : app_(&verb) {}
CommandLine::~CommandLine() = default;
CommandLine::CommandLine(CommandLine&&) noexcept = default;

void CommandLine::version(const std::string& text) {
    app_->set_version_flag("--version", text);
}

void CommandLine::footer(const std::string& text) {
    app_->footer(text);
}

template <class T>
CommandOption CommandLine::option(const std::string& names, T& value, const std::string& help) {
    return CommandOption(*app_->add_option(names, value, help));
}

using Text = std::string;
template CommandOption CommandLine::option(const Text&, std::string&, const Text&);
template CommandOption CommandLine::option(const Text&, std::vector<std::string>&, const Text&);
template CommandOption CommandLine::option(const Text&, std::uint32_t&, const Text&);
template CommandOption CommandLine::option(const Text&, std::vector<std::uint32_t>&, const Text&);
template CommandOption CommandLine::option(const Text&, std::uint64_t&, const Text&);
template CommandOption CommandLine::option(const Text&, std::int64_t&, const Text&);
template CommandOption CommandLine::option(const Text&, double&, const Text&);
template CommandOption CommandLine::option(const Text&, std::optional<std::uint32_t>&, const Text&);
template CommandOption CommandLine::option(const Text&, std::optional<double>&, const Text&);

CommandOption CommandLine::flag(const std::string& names, bool& set, const std::string& help) {
    return CommandOption(*app_->add_flag(names, set, help));
}

CommandLine CommandLine::verb(const std::string& name, const std::string& help) {
    app_->require_subcommand(1);
    CLI::App& verb = *app_->add_subcommand(name, help);
    verb.fallthrough();
    return CommandLine(verb);
}

void CommandLine::on_chosen(std::function<void()> act) {
    app_->callback(std::move(act));
}

OptionsExit CommandLine::no_such_verb(const std::string& word) const {
    std::vector<std::string> verbs;
    for (const CLI::App* verb : app_->get_subcommands([](const CLI::App*) { return true; }))
        verbs.push_back(verb->get_name());
    const std::string near = nearest_of(word, verbs);
    return {2, "there is no command \"" + word + "\"" +
                   (near.empty() ? "; see " + app_->get_name() + " --help"
                                 : "; did you mean " + near + "?")};
}

std::optional<OptionsExit> CommandLine::parse(int argc, const char* const* argv) {
    try {
        app_->parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const bool verbs = app_->get_require_subcommand_min() > 0;
        if (verbs && app_->get_subcommands().empty())
            for (const auto& word : app_->remaining())
                if (!word.starts_with('-')) return no_such_verb(word);
        std::ostringstream text;
        const int code = app_->exit(error, text, text);
        return OptionsExit{code == 0 ? 0 : 2, text.str()};
    }
    return std::nullopt;
}

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

}  // namespace fragcast

// Any thread, before there are others. The door of CLI11.
//
// What a program takes on its command line: options and words bound to variables, and verbs. CLI11
// is compiled in this library alone: it takes seconds in each file that includes it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): not ours
class App;
class Option;
}  // namespace CLI

namespace fragcast {

// What to do now, if not to go on: print `text` (to stdout when `code` is 0) and exit.
struct OptionsExit {
    int code = 0;
    std::string text;
};
// Prints it, on stderr with the program's name before it; its code.
int show(const OptionsExit& exit, const char* program);

// One option or word of a CommandLine; not to be used after that is gone.
class CommandOption {
public:
    explicit CommandOption(CLI::Option& option) : option_(&option) {}

    CommandOption required() const;
    CommandOption type(const std::string& shown) const;     // what --help calls its value
    CommandOption shows_default() const;                    // --help tells what the variable is now
    CommandOption variable(const std::string& name) const;  // of the environment, when not said
    CommandOption one_of(std::vector<std::string> values) const;
    CommandOption between(std::uint32_t least, std::uint32_t most) const;
    CommandOption between(double least, double most) const;
    CommandOption positive() const;
    CommandOption not_negative() const;
    // Of a list: each time it is said, one value and not all that follow.
    CommandOption repeated() const;
    // `wrong` says what is wrong with a value; empty when nothing is.
    CommandOption checked(std::function<std::string(const std::string&)> wrong) const;
    CommandOption excludes(const CommandOption& other) const;

    bool given() const;

private:
    CommandOption number(bool (*fits)(double), const std::string& wanted) const;

    CLI::Option* option_;
};

class CommandLine {
public:
    CommandLine(const std::string& what, const std::string& program);
    ~CommandLine();
    CommandLine(CommandLine&&) noexcept;
    CommandLine& operator=(CommandLine&&) = delete;

    void version(const std::string& text);  // what --version prints
    void footer(const std::string& text);   // the end of --help

    // "-o,--output" for an option, "FILE" for a word. `value` must outlive parsing. T: a string, a
    // list of strings, std::uint32_t or a list of them,
    // std::uint64_t, std::int64_t, double; an optional std::uint32_t or double.
    template <class T>
    CommandOption option(const std::string& names, T& value, const std::string& help = {});
    CommandOption flag(const std::string& names, bool& set, const std::string& help);

    // A verb has a command line of its own, part of this one and no longer usable than it. Who has
    // verbs wants exactly one, and understands its own options after the verb as well.
    CommandLine verb(const std::string& name, const std::string& help);
    // Of a verb: called when it was chosen, after its options are read.
    void on_chosen(std::function<void()> act);

    // Reads into what the options are bound to.
    std::optional<OptionsExit> parse(int argc, const char* const* argv);

    CLI::App& app() { return *app_; }

private:
    explicit CommandLine(CLI::App& verb);
    OptionsExit no_such_verb(const std::string& word) const;

    std::unique_ptr<CLI::App> own_;  // none in a verb's: that is its parent's
    CLI::App* app_;
};

// The candidate that needs the fewest edits to become `word`; empty when none is near.
std::string nearest_of(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace fragcast

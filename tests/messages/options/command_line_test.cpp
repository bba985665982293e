#include "messages/options/command_line.hpp"

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

// A program with two verbs, and what its command line made of it.
struct Program {
    CommandLine line{"What it does.", "prog"};
    std::string word, bus = "here";
    std::vector<std::string> to;
    double seconds = 30;
    bool quiet = false;
    std::string chosen;

    Program() {
        line.version("prog 1");
        line.option("--bus", bus, "where").shows_default();
        line.option("--timeout", seconds, "seconds").positive();
        line.flag("-q,--quiet", quiet, "say nothing");
        CommandLine put = line.verb("put", "publish");
        put.option("FILE", word, "a file").required();
        put.option("--to", to, "whom").repeated();
        put.on_chosen([this] { chosen = "put"; });
        line.verb("drain", "leave").on_chosen([this] { chosen = "drain"; });
    }
    std::optional<OptionsExit> parse(std::vector<const char*> arguments) {
        arguments.insert(arguments.begin(), "prog");
        return line.parse(static_cast<int>(arguments.size()), arguments.data());
    }
};

OptionsExit exit_of(const std::vector<const char*>& arguments) {
    Program program;
    const auto exit = program.parse(arguments);
    REQUIRE(exit);
    CHECK(program.chosen.empty());
    return *exit;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a command line fills what it is bound to, the common options after the verb too") {
    Program program;
    CHECK(!program.parse({"put", "a.mp4", "--to", "p1", "--to", "p2", "--bus", "there", "-q"}));
    CHECK(program.chosen == "put");
    CHECK(program.word == "a.mp4");
    CHECK(program.to == std::vector<std::string>{"p1", "p2"});
    CHECK(program.bus == "there");
    CHECK(program.seconds == 30);
    CHECK(program.quiet);
}

TEST_CASE("a repeated option takes one value, so that a word may follow") {
    Program program;
    CHECK(!program.parse({"put", "--to", "p1", "a.mp4"}));
    CHECK(program.word == "a.mp4");
}

TEST_CASE("help and version are no errors") {
    CHECK(exit_of({"--version"}).code == 0);
    CHECK(has(exit_of({"--version"}).text, "prog 1"));
    CHECK(exit_of({"--help"}).code == 0);
    CHECK(has(exit_of({"--help"}).text, "drain"));
    CHECK(has(exit_of({"put", "--help"}).text, "--to"));
}

TEST_CASE("what is wrong on a command line is said, with what to do") {
    CHECK(exit_of({}).code == 2);
    CHECK(exit_of({"drian"}).text == "there is no command \"drian\"; did you mean drain?");
    CHECK(exit_of({"zzzzzzzz"}).text == "there is no command \"zzzzzzzz\"; see prog --help");
    CHECK(has(exit_of({"put"}).text, "FILE is required"));
    CHECK(has(exit_of({"put", "a", "--nope"}).text, "--nope"));
    CHECK(has(exit_of({"drain", "--timeout", "0"}).text, "--timeout: 0 is not more than 0"));
    CHECK(has(exit_of({"drain", "--timeout", "x"}).text, "--timeout: x is not more than 0"));
}

// What a user may tell fragcast-bus, and what he is told when it is wrong.
#include "bus/bus_options.hpp"

#include "tests/support/source_path.hpp"

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

std::variant<BusOptions, OptionsExit> parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "fragcast-bus");
    return parse_bus_options(static_cast<int>(arguments.size()), arguments.data());
}
BusOptions good(const std::vector<const char*>& arguments) {
    const auto parsed = parse(arguments);
    if (const auto* exit = std::get_if<OptionsExit>(&parsed)) FAIL(exit->text);
    return std::get<BusOptions>(parsed);
}
OptionsExit bad(const std::vector<const char*>& arguments) {
    const auto parsed = parse(arguments);
    REQUIRE(std::holds_alternative<OptionsExit>(parsed));
    return std::get<OptionsExit>(parsed);
}

}  // namespace

TEST_CASE("a bus without options serves on loopback at the usual ports") {
    const BusOptions options = good({});
    CHECK(options.listen == Endpoint{"127.0.0.1", 5550});
    CHECK(options.http == Endpoint{"127.0.0.1", 5553});
}

TEST_CASE("a bus takes its addresses, or no HTTP") {
    const BusOptions options = good({"--listen", "tcp://[::1]:0", "--http", "none"});
    CHECK(options.listen == Endpoint{"::1", 0});
    CHECK_FALSE(options.http);
}

TEST_CASE("going beyond this machine must be asked for") {
    for (const auto& [flag, value] :
         {std::pair{"--listen", "tcp://0.0.0.0:5550"}, std::pair{"--http", "192.168.0.7:80"}}) {
        const OptionsExit exit = bad({flag, value});
        CHECK(exit.code == 2);
        CHECK(exit.text.find("--insecure") != std::string::npos);
        good({flag, value, "--insecure"});
    }
}

TEST_CASE("addresses that cannot be are refused in words") {
    CHECK(bad({"--listen", "udp://127.0.0.1:5550"}).code == 2);
    CHECK(bad({"--http", "8080"}).code == 2);
    const OptionsExit exit = bad({"--listen", "tcp://127.0.0.1:65534"});
    CHECK(exit.code == 2);
    CHECK(exit.text.find("two ports after it") != std::string::npos);
    good({"--listen", "tcp://127.0.0.1:65533"});
}

TEST_CASE("deploy/bus.toml has every key of a bus, its default and its unit") {
    const std::string sample = test::source_path("deploy/bus.toml");
    std::ifstream in(sample);
    const std::string file((std::istreambuf_iterator<char>(in)), {});
    const auto parsed = parse({"--print-config"});
    REQUIRE(std::holds_alternative<OptionsExit>(parsed));
    CHECK(std::get<OptionsExit>(parsed).code == 0);
    CHECK(file.find(std::get<OptionsExit>(parsed).text) != std::string::npos);
    good({"--config", sample.c_str()});
}

TEST_CASE("an unknown option names the nearest known one") {
    const OptionsExit exit = bad({"--lisen", "x"});
    CHECK(exit.code == 2);
    CHECK(exit.text.find("--listen") != std::string::npos);
}

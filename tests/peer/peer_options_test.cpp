// What a user may tell fragcast-peer, from three places, and what it says of mistakes.
#include "peer/peer_options.hpp"

#include "messages/wire/limits.hpp"
#include "tests/support/source_path.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>
#include <unistd.h>

using namespace fragcast;
using namespace std::chrono_literals;

namespace {

std::variant<PeerOptions, OptionsExit> parse(std::vector<std::string> arguments) {
    std::vector<const char*> argv{"fragcast-peer"};
    for (const auto& argument : arguments)
        argv.push_back(argument.c_str());
    return parse_peer_options(static_cast<int>(argv.size()), argv.data());
}

PeerOptions fine(std::vector<std::string> arguments) {
    const auto parsed = parse(std::move(arguments));
    if (const auto* exit = std::get_if<OptionsExit>(&parsed)) FAIL(exit->text);
    return std::get<PeerOptions>(parsed);
}

// The text of a usage error.
std::string wrong(std::vector<std::string> arguments) {
    const auto parsed = parse(std::move(arguments));
    const auto* exit = std::get_if<OptionsExit>(&parsed);
    if (exit == nullptr) return "(accepted)";
    CHECK(exit->code == 2);
    return exit->text;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

struct ConfigFile {
    explicit ConfigFile(const std::string& text) { std::ofstream(path) << text; }
    ~ConfigFile() { std::filesystem::remove(path); }
    static inline int number = 0;
    std::string path =
        (std::filesystem::temp_directory_path() / ("fragcast-options-" + std::to_string(getpid()) +
                                                   "-" + std::to_string(number++) + ".toml"))
            .string();
};

struct Environment {
    Environment(std::string its_name, const std::string& value) : name(std::move(its_name)) {
        setenv(name.c_str(), value.c_str(), 1);
    }
    ~Environment() { unsetenv(name.c_str()); }
    std::string name;
};

}  // namespace

TEST_CASE("peer options: the node works by what was said") {
    const NodeOptions node =
        fine({"--bus", "tcp://127.0.0.1:7", "--friend", "tcp://10.0.0.1:8", "--max-upload", "1M",
              "--max-download", "2M", "--repair-after", "5s"})
            .node;
    CHECK(node.buses == std::vector<Endpoint>{{"127.0.0.1", 7}});
    CHECK(node.swarm.friends == std::vector<std::string>{"tcp://10.0.0.1:8"});
    CHECK(node.swarm.max_upload > 0);
    CHECK(node.swarm.max_download == 2 * node.swarm.max_upload);
    CHECK(node.swarm.repair_after == 5s);
}

TEST_CASE("peer options: without any, a peer on loopback with the standard bus") {
    const Environment data("XDG_DATA_HOME", "/data");
    const PeerOptions options = fine({});
    CHECK(options.node.buses == std::vector<Endpoint>{{"127.0.0.1", 5550}});
    CHECK(options.listen == Endpoint{"127.0.0.1", 0});
    CHECK_FALSE(options.http.has_value());
    CHECK(options.name == "peer");
    CHECK(options.store == "/data/fragcast/peer");
    CHECK(options.stop_timeout == 8s);
    CHECK_FALSE(options.max_store.has_value());
    CHECK(options.replicas == limits::kDefaultReplicas);
    CHECK(options.node.swarm.repair_after == 120s);
}

TEST_CASE("peer options: the name is the store's unless given, and never a path") {
    CHECK(fine({"--store", "data/p1"}).name == "p1");
    CHECK(fine({"--store", "data/p1/"}).name == "p1");
    CHECK(fine({"--store", "data/p1", "--name", "My peer"}).name == "My peer");
    const Environment data("XDG_DATA_HOME", "/data");
    CHECK(fine({"--name", "My peer"}).store == "/data/fragcast/my-peer");
    CHECK(has(wrong({"--name", "../x"}), "--name"));
    CHECK(has(wrong({"--name", "a\nb"}), "--name"));
    CHECK(has(wrong({"--name", std::string(300, 'x')}), "--name"));
}

TEST_CASE("peer options: flags over environment over file") {
    const ConfigFile file(
        "name = \"from file\"\nmax-upload = \"1M\"\nbus = [\"tcp://10.0.0.1:5550\", "
        "\"tcp://10.0.0.2:5550\"]\nno-copies = true\n");
    CHECK(fine({"--config", file.path}).name == "from file");
    const Environment name("FRAGCAST_NAME", "from environment");
    const Environment rate("FRAGCAST_MAX_UPLOAD", "2M");
    const PeerOptions options = fine({"--config=" + file.path, "--max-upload", "3M"});
    CHECK(options.name == "from environment");
    CHECK(options.node.swarm.max_upload == 3U << 20);
    CHECK(options.node.buses.size() == 2);
    CHECK(options.no_copies);
    const Environment config("FRAGCAST_CONFIG", file.path);
    CHECK(fine({"--bus", "tcp://10.0.0.3:5550"}).node.buses ==
          std::vector<Endpoint>{{"10.0.0.3", 5550}});
}

TEST_CASE("peer options: lists in the environment are separated by commas") {
    const Environment friends("FRAGCAST_FRIEND", "tcp://10.0.0.1:1,tcp://backup:2");
    CHECK(fine({}).node.swarm.friends ==
          std::vector<std::string>{"tcp://10.0.0.1:1", "tcp://backup:2"});
}

TEST_CASE("peer options: an unknown key names the nearest known one") {
    CHECK(has(wrong({"--max-uplaod", "1M"}), "did you mean --max-upload?"));
    const ConfigFile file("nmae = \"x\"\n");
    CHECK(has(wrong({"--config", file.path}), "unknown key \"nmae\"; did you mean name?"));
    const ConfigFile nested("[peer]\nname = \"x\"\n");
    CHECK(has(wrong({"--config", nested.path}), "unknown key \"peer.name\""));
    CHECK(has(wrong({"--config", "/no/such/file.toml"}), "/no/such/file.toml"));
}

TEST_CASE("peer options: what is wrong in a file is told with file, line and column") {
    const ConfigFile unknown("# a comment\nname = \"x\"\n\nmax-uplaod = \"1M\"\n");
    CHECK(
        has(wrong({"--config", unknown.path}), unknown.path + ":4:1: unknown key \"max-uplaod\""));
    const ConfigFile value("name = \"x\"\nmax-upload = \"fast\"\n");
    CHECK(has(wrong({"--config", value.path}), value.path + ":2:14: --max-upload"));
    const ConfigFile open("name = \"x\nno-bus = true\n");
    CHECK(has(wrong({"--config", open.path}), open.path + ":1:10: "));
    const ConfigFile unit("stop-timeout = \"8 weeks\"\n");
    CHECK(has(wrong({"--config", unit.path}), unit.path + ":1:16: --stop-timeout"));
    const ConfigFile choice("\nlog-level = \"loud\"\n");
    CHECK(has(wrong({"--config", choice.path}), choice.path + ":2:13: --log-level"));
    // Said by a flag, it is not the file's fault.
    CHECK_FALSE(has(wrong({"--config", value.path, "--max-upload", "faster"}), value.path));
}

TEST_CASE("peer options: --check-config says fine, or what is wrong") {
    const ConfigFile good("max-upload = \"1M\"\n");
    const auto parsed = parse({"--config", good.path, "--check-config"});
    REQUIRE(std::holds_alternative<OptionsExit>(parsed));
    CHECK(std::get<OptionsExit>(parsed).code == 0);
    CHECK(std::get<OptionsExit>(parsed).text == good.path + " is fine\n");
    const ConfigFile bad("max-upload = \"-1\"\n");
    CHECK(has(wrong({"--config", bad.path, "--check-config"}), bad.path + ":1:14: "));
}

TEST_CASE("peer options: what --print-config prints, --config takes to the same end") {
    const auto print = [](std::vector<std::string> arguments) {
        arguments.emplace_back("--print-config");
        const auto parsed = parse(arguments);
        REQUIRE(std::holds_alternative<OptionsExit>(parsed));
        CHECK(std::get<OptionsExit>(parsed).code == 0);
        return std::get<OptionsExit>(parsed).text;
    };
    const std::string text =
        print({"--name", "a \"peer\"", "--bus", "tcp://10.0.0.1:1", "--bus", "tcp://10.0.0.2:2",
               "--friend", "tcp://backup:3", "--max-upload", "2M", "--no-copies"});
    const ConfigFile file(text);
    CHECK(print({"--config", file.path}) == text);
    const PeerOptions options = fine({"--config", file.path});
    CHECK(options.name == "a \"peer\"");
    CHECK(options.node.buses.size() == 2);
    CHECK(options.no_copies);
    CHECK(options.node.swarm.max_upload == 2U << 20);
}

TEST_CASE("peer options: deploy/peer.toml has every key, its default and its unit") {
    std::ifstream in(test::source_path("deploy/peer.toml"));
    const std::string file((std::istreambuf_iterator<char>(in)), {});
    const auto parsed = parse({"--print-config"});
    REQUIRE(std::holds_alternative<OptionsExit>(parsed));
    // A head for people, then what the program itself prints.
    CHECK(has(file, std::get<OptionsExit>(parsed).text));
    fine({"--config", test::source_path("deploy/peer.toml")});
}

TEST_CASE("peer options: what a running peer cannot change is named") {
    const PeerOptions running = fine({"--name", "a"});
    CHECK(needs_restart(running, fine({"--name", "a", "--max-upload", "1M", "--friend",
                                       "tcp://127.0.0.1:1", "--log-level", "debug"}))
              .empty());
    CHECK(needs_restart(running, fine({"--name", "a", "--listen", "tcp://127.0.0.1:7", "--bus",
                                       "tcp://127.0.0.1:9"})) ==
          std::vector<std::string>{"bus", "listen"});
}

TEST_CASE("peer options: what goes beyond this machine must be asked for") {
    CHECK(has(wrong({"--listen", "tcp://192.0.2.7:5000"}), "--insecure"));
    CHECK(has(wrong({"--http", "0.0.0.0:8080"}), "--insecure"));
    CHECK(fine({"--listen", "tcp://192.0.2.7:5000", "--insecure"}).listen.host == "192.0.2.7");
    CHECK(has(wrong({"--listen", "tcp://0.0.0.0:5000", "--insecure"}), "--advertise"));
    const PeerOptions wide =
        fine({"--listen", "tcp://0.0.0.0:5000", "--insecure", "--advertise", "192.0.2.7"});
    CHECK(wide.advertise == "192.0.2.7");
    CHECK(wide.allowed_hosts == std::vector<std::string>{"192.0.2.7"});
}

TEST_CASE("peer options: bad values say which option has them") {
    CHECK(has(wrong({"--bus", "http://127.0.0.1:5550"}), "--bus"));
    CHECK(has(wrong({"--bus", "tcp://127.0.0.1:0"}), "--bus"));
    CHECK(has(wrong({"--bus", "tcp://127.0.0.1:1", "--no-bus"}), "--no-bus"));
    CHECK(has(wrong({"--max-upload", "fast"}), "--max-upload"));
    CHECK(has(wrong({"--stop-timeout", "soon"}), "--stop-timeout"));
    CHECK(has(wrong({"--repair-after", "later"}), "--repair-after"));
    CHECK(has(wrong({"--max-store-size", "much"}), "--max-store-size"));
    CHECK(has(wrong({"--replicas", "0"}), "--replicas"));
    CHECK(fine({"--max-store-size", "2G"}).max_store == 2ULL << 30);
    CHECK(fine({"--max-store-size", "0"}).max_store == 0);
    CHECK(has(wrong({"--log-level", "loud"}), "--log-level"));
    CHECK(has(wrong({"--friend", "nowhere"}), "--friend"));
    std::vector<std::string> many;
    for (std::uint32_t i = 0; i <= limits::kMaxBuses; ++i)
        many.insert(many.end(), {"--bus", "tcp://127.0.0.1:" + std::to_string(i + 1)});
    CHECK(has(wrong(many), "--bus"));
}

TEST_CASE("peer options: help and version go to standard output") {
    for (const char* flag : {"--help", "--version"}) {
        const auto parsed = parse({flag});
        REQUIRE(std::holds_alternative<OptionsExit>(parsed));
        CHECK(std::get<OptionsExit>(parsed).code == 0);
        CHECK(has(std::get<OptionsExit>(parsed).text, "fragcast-peer"));
    }
}

TEST_CASE("nearest: what is far from everything has no neighbour") {
    CHECK(nearest_of("lisen", {"listen", "name"}) == "listen");
    CHECK(nearest_of("zzzzzz", {"listen", "name"}).empty());
    CHECK(nearest_of("", {}).empty());
}

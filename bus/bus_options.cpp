#include "bus/bus_options.hpp"

#include "messages/options/common_options.hpp"
#include "messages/wire/version.hpp"

namespace fragcast {

namespace {

// As the user wrote them.
struct Written {
    std::string listen = "tcp://127.0.0.1:5550", http = "127.0.0.1:5553";
    CommonOptions common;
    std::vector<std::string> allowed_hosts;
};

void declare(CommandLine& line, Written& written) {
    line.version(std::string("fragcast-bus ") + kVersion);
    line.option("--listen", written.listen,
                "the directory; announcements come in at the next port and go out at the one "
                "after it; port 0: three free ones")
        .type("ENDPOINT")
        .shows_default();
    line.option("--http", written.http, "its state, to read; none: no HTTP")
        .type("HOST:PORT|none")
        .shows_default();
    line.option("--allowed-host", written.allowed_hosts,
                "a name under which browsers may read it; repeat for several")
        .type("NAME")
        .repeated();
    declare(line, written.common);
}

Status read(const Written& written, BusOptions& options) {
    const auto listen = parse_endpoint(written.listen, "--listen");
    if (!listen) return listen.error();
    constexpr std::uint16_t kLastDirectoryPort = 65533;  // two more follow
    if (listen->port > kLastDirectoryPort)
        return fail(ErrorKind::invalid, "--listen " + written.listen +
                                            ": the two ports after it are used too; choose one up "
                                            "to " +
                                            std::to_string(kLastDirectoryPort));
    options.listen = *listen;
    auto fine = check_reach(*listen, "--listen " + written.listen, written.common);
    if (!fine) return fine;
    options.http.reset();
    if (written.http != "none") {
        const auto http = parse_host_port(written.http, "--http");
        if (!http) return http.error();
        fine = check_reach(*http, "--http " + written.http, written.common);
        if (!fine) return fine;
        options.http = *http;
    }
    options.allowed_hosts = written.allowed_hosts;
    options.log_level = written.common.log_level;
    options.log_json = written.common.log_json();
    return Done{};
}

}  // namespace

std::variant<BusOptions, OptionsExit> parse_bus_options(int argc, const char* const* argv) {
    CommandLine line{"The bus of a fragcast swarm: forwards announcements and keeps the directory.",
                     "fragcast-bus"};
    Written written;
    declare(line, written);
    LayeredOptions layers(line);
    if (auto exit = layers.parse(argc, argv)) return *exit;
    BusOptions options;
    if (auto exit = layers.finish(read(written, options))) return *exit;
    return options;
}

}  // namespace fragcast

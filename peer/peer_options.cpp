#include "peer/peer_options.hpp"

#include "messages/options/common_options.hpp"
#include "messages/wire/manifest.hpp"
#include "messages/wire/version.hpp"

#include <cstdlib>
#include <utility>

namespace fragcast {
namespace {

// As the user wrote them.
struct Written {
    std::vector<std::string> buses, friends, allowed_hosts;
    bool no_bus = false, no_copies = false;
    std::string store, name, listen = "tcp://127.0.0.1:0", advertise, http;
    std::string max_upload = "0", max_download = "0", stop_timeout = "8s", max_store,
                repair_after = "2min";
    std::uint32_t replicas = limits::kDefaultReplicas;
    CommonOptions common;
};

void declare(CommandLine& line, Written& written) {
    line.version(std::string("fragcast-peer ") + kVersion);
    line.option("--bus", written.buses,
                "a bus's directory; repeat for several (default tcp://127.0.0.1:5550)")
        .type("ENDPOINT")
        .repeated();
    line.flag("--no-bus", written.no_bus, "work without any bus, by --friend alone");
    line.option("--store", written.store,
                "folder of this peer (default $XDG_DATA_HOME/fragcast/NAME)")
        .type("DIR");
    line.option("--name", written.name, "what people call this peer (default: the store's name)");
    line.option("--listen", written.listen, "where other peers dial in; port 0: any free one")
        .type("ENDPOINT")
        .shows_default();
    line.option("--advertise", written.advertise, "the host that others are told to dial")
        .type("HOST");
    line.option("--http", written.http,
                "page, API and HLS (default: the first free of 127.0.0.1:8001 and up)")
        .type("HOST:PORT");
    line.option("--friend", written.friends,
                "a peer to ask when no bus answers; repeat for more, asked in order")
        .type("ENDPOINT")
        .repeated();
    line.option("--allowed-host", written.allowed_hosts,
                "a name under which browsers may open the page; repeat for several")
        .type("NAME")
        .repeated();
    line.flag("--no-copies", written.no_copies, "never hold copies for the swarm's sake");
    line.option("--replicas", written.replicas, "wanted copies of what is uploaded here")
        .between(1U, limits::kMaxReplicas)
        .type("R")
        .shows_default();
    line.option("--max-store-size", written.max_store,
                "bytes (K, M, G) of fragments that are kept; 0: no limit (default: half of what "
                "is free)")
        .type("SIZE");
    line.option("--repair-after", written.repair_after,
                "how long a peer that is gone is expected back, where others have what it had")
        .type("TIME")
        .shows_default();
    line.option("--max-upload", written.max_upload, "bytes per second (K, M, G); 0: no limit")
        .type("RATE")
        .shows_default();
    line.option("--max-download", written.max_download, "bytes per second (K, M, G); 0: no limit")
        .type("RATE")
        .shows_default();
    line.option("--stop-timeout", written.stop_timeout, "how long stopping may take")
        .type("TIME")
        .shows_default();
    declare(line, written.common);
}

std::filesystem::path default_store(const std::string& name) {
    const char* data = std::getenv("XDG_DATA_HOME");
    const char* home = std::getenv("HOME");
    std::filesystem::path base = data != nullptr && *data != '\0' ? std::filesystem::path(data)
                                 : home != nullptr
                                     ? std::filesystem::path(home) / ".local" / "share"
                                     : std::filesystem::path(".");
    return base / "fragcast" / slug_of(name);
}

Status read_names(const Written& written, PeerOptions& options) {
    options.name = written.name;
    std::filesystem::path store = written.store;
    if (options.name.empty() && !store.empty())
        options.name = (store.has_filename() ? store : store.parent_path()).filename().string();
    if (options.name.empty()) options.name = "peer";
    if (auto fine = check_name(options.name); !fine)
        return fail(ErrorKind::invalid, "--name: " + fine.error().text);
    options.store = store.empty() ? default_store(options.name) : store;
    return Done{};
}

Status read_buses(const Written& written, PeerOptions& options) {
    if (written.no_bus && !written.buses.empty())
        return fail(ErrorKind::invalid, "--bus and --no-bus contradict each other");
    if (written.no_bus) return Done{};
    const std::vector<std::string> standard{"tcp://127.0.0.1:5550"};
    for (const auto& text : written.buses.empty() ? standard : written.buses) {
        auto bus = parse_endpoint(text, "--bus");
        if (!bus) return bus.error();
        if (bus->port == 0)
            return fail(ErrorKind::invalid, "--bus " + text + ": the port must not be 0");
        options.node.buses.push_back(std::move(*bus));
    }
    if (options.node.buses.size() > limits::kMaxBuses)
        return fail(ErrorKind::invalid,
                    "at most " + std::to_string(limits::kMaxBuses) + " times --bus");
    return Done{};
}

Status read_addresses(const Written& written, PeerOptions& options) {
    auto listen = parse_endpoint(written.listen, "--listen");
    if (!listen) return listen.error();
    options.listen = *listen;
    if (auto fine = check_reach(options.listen, "--listen " + written.listen, written.common);
        !fine)
        return fine;
    options.advertise = written.advertise;
    if (options.listen.wildcard() && options.advertise.empty())
        return fail(ErrorKind::invalid, "--listen " + written.listen +
                                            " is every address; say by --advertise HOST which one "
                                            "others should dial");
    if (!written.http.empty()) {
        auto http = parse_host_port(written.http, "--http");
        if (!http) return http.error();
        if (auto fine = check_reach(*http, "--http " + written.http, written.common); !fine)
            return fine;
        options.http = *http;
    }
    for (const auto& text : written.friends) {
        auto one = parse_endpoint(text, "--friend");
        if (!one) return one.error();
        options.node.swarm.friends.push_back(one->text());
    }
    options.allowed_hosts = written.allowed_hosts;
    if (!options.advertise.empty()) options.allowed_hosts.push_back(options.advertise);
    return Done{};
}

Status read_numbers(const Written& written, PeerOptions& options) {
    const auto upload = parse_size(written.max_upload, "--max-upload");
    if (!upload) return upload.error();
    const auto download = parse_size(written.max_download, "--max-download");
    if (!download) return download.error();
    const auto stop = parse_duration_ms(written.stop_timeout, "--stop-timeout");
    if (!stop) return stop.error();
    const auto repair = parse_duration_ms(written.repair_after, "--repair-after");
    if (!repair) return repair.error();
    if (!written.max_store.empty()) {
        const auto store = parse_size(written.max_store, "--max-store-size");
        if (!store) return store.error();
        options.max_store = *store;
    }
    options.node.swarm.repair_after = std::chrono::milliseconds(*repair);
    options.replicas = written.replicas;
    options.node.swarm.max_upload = *upload;
    options.node.swarm.max_download = *download;
    options.stop_timeout = std::chrono::milliseconds(*stop);
    options.no_copies = written.no_copies;
    options.log_level = written.common.log_level;
    options.log_json = written.common.log_json();
    return Done{};
}

}  // namespace

std::variant<PeerOptions, OptionsExit> parse_peer_options(int argc, const char* const* argv) {
    CommandLine line{"A fragcast peer: holds, fetches, serves and plays.", "fragcast-peer"};
    Written written;
    declare(line, written);
    LayeredOptions layers(line);
    layers.opposites("bus", "no-bus");
    if (auto exit = layers.parse(argc, argv)) return *exit;
    PeerOptions options;
    Status checked{Done{}};
    for (const auto read : {read_names, read_buses, read_addresses, read_numbers})
        if (checked) checked = read(written, options);
    if (auto exit = layers.finish(checked)) return *exit;
    return options;
}

std::vector<std::string> needs_restart(const PeerOptions& running, const PeerOptions& wanted) {
    std::vector<std::string> names;
    const auto compare = [&](const char* name, bool same) {
        if (!same) names.emplace_back(name);
    };
    compare("bus", running.node.buses == wanted.node.buses);
    compare("store", running.store == wanted.store);
    compare("name", running.name == wanted.name);
    compare("listen", running.listen == wanted.listen);
    compare("advertise", running.advertise == wanted.advertise);
    compare("http", running.http == wanted.http);
    compare("allowed-host", running.allowed_hosts == wanted.allowed_hosts);
    compare("no-copies", running.no_copies == wanted.no_copies);
    compare("replicas", running.replicas == wanted.replicas);
    compare("max-store-size", running.max_store == wanted.max_store);
    compare("repair-after", running.node.swarm.repair_after == wanted.node.swarm.repair_after);
    compare("log-format", running.log_json == wanted.log_json);
    return names;
}

}  // namespace fragcast

// Any thread, before there are others. What a user may tell fragcast-peer (flags over
// environment over file), checked.
#pragma once

#include "messages/options/layered_options.hpp"
#include "messages/wire/endpoint.hpp"
#include "messages/wire/limits.hpp"
#include "peer/engine/node.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace fragcast {

struct PeerOptions {
    // What the node works by, as far as a user says it: buses (none: --no-bus), and of the swarm's
    // options the friends, the rates, and what else its owners read. The program adds the rest.
    NodeOptions node;
    std::filesystem::path store;
    std::string name;
    Endpoint listen{"127.0.0.1", 0};
    std::string advertise;         // host that others are told; empty: the one listened on
    std::optional<Endpoint> http;  // nothing: the first free of 127.0.0.1:8001 …
    std::vector<std::string> allowed_hosts;
    bool no_copies = false;
    std::uint32_t replicas = limits::kDefaultReplicas;  // of what is uploaded here
    std::optional<std::uint64_t> max_store;  // bytes, 0 = no limit; nothing: half of what is free
    std::chrono::milliseconds stop_timeout = limits::kStopTimeout;
    std::string log_level = "info";
    bool log_json = false;
};

std::variant<PeerOptions, OptionsExit> parse_peer_options(int argc, const char* const* argv);

// The names of options that differ and take effect at the next start only: all but the limits, the
// friends, the log level and the time for stopping.
std::vector<std::string> needs_restart(const PeerOptions& running, const PeerOptions& wanted);

}  // namespace fragcast

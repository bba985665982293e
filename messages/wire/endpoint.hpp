// Any thread. Addresses as text: what a user may write, and what a peer may tell us.
#pragma once

#include "messages/wire/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace fragcast {

// "tcp://127.0.0.1:5550", "tcp://[::1]:5550", "tcp://host:5550"; port 0 = pick a free one.
struct Endpoint {
    std::string host;  // without brackets
    std::uint16_t port = 0;

    // "tcp://host:port", IPv6 in brackets.
    std::string text() const;
    bool literal() const;   // an IPv4 or IPv6 address, no name
    bool loopback() const;  // 127.0.0.0/8, ::1 or "localhost"
    bool wildcard() const;  // 0.0.0.0, :: or "*"
    bool operator==(const Endpoint&) const = default;
};

// Only tcp, a numeric port. `what` names the option or sender in the error.
Result<Endpoint> parse_endpoint(std::string_view text, std::string_view what);
// "127.0.0.1:8001" or "[::1]:8001", as --http takes it.
Result<Endpoint> parse_host_port(std::string_view text, std::string_view what);
// An endpoint learnt from outside: literal, port not 0, no wildcard, no multicast; loopback only if
// the teller itself is on loopback (`teller_is_local`). Never resolved, never dialled otherwise.
Result<Endpoint> check_told_endpoint(std::string_view text, bool teller_is_local);

// "512K", "1.5G", "2000000": K, M, G = 1024-based. "8s", "500ms", "2min".
Result<std::uint64_t> parse_size(std::string_view text, std::string_view what);
Result<std::int64_t> parse_duration_ms(std::string_view text, std::string_view what);
std::string human_bytes(std::uint64_t bytes);            // "1.5 GiB", "512 KiB", "17 B"
std::string human_duration(std::uint64_t microseconds);  // "2 h 3 min", "30 s", "8 ms"

}  // namespace fragcast

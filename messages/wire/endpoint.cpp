#include "messages/wire/endpoint.hpp"

#include "messages/wire/limits.hpp"
#include "messages/wire/whole_number.hpp"

#include <algorithm>

#include <arpa/inet.h>

namespace fragcast {

namespace {

bool is_ipv4(const std::string& host) {
    in_addr address{};
    return inet_pton(AF_INET, host.c_str(), &address) == 1;
}

bool is_ipv6(const std::string& host) {
    in6_addr address{};
    return inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool is_name(std::string_view host) {
    return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '-' || c == '_';
    });
}

// Host and port of "host:port" or "[v6]:port"; nothing where it is neither.
bool split(std::string_view text, Endpoint& out) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return false;
    std::string_view host = text.substr(0, colon);
    const std::string_view port = text.substr(colon + 1);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
        if (!is_ipv6(std::string(host))) return false;
    } else if (host != "*" && !is_name(host)) {
        return false;
    }
    const auto number = whole_number<std::uint16_t>(port);
    if (!number) return false;
    out.port = *number;
    out.host = host;
    return true;
}

Error not_understood(std::string_view text, std::string_view what, const char* example) {
    return fail(ErrorKind::invalid, std::string(what) + ": \"" +
                                        std::string(text.substr(0, limits::kMaxNameBytes)) +
                                        "\" is no address; write it like " + example);
}

}  // namespace

std::string Endpoint::text() const {
    const bool bracketed = host.find(':') != std::string::npos;
    return "tcp://" + (bracketed ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

bool Endpoint::literal() const {
    return is_ipv4(host) || is_ipv6(host);
}

Result<Endpoint> parse_endpoint(std::string_view text, std::string_view what) {
    constexpr std::string_view kScheme = "tcp://";
    Endpoint out;
    if (!text.starts_with(kScheme) || !split(text.substr(kScheme.size()), out))
        return not_understood(text, what, "tcp://127.0.0.1:5550 or tcp://[::1]:5550");
    return out;
}

Result<Endpoint> parse_host_port(std::string_view text, std::string_view what) {
    Endpoint out;
    if (!split(text, out)) return not_understood(text, what, "127.0.0.1:8001 or [::1]:8001");
    return out;
}

}  // namespace fragcast

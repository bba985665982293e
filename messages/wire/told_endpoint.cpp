// Any thread. Which addresses are ours only, and which may be believed when a stranger tells them.
#include "messages/wire/endpoint.hpp"
#include "messages/wire/limits.hpp"

#include <array>
#include <cstring>
#include <optional>

#include <arpa/inet.h>

namespace fragcast {

namespace {

// An address as 16 bytes; IPv4 as ::ffff:a.b.c.d, so that both spellings are judged alike.
using Address = std::array<std::uint8_t, 16>;

std::optional<Address> address_of(const std::string& host) {
    Address out{};
    if (inet_pton(AF_INET6, host.c_str(), out.data()) == 1) return out;
    out = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    if (inet_pton(AF_INET, host.c_str(), out.data() + 12) == 1) return out;
    return std::nullopt;
}

bool is_ipv4(const Address& address) {
    static constexpr std::uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    return std::memcmp(address.data(), kMapped, sizeof kMapped) == 0;
}

bool is_loopback(const Address& address) {
    static constexpr Address kOne = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    return is_ipv4(address) ? address[12] == 127 : address == kOne;
}

bool is_unspecified(const Address& address) {
    return is_ipv4(address) ? address[12] == 0 : address == Address{};
}

bool is_multicast(const Address& address) {  // and IPv4's reserved block with its broadcast
    return is_ipv4(address) ? address[12] >= 224 : address[0] == 0xFF;
}

bool is_link_local(const Address& address) {
    return is_ipv4(address) ? address[12] == 169 && address[13] == 254
                            : address[0] == 0xFE && (address[1] & 0xC0) == 0x80;
}

}  // namespace

bool Endpoint::loopback() const {
    if (host == "localhost") return true;
    const auto address = address_of(host);
    return address && is_loopback(*address);
}

bool Endpoint::wildcard() const {
    if (host == "*") return true;
    const auto address = address_of(host);
    return address && is_unspecified(*address);
}

Result<Endpoint> check_told_endpoint(std::string_view text, bool teller_is_local) {
    const auto refused = [&](const char* why) {
        return fail(ErrorKind::refused, "will not dial " +
                                            std::string(text.substr(0, limits::kMaxNameBytes)) +
                                            ", which a peer named: " + why);
    };
    auto endpoint = parse_endpoint(text, "an address from a peer");
    if (!endpoint) return endpoint.error();
    const auto address = address_of(endpoint->host);
    if (!address) return refused("it is no literal address");
    if (endpoint->port == 0) return refused("it has no port");
    if (is_unspecified(*address)) return refused("it is no address of one host");
    if (is_multicast(*address)) return refused("it is a multicast or reserved address");
    if (is_link_local(*address)) return refused("it is a link-local address");
    if (is_loopback(*address) && !teller_is_local)
        return refused("it is a loopback address, and the peer is on another host");
    return endpoint;
}

}  // namespace fragcast

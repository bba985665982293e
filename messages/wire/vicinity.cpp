#include "messages/wire/vicinity.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include <arpa/inet.h>

namespace fragcast {

namespace {

// The first `bits` of an address of that family; "": it is none.
std::string prefix(int family, const std::string& host, std::size_t bits) {
    std::array<std::uint8_t, 16> bytes{};
    if (inet_pton(family, host.c_str(), bytes.data()) != 1) return {};
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(bits / 8), bytes.end(), std::uint8_t{0});
    std::array<char, INET6_ADDRSTRLEN> text{};
    return inet_ntop(family, bytes.data(), text.data(), text.size()) + ('/' + std::to_string(bits));
}

}  // namespace

std::string household_of(const std::string& host) {
    static constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0,   0,
                                                             0, 0, 0, 0, 255, 255};
    std::array<std::uint8_t, 16> bytes{};
    if (inet_pton(AF_INET6, host.c_str(), bytes.data()) != 1) return host;
    if (!std::equal(kMapped.begin(), kMapped.end(), bytes.begin()))
        return prefix(AF_INET6, host, 64);
    std::array<char, INET_ADDRSTRLEN> text{};
    return inet_ntop(AF_INET, bytes.data() + kMapped.size(), text.data(), text.size());
}

std::string vicinity_of(std::string_view address) {
    const std::size_t slash = std::min(address.find('/'), address.size());
    const std::string host(address.substr(0, slash));
    const std::string_view length = address.substr(slash);
    std::string wider;
    if (length.empty())
        wider = prefix(AF_INET, host, 24);
    else if (length == "/24")
        wider = prefix(AF_INET, host, 16);
    else if (length == "/64")
        wider = prefix(AF_INET6, host, 48);
    else if (length == "/48")
        wider = prefix(AF_INET6, host, 32);
    return wider.empty() ? std::string(address) : wider;
}

}  // namespace fragcast

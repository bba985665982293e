// messages_http. Any thread: pure. Where clients hold something for as long as they like, and there
// is room for so many.
#pragma once

#include "messages/wire/vicinity.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace fragcast {

// A client is an address, of IPv6 the first 64 bits, whatever its ports.
inline std::string address_of_client(const std::string& client) {
    const std::string host = client.substr(0, client.rfind(':'));
    return household_of(host.starts_with('[') ? host.substr(1, host.size() - 2) : host);
}
inline bool same_client(const std::string& one, const std::string& other) {
    return address_of_client(one) == address_of_client(other);
}

// Who makes room for `newcomer`, so that nobody shuts others out, however many he holds: the oldest
// of the client that holds most, the newcomer's counted with them. `holders`: HttpRequest::client
// of each, the oldest first; not empty.
inline std::size_t who_makes_room(const std::vector<std::string>& holders,
                                  const std::string& newcomer) {
    std::map<std::string, std::size_t> held{{address_of_client(newcomer), 1}};
    for (const auto& holder : holders)
        ++held[address_of_client(holder)];
    std::size_t chosen = 0;
    for (std::size_t at = 1; at < holders.size(); ++at)
        if (held[address_of_client(holders[at])] > held[address_of_client(holders[chosen])])
            chosen = at;
    return chosen;
}

}  // namespace fragcast

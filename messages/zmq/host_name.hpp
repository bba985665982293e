// Any thread, which waits: for programs that have nothing else to do yet. Peers that run ask
// peer/links/resolver.hpp instead.
#pragma once

#include "messages/wire/endpoint.hpp"

#include <string_view>

namespace fragcast {

// A name to a literal address by the system's resolver, IPv4 first; what is literal or a wildcard
// stays as it is. `what` names the option in the error.
Result<Endpoint> resolve_now(const Endpoint& endpoint, std::string_view what);

}  // namespace fragcast

// messages_http, inside. Any thread: sockets and addresses below libmicrohttpd.
#pragma once

#include "messages/wire/endpoint.hpp"

#include <string>

struct sockaddr;

namespace fragcast {

// A listening socket that does not block; the caller closes it. `endpoint` gets the port that was
// picked. busy: in use. invalid: not an address of this machine.
Result<int> listen_on(Endpoint& endpoint);
// "127.0.0.1:40001", "[::1]:40001".
std::string address_text(const sockaddr* address);

}  // namespace fragcast

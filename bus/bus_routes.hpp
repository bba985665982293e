// bus. Loop thread.
//
// What a bus shows by HTTP, for reading (HTTP.md, the routes marked B). Long lists are made while
// they are sent (http_pieces.hpp), so that nobody's question keeps peers waiting.
#pragma once

#include "bus/bus_streams.hpp"
#include "bus/directory_session.hpp"
#include "messages/http/http_server.hpp"

#include <string>

namespace fragcast {

// Where the bus is, as its ready line says.
struct BusAddresses {
    std::string directory;
    std::string in;
    std::string out;
    std::string http;
};

// Adds the routes. All that is given must outlive the server.
void add_bus_routes(HttpServer& server, const DirectorySession& session, BusStreams& streams,
                    const BusAddresses& addresses);

}  // namespace fragcast

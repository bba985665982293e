// bus_core: pure. One thread: its owner's.
//
// Over which connections, from which addresses, how many peers are here: so that where a bus is
// full, nobody shuts others out, however many ids and connections he has.
#pragma once

#include "messages/wire/ids.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace fragcast {

// One connection to the directory, opaque: a ROUTER's routing id, or what the simulator likes.
using Route = std::string;

class PeerCrowd {
public:
    // `address`: of the connection's other end, whatever its port; the same at each call.
    void add(const PeerId& peer, const Route& route, const std::string& address);
    void remove(const PeerId& peer, const Route& route);
    // Peers that are here over this connection.
    std::size_t over(const Route& route) const;
    // Who makes room for one more of this connection: one of the address that has most, by the
    // connection of it that has most. Nothing: that would be the newcomer's own address and
    // connection, or has no more than those.
    std::optional<PeerId> gives_way(const Route& route, const std::string& address) const;

private:
    struct Connection {
        std::string address;
        std::set<PeerId> peers;
    };
    struct Address {
        std::size_t peers = 0;
        std::set<std::pair<std::size_t, Route>> by_peers;  // its connections
    };
    void change(const Route& route, const PeerId& peer, bool here);

    std::map<Route, Connection> connections_;
    std::map<std::string, Address> addresses_;
    std::set<std::pair<std::size_t, std::string>> by_peers_;
};

}  // namespace fragcast

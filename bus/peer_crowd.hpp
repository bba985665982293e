// bus_core: pure. One thread: its owner's.
//
// Over which connections, from which addresses, how many peers are here: so that where a bus is
// full, nobody shuts others out, however many ids and connections he has.
#pragma once

#include "messages/wire/ids.hpp"
#include "messages/wire/vicinity.hpp"

#include <array>
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
    // connection, or has no more than those, and so has each vicinity; else one of the vicinity.
    std::optional<PeerId> gives_way(const Route& route, const std::string& address) const;

private:
    struct Connection {
        std::string address;
        std::set<PeerId> peers;
    };
    struct Group {
        std::size_t peers = 0;
        // Of an address its connections, of a vicinity its addresses or narrower vicinities.
        std::set<std::pair<std::size_t, std::string>> by_peers;
    };
    struct Level {
        std::map<std::string, Group> groups;
        std::set<std::pair<std::size_t, std::string>> by_peers;
    };
    void change(const Route& route, const PeerId& peer, bool here);
    static void count(Level& level, const std::string& group, const std::string& part,
                      std::size_t before, std::size_t after);
    std::size_t peers_of(std::size_t level, const std::string& group) const;
    PeerId busiest_of(std::size_t level, std::string group) const;

    std::map<Route, Connection> connections_;
    std::array<Level, 1 + kVicinities> levels_;  // addresses, and their vicinities
};

}  // namespace fragcast

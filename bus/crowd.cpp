#include "bus/crowd.hpp"

namespace fragcast {

void PeerCrowd::add(const PeerId& peer, const Route& route, const std::string& address) {
    connections_.try_emplace(route).first->second.address = address;
    change(route, peer, true);
}

void PeerCrowd::remove(const PeerId& peer, const Route& route) {
    if (connections_.contains(route)) change(route, peer, false);
}

void PeerCrowd::change(const Route& route, const PeerId& peer, bool here) {
    Connection& connection = connections_.at(route);
    const std::string name = connection.address;
    Address& address = addresses_[name];
    const std::size_t before = connection.peers.size();
    here ? (void)connection.peers.insert(peer) : (void)connection.peers.erase(peer);
    const std::size_t after = connection.peers.size();
    address.by_peers.erase({before, route});
    by_peers_.erase({address.peers, name});
    address.peers += after - before;
    if (after != 0)
        address.by_peers.insert({after, route});
    else
        connections_.erase(route);
    if (address.peers != 0)
        by_peers_.insert({address.peers, name});
    else
        addresses_.erase(name);
}

std::size_t PeerCrowd::over(const Route& route) const {
    const auto at = connections_.find(route);
    return at == connections_.end() ? 0 : at->second.peers.size();
}

std::optional<PeerId> PeerCrowd::gives_way(const Route& route, const std::string& address) const {
    if (by_peers_.empty()) return std::nullopt;
    const auto at = addresses_.find(address);
    const std::size_t ours = (at == addresses_.end() ? 0 : at->second.peers) + 1;
    const auto& [most, name] = *by_peers_.rbegin();
    if (most > ours)
        return *connections_.at(addresses_.at(name).by_peers.rbegin()->second).peers.begin();
    if (most + 1 > ours) return std::nullopt;  // another address has as many
    const auto& [busiest, whose] = *at->second.by_peers.rbegin();
    if (busiest <= over(route) + 1) return std::nullopt;
    return *connections_.at(whose).peers.begin();
}

}  // namespace fragcast

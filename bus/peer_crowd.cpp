#include "bus/peer_crowd.hpp"

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
    std::size_t before = connection.peers.size();
    here ? (void)connection.peers.insert(peer) : (void)connection.peers.erase(peer);
    std::size_t after = connection.peers.size();
    std::string part = route;
    std::string group = connection.address;
    if (after == 0) connections_.erase(route);
    for (std::size_t level = 0; level < levels_.size(); ++level) {
        const std::size_t had = peers_of(level, group);
        count(levels_[level], group, part, before, after);
        before = had;
        after = peers_of(level, group);
        part = group;
        group = vicinity_of(group);
    }
}

// `part` of the group had so many peers, and has.
void PeerCrowd::count(Level& level, const std::string& name, const std::string& part,
                      std::size_t before, std::size_t after) {
    Group& group = level.groups[name];
    group.by_peers.erase({before, part});
    level.by_peers.erase({group.peers, name});
    group.peers += after - before;
    if (after != 0) group.by_peers.insert({after, part});
    if (group.peers != 0)
        level.by_peers.insert({group.peers, name});
    else
        level.groups.erase(name);
}

std::size_t PeerCrowd::peers_of(std::size_t level, const std::string& group) const {
    const auto& groups = levels_.at(level).groups;
    const auto at = groups.find(group);
    return at == groups.end() ? 0 : at->second.peers;
}

// Some peer of it: always the part that has most.
PeerId PeerCrowd::busiest_of(std::size_t level, std::string group) const {
    for (std::size_t down = level + 1; down-- > 0;)
        group = levels_.at(down).groups.at(group).by_peers.rbegin()->second;
    return *connections_.at(group).peers.begin();
}

std::size_t PeerCrowd::over(const Route& route) const {
    const auto at = connections_.find(route);
    return at == connections_.end() ? 0 : at->second.peers.size();
}

std::optional<PeerId> PeerCrowd::gives_way(const Route& route, const std::string& address) const {
    std::string own = address;
    for (std::size_t level = 0; level < levels_.size(); ++level) {
        const auto& by_peers = levels_.at(level).by_peers;
        if (by_peers.empty()) return std::nullopt;
        const std::size_t ours = peers_of(level, own) + 1;
        const auto& [most, name] = *by_peers.rbegin();
        if (most > ours) return busiest_of(level, name);
        // Ours has most: of its connections one may have more than this.
        if (level == 0 && most + 1 == ours) {
            const auto& [busiest, whose] = *levels_.front().groups.at(own).by_peers.rbegin();
            if (busiest > over(route) + 1) return *connections_.at(whose).peers.begin();
        }
        own = vicinity_of(own);
    }
    return std::nullopt;
}

}  // namespace fragcast

#include "tools/deal.hpp"

#include "peer/placement.hpp"

#include <algorithm>
#include <map>

namespace fragcast::tools {

std::vector<Offering> deal(const Manifest& manifest, const AssetId& asset,
                           const std::vector<PeerRecord>& peers, bool spread, bool each) {
    std::map<PeerId, RangeSet> given;
    const auto count = static_cast<std::uint32_t>(manifest.fragments.size());
    // Never the whole to one peer: of N peers at most N-1 get a fragment.
    const auto copies = spread ? std::min<std::size_t>(manifest.replicas, peers.size() - 1) : 0;
    for (std::uint32_t i = 0; i < count; ++i) {
        if (spread) {
            for (std::size_t copy = 0; copy < copies; ++copy)
                given[peers[(i + copy) % peers.size()].id].add(i);
        } else if (each) {
            for (const auto& peer : peers)
                given[peer.id].add(i);
        } else {
            for (const auto& peer :
                 responsible_for({asset, FragmentIndex{i}}, manifest.replicas, peers))
                given[peer].add(i);
        }
    }
    std::vector<Offering> offerings;
    for (const auto& peer : peers)
        if (const auto found = given.find(peer.id); found != given.end())
            offerings.push_back({peer, found->second});
    return offerings;
}

}  // namespace fragcast::tools

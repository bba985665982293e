// One thread (the test's).
//
// Somebody who looks at a swarm now and then, and knows what its news told him: all that is shown,
// put together as the HTTP actor does it. News are told once: what others took is not here.
#pragma once

#include "peer/swarm/swarm.hpp"

#include <map>
#include <memory>

namespace fragcast::town {

struct Onlooker {
    std::shared_ptr<const Overview> overview;
    std::map<PeerId, PeerView> peers;  // the swarm's own among them
    std::map<AssetId, AssetPtr> assets;
    bool right = true;  // nothing was told gone that he did not know

    const Onlooker& look(Swarm& swarm, Time now) {
        const News news = swarm.news(now);
        overview = news.overview;
        for (const PeerId& id : news.gone_peers)
            right = peers.erase(id) == 1 && right;
        for (const PeerPtr& peer : news.changed_peers)
            peers[peer->peer.id] = *peer;
        for (const AssetId& id : news.gone)
            right = assets.erase(id) == 1 && right;
        for (const AssetPtr& asset : news.changed)
            assets[asset->asset.id] = asset;
        return *this;
    }
    bool barred(const PeerId& peer) const {
        const auto found = peers.find(peer);
        return found != peers.end() && found->second.barred;
    }
};

}  // namespace fragcast::town

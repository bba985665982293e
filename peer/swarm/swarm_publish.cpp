// Offering an asset to peers, and watching it arrive there.
#include "peer/swarm/swarm_publish.hpp"

#include "peer/swarm/core.hpp"
#include "peer/swarm/swarm_links.hpp"
#include "peer/swarm/swarm_peers.hpp"
#include "peer/swarm/swarm_wants.hpp"

#include <utility>

namespace fragcast {

void on_publish(Core& core, facts::PublishAsked asked, Turn& turn) {
    const AssetId& id = asked.asset;
    const KnownAsset* asset = core.assets.find(id);
    if (asset == nullptr || !asset->manifest || core.life.has_left()) return;
    core.offers.withdraw_from_others(id, asked.offerings);
    for (Offering& offering : asked.offerings) {
        if (offering.to.id == core.self.record().id) continue;
        learn(core, offering.to, std::nullopt, turn);
        add_offering(core, id, std::move(offering), OfferReason::publish, turn.now);
    }
}

void add_offering(Core& core, const AssetId& id, Offering offering, OfferReason reason, Time now) {
    const Holding* theirs = core.availability.of(id, offering.to.id);
    core.offers.add(id, std::move(offering), reason, theirs, now);
}

void offer_to_all(Core& core, Turn& turn) {
    core.calls.due();
    for (Neighbour& n : core.neighbours.each())
        if (n.up()) offer_to(core, n, turn);
}

void offer_to(Core& core, Neighbour& n, Turn& turn) {
    for (const AssetId& id : core.offers.due(n.peer().id)) {
        show_interest(n, id, turn);
        core.offers.make(core.assets.at(id).record, n.peer().id, n.link(), turn);
        n.use(turn.now);
    }
}

// An offer without an answer is made again.
void tick_publishing(Core& core, Turn& turn) {
    core.offers.end_repairs(turn);
    while (const auto late = core.offers.take_late(turn))
        if (Neighbour* n = link_of(core, *late)) offer_to(core, *n, turn);
}

}  // namespace fragcast

// Offering an asset to peers, and watching it arrive there.
#include "peer/swarm/swarm_state.hpp"

#include <utility>

namespace fragcast {

void Swarm::State::on_publish(const AssetId& id, std::vector<Offering> offerings, Turn& turn) {
    const AssetState* asset = find_asset(id);
    if (asset == nullptr || !asset->manifest || leaving_) return;
    offers_.withdraw_from_others(id, offerings);
    for (Offering& offering : offerings) {
        if (offering.to.id == self_.record.id) continue;
        learn(offering.to, std::nullopt, turn);
        add_offering(id, std::move(offering), OfferReason::publish, turn.now);
    }
    connect_due_ = true;
    offer_to_all(turn);
}

void Swarm::State::add_offering(const AssetId& id, Offering offering, OfferReason reason,
                                Time now) {
    const Holding* theirs = availability_.of(id, offering.to.id);
    offers_.add(id, std::move(offering), reason, theirs, now);
}

void Swarm::State::offer_to_all(Turn& turn) {
    if (offers_.empty()) return;
    for (Neighbour& n : neighbours_.each())
        if (n.up()) offer_to(n, turn);
}

void Swarm::State::offer_to(Neighbour& n, Turn& turn) {
    for (const AssetId& id : offers_.due(n.peer().id)) {
        show_interest(n, id, turn);
        offers_.make(assets_.at(id).record, n.peer().id, n.link(), turn);
        n.use(turn.now);
    }
}

// An offer without an answer is made again.
void Swarm::State::tick_publishing(Turn& turn) {
    offers_.end_repairs(turn);
    while (const auto late = offers_.take_late(turn))
        if (Neighbour* n = link_of(*late)) offer_to(*n, turn);
}

}  // namespace fragcast

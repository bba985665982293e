// Offering an asset to peers, and watching it arrive there.
#include "peer/swarm_state.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

namespace {

constexpr Duration kOfferAgain{5'000'000};

}  // namespace

void Swarm::State::on_publish(const AssetId& id, std::vector<Offering> offerings, Time now,
                              Actions& out) {
    AssetState* asset = find_asset(id);
    if (asset == nullptr || !asset->manifest || leaving_) return;
    for (Offering& offering : offerings) {
        if (offering.to.id == self_.record.id) continue;
        learn(offering.to, nullptr);
        Publishing publishing;
        publishing.view.to = std::move(offering.to);
        publishing.view.offered = std::move(offering.fragments);
        asset->publishing.push_back(std::move(publishing));
    }
    publishing_.insert(id);
    connect_due_ = true;
    offer_to_all(now, out);
}

void Swarm::State::offer_to_all(Time now, Actions& out) {
    if (publishing_.empty()) return;
    for (auto& [link, n] : neighbours_)
        if (n.up()) offer_to(n, now, out);
}

void Swarm::State::offer_to(Neighbour& n, Time now, Actions& out) {
    for (const AssetId& id : publishing_) {
        AssetState& asset = assets_.at(id);
        for (Publishing& publishing : asset.publishing) {
            if (publishing.view.to.id != n.peer().id || publishing.link.value != 0 ||
                publishing.view.refused)
                continue;
            show_interest(n, id, out);
            publishing.link = n.link();
            publishing.request = next_request();
            publishing.offered = now;
            n.use(now);
            out.push_back(SendTo{n.link(), Offer{publishing.request, OfferReason::publish,
                                                 asset.record, publishing.view.offered}});
            wake_by(now + kOfferAgain);
        }
    }
}

// An offer without an answer is made again.
void Swarm::State::tick_publishing(Time now, Actions& out) {
    for (const AssetId& id : publishing_)
        for (Publishing& publishing : assets_.at(id).publishing) {
            if (publishing.link.value == 0 || publishing.view.answered) continue;
            if (now - publishing.offered < kOfferAgain) {
                wake_by(publishing.offered + kOfferAgain);
                continue;
            }
            publishing.link = {};
            if (Neighbour* n = link_of(publishing.view.to.id)) offer_to(*n, now, out);
        }
}

}  // namespace fragcast

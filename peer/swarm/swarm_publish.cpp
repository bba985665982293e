// Offering an asset to peers, and watching it arrive there.
#include "peer/swarm/swarm_state.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

void Swarm::State::on_publish(const AssetId& id, std::vector<Offering> offerings, Turn& turn) {
    AssetState* asset = find_asset(id);
    if (asset == nullptr || !asset->manifest || leaving_) return;
    std::erase_if(asset->publishing, [&](const Publishing& one) {
        return one.reason == OfferReason::publish &&
               std::none_of(offerings.begin(), offerings.end(), [&](const Offering& offering) {
                   return offering.to.id == one.view.to.id;
               });
    });
    for (Offering& offering : offerings) {
        if (offering.to.id == self_.record.id) continue;
        learn(offering.to, std::nullopt, turn);
        add_offering(*asset, std::move(offering), OfferReason::publish);
    }
    connect_due_ = true;
    offer_to_all(turn);
}

// More of what a peer is offered already is one offer.
void Swarm::State::add_offering(AssetState& asset, Offering offering, OfferReason reason) {
    publishing_.insert(asset.id);
    const auto known =
        std::find_if(asset.publishing.begin(), asset.publishing.end(), [&](const Publishing& one) {
            return one.view.to.id == offering.to.id && one.reason == reason;
        });
    if (known == asset.publishing.end()) {
        Publishing publishing;
        publishing.reason = reason;
        publishing.view.to = std::move(offering.to);
        publishing.view.offered = std::move(offering.fragments);
        asset.publishing.push_back(std::move(publishing));
        return;
    }
    RangeSet news = offering.fragments;
    news.remove(known->view.offered);
    if (news.empty()) return;
    known->view.offered.add(news);
    // What it has got for itself meanwhile it does not tell again.
    if (const Holding* theirs = availability_.of(asset.id, known->view.to.id))
        known->view.held = theirs->fragments.common(known->view.offered);
    known->view.answered = known->view.refused = false;
    known->link = {};
}

void Swarm::State::offer_to_all(Turn& turn) {
    if (publishing_.empty()) return;
    for (auto& [link, n] : neighbours_)
        if (n.up()) offer_to(n, turn);
}

void Swarm::State::offer_to(Neighbour& n, Turn& turn) {
    for (const AssetId& id : publishing_) {
        AssetState& asset = assets_.at(id);
        for (Publishing& publishing : asset.publishing) {
            if (publishing.view.to.id != n.peer().id || publishing.link.value != 0 ||
                publishing.view.refused)
                continue;
            show_interest(n, id, turn);
            publishing.link = n.link();
            publishing.request = turn.next_request();
            publishing.offered = turn.now;
            n.use(turn.now);
            turn.out.push_back(SendTo{n.link(), Offer{publishing.request, publishing.reason,
                                                      asset.record, publishing.view.offered}});
            turn.wake_by(turn.now + limits::kOfferAnswer);
        }
    }
}

// An offer without an answer is made again; one of ours that was taken or refused is over.
void Swarm::State::tick_publishing(Turn& turn) {
    for (auto id = publishing_.begin(); id != publishing_.end();) {
        auto& publishing = assets_.at(*id).publishing;
        std::erase_if(publishing, [](const Publishing& one) {
            return one.reason == OfferReason::repair &&
                   (one.view.refused || one.view.held == one.view.offered);
        });
        id = publishing.empty() ? publishing_.erase(id) : std::next(id);
    }
    for (const AssetId& id : publishing_)
        for (Publishing& publishing : assets_.at(id).publishing) {
            if (publishing.link.value == 0 || publishing.view.answered) continue;
            if (turn.now - publishing.offered < limits::kOfferAnswer) {
                turn.wake_by(publishing.offered + limits::kOfferAnswer);
                continue;
            }
            publishing.link = {};
            if (Neighbour* n = link_of(publishing.view.to.id)) offer_to(*n, turn);
        }
}

}  // namespace fragcast

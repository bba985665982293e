#include "peer/swarm/copies/offers.hpp"

#include "messages/wire/limits.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace fragcast {

// --- what is offered -----------------------------------------------------------------------------

void Offers::withdraw_from_others(const AssetId& asset, const std::vector<Offering>& named) {
    const auto found = rows_.find(asset);
    if (found == rows_.end()) return;
    std::erase_if(found->second, [&](const Row& row) {
        return row.reason == OfferReason::publish &&
               std::none_of(named.begin(), named.end(), [&](const Offering& offering) {
                   return offering.to.id == row.view.to.id;
               });
    });
}

void Offers::add(const AssetId& asset, Offering offering, OfferReason reason, const Holding* theirs,
                 Time now) {
    std::vector<Row>& rows = rows_[asset];
    const auto known = std::find_if(rows.begin(), rows.end(), [&](const Row& row) {
        return row.view.to.id == offering.to.id && row.reason == reason;
    });
    if (known == rows.end()) {
        Row row;
        row.reason = reason;
        row.added = now;
        row.view.to = std::move(offering.to);
        row.view.offered = std::move(offering.fragments);
        rows.push_back(std::move(row));
        more_ = true;
        return;
    }
    RangeSet news = offering.fragments;
    news.remove(known->view.offered);
    if (news.empty()) return;
    known->view.offered.add(news);
    known->added = now;
    // What it has got for itself meanwhile it does not tell again.
    if (theirs != nullptr) known->view.held = theirs->fragments.common(known->view.offered);
    known->view.answered = known->view.refused = false;
    known->link = {};
    more_ = true;
}

// --- making them ---------------------------------------------------------------------------------

std::vector<AssetId> Offers::due(const PeerId& peer) const {
    std::vector<AssetId> out;
    for (const auto& [asset, rows] : rows_)
        if (std::any_of(rows.begin(), rows.end(),
                        [&](const Row& row) { return row.due() && row.view.to.id == peer; }))
            out.push_back(asset);
    return out;
}

void Offers::make(const AssetRecord& asset, const PeerId& peer, LinkId link, Turn& turn) {
    const auto found = rows_.find(asset.id);
    if (found == rows_.end()) return;
    for (Row& row : found->second) {
        if (!row.due() || row.view.to.id != peer) continue;
        row.link = link;
        row.request = turn.next_request();
        row.made = turn.now;
        turn.out.push_back(SendTo{link, Offer{row.request, row.reason, asset, row.view.offered}});
        turn.wake_by(turn.now + limits::kOfferAnswer);
    }
}

std::vector<PeerRecord> Offers::unreached() const {
    std::vector<PeerRecord> out;
    for (const auto& [asset, rows] : rows_)
        for (const Row& row : rows)
            if (row.due() && !row.taken()) out.push_back(row.view.to);
    return out;
}

void Offers::end_repairs(Turn& turn) {
    for (auto& [asset, rows] : rows_)
        std::erase_if(rows, [&](const Row& row) {
            if (row.reason != OfferReason::repair) return false;
            const Time until = row.added + limits::kRepairOffered;
            if (row.view.refused || row.taken() || turn.now >= until) return true;
            turn.wake_by(until);
            return false;
        });
    std::erase_if(rows_, [](const auto& entry) { return entry.second.empty(); });
}

std::optional<PeerId> Offers::take_late(Turn& turn) {
    for (auto& [asset, rows] : rows_)
        for (Row& row : rows) {
            if (row.link.value == 0 || row.view.answered) continue;
            if (turn.now - row.made >= limits::kOfferAnswer) {
                row.link = {};
                return row.view.to.id;
            }
            turn.wake_by(row.made + limits::kOfferAnswer);
        }
    return std::nullopt;
}

// --- what became of them -------------------------------------------------------------------------

std::optional<AssetId> Offers::hear(LinkId link, const OfferAnswer& answer) {
    if (answer.request.value == 0) return std::nullopt;
    for (auto& [asset, rows] : rows_)
        for (Row& row : rows) {
            if (row.request != answer.request || row.link != link) continue;
            row.request = {};  // answered once
            row.view.answered = true;
            row.view.refused = !answer.accepted;
            row.view.text = answer.text;
            return asset;
        }
    return std::nullopt;
}

void Offers::told(const AssetId& asset, const PeerId& peer, const Holding& theirs) {
    const auto found = rows_.find(asset);
    if (found == rows_.end()) return;
    for (Row& row : found->second)
        if (row.view.to.id == peer) row.view.held = theirs.fragments.common(row.view.offered);
}

void Offers::sent(const AssetId& asset, const PeerId& peer, std::uint64_t bytes) {
    const auto found = rows_.find(asset);
    if (found == rows_.end()) return;
    for (Row& row : found->second)
        if (row.view.to.id == peer) row.view.bytes_sent += bytes;
}

void Offers::unreachable(const std::string& endpoint, const std::string& why) {
    for (auto& [asset, rows] : rows_)
        for (Row& row : rows)
            if (row.view.to.exchange == endpoint) row.view.text = why;
}

void Offers::on_link_down(LinkId link) {
    for (auto& [asset, rows] : rows_)
        for (Row& row : rows)
            if (row.link == link) {
                row.link = {};
                more_ = true;
            }
}

// --- what is so ----------------------------------------------------------------------------------

std::vector<AssetId> Offers::assets() const {
    std::vector<AssetId> out;
    for (const auto& [asset, rows] : rows_)
        out.push_back(asset);
    return out;
}

std::vector<OfferingView> Offers::views(const AssetId& asset) const {
    std::vector<OfferingView> out;
    const auto found = rows_.find(asset);
    if (found == rows_.end()) return out;
    for (const Row& row : found->second) {
        out.push_back(row.view);
        out.back().linked = row.link.value != 0;
    }
    return out;
}

std::vector<PeerId> Offers::silent(OfferReason reason, Duration since, Time now) const {
    std::vector<PeerId> out;
    for (const auto& [asset, rows] : rows_)
        for (const Row& row : rows)
            if (row.reason == reason && row.link.value != 0 && !row.view.answered &&
                now - row.made >= since)
                out.push_back(row.view.to.id);
    return out;
}

const char* Offers::Row::broken() const {
    if (view.held.common(view.offered) != view.held) return "more is held than was offered";
    if (view.refused && !view.answered) return "an offer is refused, and not answered";
    if (link.value != 0 && made < added) return "an offer was made before there was one";
    if (link.value != 0 && !view.answered && request.value == 0) return "no answer is awaited";
    return nullptr;
}

const char* Offers::broken() const {
    std::set<RequestId> requests;
    for (const auto& [asset, rows] : rows_) {
        std::set<std::pair<PeerId, OfferReason>> who;
        for (const Row& row : rows) {
            if (const char* broken = row.broken()) return broken;
            if (!who.insert({row.view.to.id, row.reason}).second) return "it is offered him twice";
            if (row.request.value != 0 && !requests.insert(row.request).second)
                return "two offers under one number";
        }
    }
    return nullptr;
}

}  // namespace fragcast

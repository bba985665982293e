#include "tools/deal.hpp"

#include "messages/wire/limits.hpp"
#include "peer/swarm/copies/placement.hpp"

#include <algorithm>
#include <utility>

namespace fragcast::tools {

Deal::Deal(const AssetId& asset, const Manifest& manifest, std::vector<PeerRecord> peers, How how)
    : asset_(asset),
      fragments_(static_cast<std::uint32_t>(manifest.fragments.size())),
      replicas_(manifest.replicas),
      how_(how),
      peers_(std::move(peers)) {
    if (how_ == How::copies)
        std::erase_if(peers_, [](const PeerRecord& peer) {
            return peer.guest || peer.draining || peer.capacity == 0;
        });
    deal();
}

std::vector<Offering> Deal::offerings() const {
    std::vector<Offering> offerings;
    for (const auto& peer : peers_)
        if (const auto found = given_.find(peer.id);
            found != given_.end() && !found->second.empty())
            offerings.push_back({peer, found->second});
    return offerings;
}

Result<bool> Deal::look(const std::vector<OfferingView>& views, Time now) {
    Reasons gone;
    Reasons silent;
    std::string refusal;
    for (const OfferingView& view : views) {
        if (view.refused) {
            gone[view.to.id] = view.text;
            refusal = view.to.name + ": " + view.text;
        } else if (!in_time(view, now)) {
            silent[view.to.id] = view.linked || view.text.empty() ? "no answer" : view.text;
        }
    }
    if (!enough_without(gone)) return fail(ErrorKind::refused, refusal);
    Reasons all = gone;
    all.merge(silent);
    if (enough_without(all)) gone = std::move(all);
    if (gone.empty()) return false;
    std::erase_if(peers_, [&](const PeerRecord& peer) {
        const auto found = gone.find(peer.id);
        if (found == gone.end()) return false;
        passed_.push_back({peer, found->second});
        given_.erase(peer.id);
        return true;
    });
    deal();
    return true;
}

// Whoever has all of its part may be silent.
bool Deal::in_time(const OfferingView& view, Time now) {
    if (view.held == view.offered || (view.linked && view.answered)) {
        waiting_.erase(view.to.id);
        return true;
    }
    Waiting& waiting = waiting_.try_emplace(view.to.id, Waiting{view.linked, now}).first->second;
    if (waiting.linked != view.linked) waiting = {view.linked, now};
    // Refused once it may be starting; it is tried again meanwhile.
    const bool dead = !view.linked && !view.text.empty();
    return now - waiting.since < (dead ? Duration(limits::kTakerWait) : limits::kOfferAnswer);
}

bool Deal::enough_without(const Reasons& gone) const {
    if (gone.empty()) return true;
    if (how_ == How::each) return false;
    return peers_.size() - gone.size() >= (how_ == How::spread ? 2U : 1U);
}

// Also anew: who has got something keeps it.
void Deal::deal() {
    for (std::uint32_t i = 0; i < fragments_; ++i)
        switch (how_) {
            case How::copies:
                for (const PeerId& peer :
                     responsible_for({asset_, FragmentIndex{i}}, replicas_, peers_))
                    given_[peer].add(i);
                break;
            case How::spread:
                spread(i, std::min<std::size_t>(replicas_, peers_.size() - 1));
                break;
            case How::each:
                for (const auto& peer : peers_)
                    given_[peer.id].add(i);
                break;
        }
}

void Deal::spread(std::uint32_t fragment, std::size_t copies) {
    std::vector<std::pair<std::uint64_t, PeerId>> lacking;  // and how much they have
    for (const auto& peer : peers_)
        if (const RangeSet& given = given_[peer.id]; !given.contains(fragment))
            lacking.emplace_back(given.count(), peer.id);
    std::stable_sort(lacking.begin(), lacking.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::size_t has = peers_.size() - lacking.size();
    for (const auto& [count, peer] : lacking) {
        // The whole is for nobody, unless somebody must have it: of one fragment, or none at all.
        if (has >= copies || (has > 0 && count + 1 >= fragments_)) return;
        given_[peer].add(fragment);
        ++has;
    }
}

}  // namespace fragcast::tools

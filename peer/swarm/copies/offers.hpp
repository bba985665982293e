// Loop thread. Pure.
//
// What we offer to whom (PROTOCOL.md, "Offer"): a row for each asset, peer and reason, from when it
// is put, handed over or passed on until it is withdrawn; an offer of our own accord (repair) ends
// when it was taken or refused, or after limits::kRepairOffered: what made us offer it is past. Of
// a row: over which link it was made, what was answered, how much of it the peer says it has. More
// for the same row is one offer of all of it, made anew.
//
// Whom we are linked with is the caller's: it asks what is due to a peer that it can reach, and
// says what became of links and what the peer said. Counts are fragments.
#pragma once

#include "messages/wire/message.hpp"
#include "peer/swarm/facts.hpp"
#include "peer/swarm/turn.hpp"
#include "peer/swarm/views.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fragcast {

class Offers {
public:
    // --- what is offered
    // By its user, to these and nobody else: who is not named is offered nothing any more.
    void withdraw_from_others(const AssetId& asset, const std::vector<Offering>& named);
    // `theirs`: what the peer says it has of the asset; nullptr: nothing.
    void add(const AssetId& asset, Offering offering, OfferReason reason, const Holding* theirs,
             Time now);
    void forget(const AssetId& asset) { rows_.erase(asset); }
    // Something became due since the last call: it is made where there is a link, and one is looked
    // for where there is none.
    bool take_more() { return std::exchange(more_, false); }

    // --- making them
    // The assets of which something is to be offered to this peer, and was not over a link that is
    // up. In order.
    std::vector<AssetId> due(const PeerId& peer) const;
    // All that is due to it of one asset goes out over this link. An answer is awaited for
    // kOfferAnswer.
    void make(const AssetRecord& asset, const PeerId& peer, LinkId link, Turn& turn);
    // Who is to be reached for what is due, in order; a peer several times.
    std::vector<PeerRecord> unreached() const;
    // Ends what was taken or refused, or is too old, of repair.
    void end_repairs(Turn& turn);
    // One whose answer did not come in time is due again: to whom. nullopt: none.
    std::optional<PeerId> take_late(Turn& turn);

    // --- what became of them
    // Whose answer it is: the asset. None: it was not asked on that link, or is answered already.
    std::optional<AssetId> hear(LinkId link, const OfferAnswer& answer);
    void told(const AssetId& asset, const PeerId& peer, const Holding& theirs);
    void sent(const AssetId& asset, const PeerId& peer, std::uint64_t bytes);
    void unreachable(const std::string& endpoint, const std::string& why);
    void on_link_down(LinkId link);  // what was offered there is due again

    // --- what is so
    bool empty() const { return rows_.empty(); }
    std::size_t size() const { return rows_.size(); }  // assets
    bool contains(const AssetId& asset) const { return rows_.contains(asset); }
    std::vector<AssetId> assets() const;
    std::vector<OfferingView> views(const AssetId& asset) const;
    // Who was offered something for this reason so long ago, over a link that is up, and says
    // nothing.
    std::vector<PeerId> silent(OfferReason reason, Duration since, Time now) const;
    // For tests and the simulator: the rule that does not hold; nullptr: all do.
    const char* broken() const;

private:
    struct Row {
        OfferingView view;  // `linked` is not kept: see link
        OfferReason reason = OfferReason::publish;
        RequestId request;  // 0: answered
        LinkId link;        // over which it was made, and which is up; 0: it is due
        Time made{};
        Time added{};

        bool due() const { return link.value == 0 && !view.refused; }
        bool taken() const { return view.held == view.offered; }
        const char* broken() const;
    };

    std::map<AssetId, std::vector<Row>> rows_;
    bool more_ = false;
};

}  // namespace fragcast

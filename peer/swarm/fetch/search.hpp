// Loop thread. Pure.
//
// The search for holders of what is wanted: when they are asked for again, what the answers said,
// and whom a busy neighbour named in its place (PROTOCOL.md, "Fetch"). A row begins when
// an asset is wanted, or an answer speaks of it, and ends when it is wanted no more.
#pragma once

#include "messages/wire/records.hpp"
#include "peer/swarm/turn.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace fragcast {

class Search {
public:
    static constexpr Duration kLookEvery{200'000};  // whether holders are lacking again

    // --- begun and ended
    void begin(const AssetId& asset, Time now) { rows_[asset].next = now; }
    // As if it were wanted from now on; who was named in others' place stays named.
    void begin_anew(const AssetId& asset);
    void stop(const AssetId& asset) { rows_.erase(asset); }
    // Others can be asked as well from now on.
    void hasten(const AssetId& asset, Time now);

    // --- asking
    bool due(const AssetId& asset, Turn& turn) const;  // false: wakes for it
    struct Around {
        bool lacking = false;    // nobody within reach is known to have all of it
        bool bus = false;        // one is joined
        bool friends = false;    // they are asked, because no bus answers
        bool answering = false;  // it is asked for already
    };
    struct Step {
        bool ask = false;
        bool say = false;  // on the bus, that it is wanted: asking alone did not help
    };
    // It is due. Waits twice as long after each time, from limits::kLocateMin to kLocateMax.
    Step look(const AssetId& asset, const Around& around, Turn& turn);
    // By somebody who was not settling. `nobody`: it knows no holder but us.
    void answered(const AssetId& asset, bool nobody);

    // --- what is known of it
    bool any_answer(const AssetId& asset) const { return row(asset).answered; }
    // The last of them said so.
    bool nobody(const AssetId& asset) const { return row(asset).nobody; }
    Time next(const AssetId& asset) const { return row(asset).next; }

    // --- named by busy: dialled where nobody better says where it is, and not written down
    struct Referral {
        Time until{};
        std::string exchange;
        LinkId dialling{};  // 0: it was not
    };
    using Referrals = std::map<PeerId, Referral>;
    // At most limits::kMaxReferred of an asset, for limits::kReferralKept.
    void refer(const AssetId& asset, const std::vector<PeerRecord>& others, const PeerId& self,
               Time now);
    const Referrals& referrals(const AssetId& asset) const { return row(asset).referrals; }
    void dialled(const AssetId& asset, const PeerId& peer, LinkId link);
    std::size_t count_referrals() const;
    // For tests and the simulator: the rule that does not hold; nullptr: all do.
    const char* broken() const;

private:
    struct Row {
        Time next{};  // not asked before
        Duration wait{};
        bool asked = false;  // of a bus, once at least
        bool answered = false;
        bool nobody = false;
        Referrals referrals;
    };
    const Row& row(const AssetId& asset) const;  // as good as none, where there is none

    std::map<AssetId, Row> rows_;
};

}  // namespace fragcast

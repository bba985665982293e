// Loop thread. Pure.
//
// The end of a peer's stay (PROTOCOL.md, "Hand-over"): what of its own has too few copies at those
// who stay, to whom it is offered, and when it is over: when nothing is left, nobody stays to take
// it, or its time is up. Who refused, or cannot be reached, is asked no more.
#pragma once

#include "messages/wire/holding.hpp"
#include "messages/wire/records.hpp"
#include "peer/swarm/copies/copies.hpp"
#include "peer/swarm/turn.hpp"
#include "peer/swarm/views.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace fragcast {

class Farewell {
public:
    static constexpr Duration kLookEvery{50'000};
    enum class Kind {
        none,
        stop,  // it may come back: last copies only
        drain  // it leaves for good: R copies of all that it has
    };
    // False: it does already. A drain can be cut short by a stop, and not the other way round.
    bool begin(Kind kind, Time deadline, Time now);
    bool runs() const { return kind_ != Kind::none; }
    bool stops() const { return kind_ == Kind::stop; }
    // Who counts as staying must be linked, where nobody else vouches for it (`joined`: a bus
    // does); of a drain always: what it leaves behind is all that there is.
    bool must_be_linked(bool joined) const {
        return kind_ == Kind::drain || (kind_ == Kind::stop && !joined);
    }
    // True: it is to be looked at what is left. Says by wake_by() when again.
    bool look_due(Turn& turn);

    // --- who takes it
    struct Reach {
        bool linked = false;
        Duration dialled{};  // for so long in vain
        bool out = false;    // barred, or dialled in vain lately
    };
    bool can_take(const PeerId& peer, const Reach& reach);
    // It refused, or did not answer for limits::kTakerWait. While none runs nobody is noted.
    void unable(const PeerId& peer) {
        if (runs()) unable_.insert(peer);
    }
    bool is_unable(const PeerId& peer) const { return unable_.contains(peer); }
    enum class Company { none, coming /* some are being dialled */, here };
    struct Taker {  // one that stays and can take something
        PeerId peer;
        bool linked = false;
        bool dialling = false;
    };
    // To whom a link is needed, of all at once: several may be gone without a word.
    static std::vector<PeerId> needed(const std::vector<Taker>& takers);
    static Company company(const std::vector<Taker>& takers, bool must_be_linked);

    // --- what is left
    // Copies that each fragment should have at those who stay; where nobody does, it ends at once,
    // and what is lost is told.
    std::uint32_t goal(std::uint32_t replicas, std::uint32_t staying) const;
    // What has fewer now, and its bytes.
    void set_left(std::map<AssetId, RangeSet> left, std::uint64_t bytes);
    const std::map<AssetId, RangeSet>& left() const { return left_; }
    // Fragments that were left and are not any more.
    std::uint64_t count_handed_over() const { return handed_over_; }
    bool over(Company company, Time now) const;
    // To whom of those who `can_take` what is left of the asset is offered: to the first that
    // should have it, at most `most` fragments, which are taken from it.
    std::map<PeerId, RangeSet> offers(const AssetId& asset, const CopyPicture& picture,
                                      const PeerId& self, std::uint32_t replicas,
                                      const std::function<bool(const PeerId&)>& can_take,
                                      std::uint32_t& most) const;

    // --- the end. `alone`: nobody stays.
    using Name = std::function<std::string(const AssetId&)>;
    void end(bool alone, const Name& name, Turn& turn);
    FarewellView view(const Name& name) const;
    // For tests and the simulator: the rule that does not hold; nullptr: all do.
    const char* broken() const;

private:
    std::string left_text(const Name& name) const;

    Kind kind_ = Kind::none;
    bool done_ = false;
    Time deadline_{};
    Time next_{};                       // look
    std::map<AssetId, RangeSet> left_;  // not handed over yet
    std::uint64_t left_fragments_ = 0;
    std::uint64_t left_bytes_ = 0;
    std::uint64_t handed_over_ = 0;
    std::set<PeerId> unable_;
};

}  // namespace fragcast

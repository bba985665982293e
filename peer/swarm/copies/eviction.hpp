// Loop thread. Pure.
//
// The eviction that runs, if one does (PROTOCOL.md, "Eviction"): fragments of one asset that are
// withdrawn, named in no answer, and still on disk. Each witness is asked once, over a link that we
// dialled, and heard over that link only. What R of them have is dropped; what fewer have is
// announced again, at the latest limits::kWitnessWait after the beginning.
#pragma once

#include "messages/wire/holding.hpp"
#include "messages/wire/message.hpp"
#include "peer/swarm/turn.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace fragcast {

class Eviction {
public:
    // None must run. `replicas`: R of the asset; `witnesses`: who is said to have some of it.
    void begin(const AssetId& asset, RangeSet fragments, std::uint32_t replicas,
               const std::set<PeerId>& witnesses, Turn& turn);

    bool runs() const { return running_.has_value(); }
    bool runs(const AssetId& of) const { return running_ && running_->asset == of; }
    // Empty: nothing of that asset.
    const RangeSet& withdrawn(const AssetId& of) const;
    // Assets of which more or less is withdrawn than at the last call.
    std::set<AssetId> take_changed() { return std::exchange(changed_, {}); }

    // The witnesses to whom a link is needed, by id: they are not asked yet.
    std::vector<PeerId> needed() const;
    // One of them, over a link that we dialled.
    void ask(const PeerId& witness, LinkId link, Turn& turn);
    // True: there is no use in waiting any longer, since all have answered, or R for each fragment.
    bool hear(const PeerId& from, LinkId link, const Have& have);
    // True: nothing more is waited for. Else says by wake_by() until when.
    bool late(Turn& turn) const;
    // These are gone for another reason.
    void lost(const AssetId& asset, const RangeSet& fragments);

    // --- the ways out; one must run
    struct Outcome {
        AssetId asset;
        RangeSet dropped;
        RangeSet kept;  // too few others have them: announced again
    };
    Outcome end();
    Outcome call_off();  // somebody here wants it again, or we stop: all is kept

    std::uint64_t count_dropped() const { return dropped_; }  // fragments, since the start
    // For tests and the simulator: the rule that does not hold; nullptr: all do.
    const char* broken() const;

private:
    struct Question {
        LinkId link;
        RequestId request;  // 0: not yet
    };
    struct Running {
        AssetId asset;
        RangeSet fragments;
        std::uint32_t replicas = 0;
        Time until{};
        std::map<PeerId, Question> asked;
        std::map<PeerId, RangeSet> witnessed;  // who answered, and what of the fragments it has
    };
    RangeSet witnessed() const;  // by R of them

    std::optional<Running> running_;
    std::set<AssetId> changed_;
    std::uint64_t dropped_ = 0;
};

}  // namespace fragcast

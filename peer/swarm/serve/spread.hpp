// Loop thread. Pure.
//
// The rule of relay: a source sends everything once before anything twice (PROTOCOL.md, "Relay").
// Remembers which chunk of ours went to whom, and which fragments are being asked for.
#pragma once

#include "messages/wire/holding.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <vector>

namespace fragcast {

class Spread {
public:
    // Somebody asks for chunks of this fragment.
    void asked(const FragmentRef& fragment, std::uint32_t chunks, Time now);
    // This chunk waits to be sent to one neighbour, was sent, or will not be after all.
    void promised(const ChunkRef& chunk, const PeerId& to, bool urgent, Time now);
    void sent(const ChunkRef& chunk, const PeerId& to, Time now);
    void taken_back(const ChunkRef& chunk, const PeerId& to);
    // This neighbour is gone: what it was sent went to nobody.
    void forget(const PeerId& peer);
    void forget(const FragmentRef& fragment) { sheets_.erase(fragment); }

    // Whether a fragment of this asset that somebody asked for lately, and that passes `sole`
    // (nobody else has it whole), has chunks that went to nobody.
    template <class Sole>
    bool unsent(const AssetId& asset, Time now, Sole&& sole) const {
        for (auto it = sheets_.lower_bound({asset, {}});
             it != sheets_.end() && it->first.asset == asset; ++it)
            if (it->second.unsent > 0 && now - it->second.asked < kLately && sole(it->first))
                return true;
        return false;
    }
    // Which of the chunks went to others than the asker, or are promised to them; and to whom.
    RangeSet with_others(const FragmentRef& fragment, const RangeSet& chunks,
                         const PeerId& asker) const;
    // Of those, the ones that an asker who insists should still have from the others: sent less
    // than `grace` ago, or promised (`urgently`: only where that will be sent before what is calm).
    RangeSet soon_with_others(const FragmentRef& fragment, const RangeSet& chunks,
                              const PeerId& asker, bool urgently, Duration grace, Time now) const;
    // Of those, the ones that are promised to one of `stuck`, and for as long as `grace` went to
    // nobody though they were promised: also where he let it be promised anew.
    RangeSet kept_from_all(const FragmentRef& fragment, const RangeSet& chunks,
                           const std::set<PeerId>& stuck, Duration grace, Time now) const;
    std::size_t size() const { return sheets_.size(); }  // fragments
    std::vector<PeerId> receivers(const FragmentRef& fragment, const RangeSet& chunks) const;
    // For tests and the simulator: the rule that does not hold; nullptr: all do.
    const char* broken() const;

private:
    static constexpr Duration kLately{5'000'000};
    struct Sheet {
        std::vector<std::uint32_t> to;  // for each chunk 1 + the index of its receiver, or 0
        std::vector<Time> sent;         // kNever: promised only
        std::vector<Time> since;        // promised first, and sent to nobody since; kNever: neither
        std::vector<bool> urgent;       // so promised
        std::uint32_t unsent = 0;
        Time asked{};
    };

    Sheet* sheet_of(const ChunkRef& chunk);
    std::uint32_t number_of(const PeerId& peer);

    std::map<FragmentRef, Sheet> sheets_;
    std::map<PeerId, std::uint32_t> numbers_;
    std::vector<PeerId> peers_;  // by number, from 1
    std::vector<std::uint32_t> free_;
};

}  // namespace fragcast

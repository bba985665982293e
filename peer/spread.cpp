#include "peer/spread.hpp"

#include <algorithm>

namespace fragcast {

void Spread::asked(const FragmentRef& fragment, std::uint32_t chunks, Time now) {
    Sheet& sheet = sheets_[fragment];
    sheet.asked = now;
    if (sheet.to.size() == chunks) return;
    sheet.to.assign(chunks, 0);
    sheet.unsent = chunks;
}

void Spread::sent(const ChunkRef& chunk, const PeerId& to) {
    const auto found = sheets_.find(chunk.of());
    if (found == sheets_.end() || chunk.chunk.value >= found->second.to.size()) return;
    std::uint32_t& place = found->second.to[chunk.chunk.value];
    if (place == 0) --found->second.unsent;
    place = number_of(to);
}

// Numbers of peers that are gone are given out again: guests come and go for ever.
std::uint32_t Spread::number_of(const PeerId& peer) {
    const auto known = numbers_.find(peer);
    if (known != numbers_.end()) return known->second;
    if (free_.empty()) {
        peers_.push_back(peer);
        free_.push_back(static_cast<std::uint32_t>(peers_.size()));
    }
    const std::uint32_t number = free_.back();
    free_.pop_back();
    peers_[number - 1] = peer;
    numbers_[peer] = number;
    return number;
}

void Spread::forget(const PeerId& peer) {
    const auto known = numbers_.find(peer);
    if (known == numbers_.end()) return;
    for (auto& [fragment, sheet] : sheets_) {
        for (std::uint32_t& place : sheet.to) {
            if (place != known->second) continue;
            place = 0;
            ++sheet.unsent;
        }
    }
    free_.push_back(known->second);
    numbers_.erase(known);
}

RangeSet Spread::sent_to_others(const FragmentRef& fragment, const RangeSet& chunks,
                                const PeerId& asker) const {
    RangeSet out;
    const auto found = sheets_.find(fragment);
    if (found == sheets_.end()) return out;
    const auto known = numbers_.find(asker);
    const std::uint32_t own = known == numbers_.end() ? 0 : known->second;
    for (const Span& span : chunks.spans())
        for (std::uint32_t chunk = span.begin;
             chunk < std::min<std::size_t>(span.end, found->second.to.size()); ++chunk)
            if (found->second.to[chunk] != 0 && found->second.to[chunk] != own) out.add(chunk);
    return out;
}

std::vector<PeerId> Spread::receivers(const FragmentRef& fragment, const RangeSet& chunks) const {
    std::vector<PeerId> out;
    const auto found = sheets_.find(fragment);
    if (found == sheets_.end()) return out;
    for (const Span& span : chunks.spans())
        for (std::uint32_t chunk = span.begin;
             chunk < std::min<std::size_t>(span.end, found->second.to.size()); ++chunk)
            if (const std::uint32_t place = found->second.to[chunk]; place != 0)
                out.push_back(peers_[place - 1]);
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

}  // namespace fragcast

#include "peer/swarm/serve/spread.hpp"

#include <algorithm>

namespace fragcast {

void Spread::asked(const FragmentRef& fragment, std::uint32_t chunks, Time now) {
    Sheet& sheet = sheets_[fragment];
    sheet.asked = now;
    if (sheet.to.size() == chunks) return;
    sheet.to.assign(chunks, 0);
    sheet.sent.assign(chunks, kNever);
    sheet.since.assign(chunks, kNever);
    sheet.urgent.assign(chunks, false);
    sheet.unsent = chunks;
}

Spread::Sheet* Spread::sheet_of(const ChunkRef& chunk) {
    const auto found = sheets_.find(chunk.of());
    if (found == sheets_.end() || chunk.chunk.value >= found->second.to.size()) return nullptr;
    return &found->second;
}

void Spread::promised(const ChunkRef& chunk, const PeerId& to, bool urgent, Time now) {
    Sheet* sheet = sheet_of(chunk);
    if (sheet == nullptr) return;
    const std::uint32_t index = chunk.chunk.value;
    if (sheet->since[index] == kNever) sheet->since[index] = now;
    const bool sooner = urgent && !sheet->urgent[index] && sheet->sent[index] == kNever;
    if (sheet->to[index] != 0 && !sooner) return;
    sheet->to[index] = number_of(to);
    sheet->urgent[index] = urgent;
}

void Spread::sent(const ChunkRef& chunk, const PeerId& to, Time now) {
    Sheet* sheet = sheet_of(chunk);
    if (sheet == nullptr) return;
    if (sheet->sent[chunk.chunk.value] == kNever) --sheet->unsent;
    sheet->sent[chunk.chunk.value] = now;
    sheet->since[chunk.chunk.value] = kNever;
    sheet->to[chunk.chunk.value] = number_of(to);
}

void Spread::taken_back(const ChunkRef& chunk, const PeerId& to) {
    Sheet* sheet = sheet_of(chunk);
    const auto known = numbers_.find(to);
    if (sheet != nullptr && known != numbers_.end() && sheet->sent[chunk.chunk.value] == kNever &&
        sheet->to[chunk.chunk.value] == known->second)
        sheet->to[chunk.chunk.value] = 0;
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
        for (std::size_t i = 0; i < sheet.to.size(); ++i) {
            if (sheet.to[i] != known->second) continue;
            sheet.to[i] = 0;
            if (sheet.sent[i] != kNever) ++sheet.unsent;
            sheet.sent[i] = kNever;
        }
    }
    free_.push_back(known->second);
    numbers_.erase(known);
}

RangeSet Spread::soon_with_others(const FragmentRef& fragment, const RangeSet& chunks,
                                  const PeerId& asker, bool urgently, Duration grace,
                                  Time now) const {
    RangeSet out = with_others(fragment, chunks, asker);
    const auto found = sheets_.find(fragment);
    if (found == sheets_.end()) return out;
    const Sheet& sheet = found->second;
    for (std::uint32_t chunk = 0; chunk < sheet.sent.size(); ++chunk) {
        const bool promised = sheet.sent[chunk] == kNever;
        if (promised ? urgently && !sheet.urgent[chunk] : now - sheet.sent[chunk] >= grace)
            out.remove(chunk);
    }
    return out;
}

RangeSet Spread::with_others(const FragmentRef& fragment, const RangeSet& chunks,
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

RangeSet Spread::kept_from_all(const FragmentRef& fragment, const RangeSet& chunks,
                               const std::set<PeerId>& stuck, Duration grace, Time now) const {
    RangeSet out;
    const auto found = sheets_.find(fragment);
    if (found == sheets_.end()) return out;
    const Sheet& sheet = found->second;
    for (const Span& span : chunks.spans())
        for (std::uint32_t chunk = span.begin;
             chunk < std::min<std::size_t>(span.end, sheet.to.size()); ++chunk) {
            const bool only_promised = sheet.to[chunk] != 0 && sheet.sent[chunk] == kNever;
            if (only_promised && now - sheet.since[chunk] >= grace &&
                stuck.contains(peers_[sheet.to[chunk] - 1]))
                out.add(chunk);
        }
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

const char* Spread::broken() const {
    if (numbers_.size() + free_.size() != peers_.size()) return "a receiver's number is lost";
    for (const auto& [fragment, sheet] : sheets_) {
        std::uint32_t unsent = 0;
        for (std::size_t i = 0; i < sheet.to.size(); ++i) {
            if (sheet.sent[i] == kNever) ++unsent;
            if (sheet.sent[i] != kNever && sheet.to[i] == 0) return "a chunk was sent to nobody";
        }
        if (unsent != sheet.unsent) return "chunks that went to nobody are counted wrong";
    }
    return nullptr;
}

}  // namespace fragcast

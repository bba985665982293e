#include "peer/swarm/fetch/timeline.hpp"

#include "messages/wire/limits.hpp"

#include <algorithm>

namespace fragcast {

namespace {

constexpr std::uint32_t kUrgentPiece = 4;  // chunks

}  // namespace

Timeline::Timeline(const Manifest& manifest) {
    Duration begin{};
    for (const FragmentInfo& fragment : manifest.fragments) {
        auto micros = static_cast<Duration::rep>(fragment.duration_us);
        if (manifest.kind == AssetKind::file)
            micros =
                static_cast<Duration::rep>(fragment.size * 1'000'000 / limits::kNominalFileRate);
        parts_.push_back({fragment.size, begin, Duration(micros)});
        begin += Duration(micros);
    }
}

Duration Timeline::at(FragmentIndex fragment, std::uint64_t offset) const {
    const Part& part = parts_[fragment.value];
    if (part.size == 0) return part.begin;
    // A fragment has at most 2^30 bytes and 2^45 µs: divided first where the product were too big.
    const auto length = static_cast<std::uint64_t>(part.length.count());
    const std::uint64_t within = std::min(offset, part.size);
    const std::uint64_t time =
        length < (1ULL << 33) ? length * within / part.size : length / part.size * within;
    return part.begin + Duration(static_cast<Duration::rep>(time));
}

std::uint32_t Timeline::chunk_at(FragmentIndex fragment, Duration time) const {
    const std::uint32_t count = chunk_count(parts_[fragment.value].size);
    std::uint32_t low = 0;
    std::uint32_t high = count;
    while (low < high) {
        const std::uint32_t middle = (low + high) / 2;
        if (at(fragment, chunk_offset(ChunkIndex{middle})) < time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void Timeline::add(std::vector<Stretch>& out, FragmentIndex fragment, Span chunks, Zone zone,
                   Duration from, Time due) const {
    const std::uint32_t piece = zone == Zone::urgent ? kUrgentPiece : chunks.size();
    for (std::uint32_t begin = chunks.begin; begin < chunks.end; begin += piece) {
        const Duration ahead = at(fragment, chunk_offset(ChunkIndex{begin})) - from;
        const Time deadline = zone == Zone::far ? kNever : due + std::max(ahead, Duration(0));
        out.push_back({fragment, {begin, std::min(chunks.end, begin + piece)}, zone, deadline});
    }
}

std::vector<Timeline::Stretch> Timeline::stretches(FragmentIndex fragment, std::uint64_t offset,
                                                   Time due, Time now) const {
    std::vector<Stretch> out;
    if (fragment.value >= parts_.size()) return out;
    const Duration from = at(fragment, offset);
    const Duration played = from + std::max(now - due, Duration(0));
    std::uint32_t first = chunks_of_bytes(offset, offset + 1).begin;
    for (auto index = fragment; index.value < parts_.size(); ++index.value) {
        const std::uint32_t count = chunk_count(parts_[index.value].size);
        first = std::min(first, count);
        const std::uint32_t urgent =
            std::max(first, chunk_at(index, played + limits::kUrgentAhead));
        const std::uint32_t near = std::max(urgent, chunk_at(index, played + limits::kNearAhead));
        add(out, index, {first, urgent}, Zone::urgent, from, due);
        add(out, index, {urgent, near}, Zone::near, from, due);
        add(out, index, {near, count}, Zone::far, from, due);
        first = 0;
    }
    return out;
}

}  // namespace fragcast

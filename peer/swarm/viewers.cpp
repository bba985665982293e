#include "peer/swarm/viewers.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

namespace {

constexpr Duration kZonesMove{1'000'000};

// Of a byte, from the asset's start.
std::uint64_t place_of(const Viewers::Film& film, FragmentIndex fragment, std::uint64_t offset) {
    return film.manifest != nullptr && fragment.value < film.manifest->fragments.size()
               ? film.manifest->offset_of(fragment) + offset
               : offset;
}

}  // namespace

// --- playheads -----------------------------------------------------------------------------------

std::optional<ViewerId> Viewers::in_the_way_of(ViewerId viewer) const {
    if (playheads_.contains(viewer) || playheads_.size() < limits::kMaxViewers) return std::nullopt;
    return std::min_element(playheads_.begin(), playheads_.end(),
                            [](const auto& a, const auto& b) {
                                const Playhead& one = a.second;
                                const Playhead& other = b.second;
                                return std::pair(one.set - one.since, one.set) <
                                       std::pair(other.set - other.since, other.set);
                            })
        ->first;
}

Viewers::Moved Viewers::move(ViewerId viewer, const AssetId& asset, FragmentIndex fragment,
                             std::uint64_t offset, const Film& film, Turn& turn) {
    const std::uint64_t here = place_of(film, fragment, offset);
    Playhead next{asset, fragment, offset, turn.now, turn.now, turn.now, here};
    const auto known = playheads_.find(viewer);
    const AssetId before = known == playheads_.end() ? asset : known->second.asset;
    if (known != playheads_.end()) next.since = known->second.since;
    if (known != playheads_.end() && before == asset && film.timeline != nullptr) {
        // Who reads on where it was plays what came before first; who jumped waits.
        const Playhead& old = known->second;
        const std::uint64_t there = place_of(film, old.fragment, old.offset);
        if (here >= there && here <= old.read_to + limits::kChunkBytes) {
            next.due = old.due + (film.timeline->at(fragment, offset) -
                                  film.timeline->at(old.fragment, old.offset));
            next.read_to = std::max(here, old.read_to);
        }
    }
    playheads_[viewer] = next;
    turn.wake_by(turn.now + kZonesMove);
    return {before, too_far(viewer, asset, here, film)};
}

// A stream reads ahead, and small fragments make it read ahead in the next ones: what counts is how
// far a read is from here, not in which fragment.
std::vector<ReadId> Viewers::too_far(ViewerId viewer, const AssetId& asset, std::uint64_t place,
                                     const Film& film) const {
    return readers_that([&](const Read& read) {
        if (read.viewer != viewer || !read.chunk) return false;
        if (read.asset != asset) return true;
        const std::uint64_t at =
            place_of(film, read.chunk->fragment, chunk_offset(read.chunk->chunk));
        return (at > place ? at - place : place - at) > kNearBytes;
    });
}

std::optional<AssetId> Viewers::gone(ViewerId viewer) {
    const auto found = playheads_.find(viewer);
    if (found == playheads_.end()) return std::nullopt;
    const AssetId asset = found->second.asset;
    playheads_.erase(found);
    return asset;
}

void Viewers::stop_playing(const AssetId& asset) {
    std::erase_if(playheads_, [&](const auto& one) { return one.second.asset == asset; });
}

std::optional<FragmentIndex> Viewers::played_from(const AssetId& asset) const {
    std::optional<FragmentIndex> first;
    for (const auto& [viewer, playhead] : playheads_)
        if (playhead.asset == asset && (!first || playhead.fragment < *first))
            first = playhead.fragment;
    return first;
}

// --- readers -------------------------------------------------------------------------------------

void Viewers::wait(ReadId read, ViewerId viewer, const ChunkRef& chunk, Time deadline, Turn& turn) {
    reads_[read] = {viewer, chunk, chunk.asset, turn.now, deadline};
    waiting_[chunk].insert(read);
    turn.wake_by(deadline);
}

void Viewers::wait_for_manifest(ReadId read, const AssetId& asset, Time deadline, Turn& turn) {
    reads_[read] = {{}, std::nullopt, asset, turn.now, deadline};
    turn.wake_by(deadline);
}

void Viewers::asked_for(ViewerId viewer, const ChunkRef& chunk, const Manifest& manifest) {
    const auto found = playheads_.find(viewer);
    if (found == playheads_.end() || found->second.asset != chunk.asset) return;
    const std::uint64_t end =
        manifest.offset_of(chunk.fragment) + chunk_offset(chunk.chunk) + limits::kChunkBytes;
    found->second.read_to = std::max(found->second.read_to, end);
}

std::optional<AssetId> Viewers::end(ReadId read) {
    const auto found = reads_.find(read);
    if (found == reads_.end()) return std::nullopt;
    const Read gone = found->second;
    reads_.erase(found);
    if (gone.chunk) {
        const auto waiting = waiting_.find(*gone.chunk);
        waiting->second.erase(read);
        if (waiting->second.empty()) waiting_.erase(waiting);
    }
    return gone.asset;
}

std::set<ReadId> Viewers::came(const ChunkRef& chunk) {
    auto waited = waiting_.extract(chunk);
    if (waited.empty()) return {};
    for (const ReadId read : waited.mapped())
        reads_.erase(read);
    return std::move(waited.mapped());
}

std::vector<ReadId> Viewers::manifest_came(const AssetId& asset) {
    std::vector<ReadId> out = readers_of_manifest(asset);
    for (const ReadId read : out)
        reads_.erase(read);
    return out;
}

template <class Is>
std::vector<ReadId> Viewers::readers_that(Is is) const {
    std::vector<ReadId> out;
    for (const auto& [id, read] : reads_)
        if (is(read)) out.push_back(id);
    return out;
}

bool Viewers::is_read(const AssetId& asset) const {
    return std::any_of(reads_.begin(), reads_.end(),
                       [&](const auto& one) { return one.second.asset == asset; });
}

std::vector<ReadId> Viewers::readers() const {
    return readers_that([](const Read&) { return true; });
}

std::vector<ReadId> Viewers::readers_of(ViewerId viewer) const {
    if (viewer.value == 0) return {};
    return readers_that([&](const Read& read) { return read.viewer == viewer; });
}

std::vector<ReadId> Viewers::readers_of(const AssetId& asset) const {
    return readers_that([&](const Read& read) { return read.asset == asset; });
}

std::vector<ReadId> Viewers::readers_of_manifest(const AssetId& asset) const {
    return readers_that([&](const Read& read) { return !read.chunk && read.asset == asset; });
}

std::vector<ChunkRef> Viewers::awaited(const AssetId& asset) const {
    std::vector<ChunkRef> out;
    for (auto it = waiting_.lower_bound({asset, {}, {}});
         it != waiting_.end() && it->first.asset == asset; ++it)
        out.push_back(it->first);
    return out;
}

bool Viewers::is_awaited(const FragmentRef& fragment, const RangeSet& chunks) const {
    for (auto it = waiting_.lower_bound({fragment.asset, fragment.index, {}});
         it != waiting_.end() && it->first.of() == fragment; ++it)
        if (chunks.contains(it->first.chunk.value)) return true;
    return false;
}

// --- what follows --------------------------------------------------------------------------------

RangeSet Viewers::wanted(const AssetId& asset, std::uint32_t count) const {
    RangeSet out;
    if (const auto first = played_from(asset)) out.add(Span{first->value, count});
    for (auto it = waiting_.lower_bound({asset, {}, {}});
         it != waiting_.end() && it->first.asset == asset; ++it)
        out.add(it->first.fragment.value);
    return out;
}

std::vector<Timeline::Stretch> Viewers::needs(const AssetId& asset, const Timeline& timeline,
                                              const RangeSet& lacking, Time now) const {
    std::vector<Timeline::Stretch> out;
    for (auto it = waiting_.lower_bound({asset, {}, {}});
         it != waiting_.end() && it->first.asset == asset; ++it) {
        const std::uint32_t chunk = it->first.chunk.value;
        out.push_back({it->first.fragment, Span{chunk, chunk + 1}, Zone::urgent,
                       needed_at(timeline, it->first, it->second)});
    }
    for (const auto& [viewer, playhead] : playheads_) {
        if (playhead.asset != asset) continue;
        for (const Timeline::Stretch& stretch :
             timeline.stretches(playhead.fragment, playhead.offset, playhead.due, now))
            if (lacking.contains(stretch.fragment.value)) out.push_back(stretch);
    }
    return out;
}

// A viewer that reads ahead needs it when what comes before has been played; any other reader at
// once.
Time Viewers::needed_at(const Timeline& timeline, const ChunkRef& chunk,
                        const std::set<ReadId>& readers) const {
    Time first = kNever;
    for (const ReadId id : readers) {
        const Read& read = reads_.at(id);
        const auto known = playheads_.find(read.viewer);
        Time needed = read.since;
        if (known != playheads_.end() && known->second.asset == chunk.asset) {
            const Playhead& playhead = known->second;
            const Duration ahead = timeline.at(chunk.fragment, chunk_offset(chunk.chunk)) -
                                   timeline.at(playhead.fragment, playhead.offset);
            needed = std::max(needed, playhead.due + ahead);
        }
        first = std::min(first, needed);
    }
    return first;
}

// --- time ----------------------------------------------------------------------------------------

std::vector<Viewers::Late> Viewers::late(Turn& turn) const {
    std::vector<Late> out;
    for (const auto& [id, read] : reads_) {
        if (read.deadline <= turn.now)
            out.push_back({id, read.asset});
        else
            turn.wake_by(read.deadline);
    }
    return out;
}

std::vector<ViewerId> Viewers::silent(Turn& turn) const {
    std::vector<ViewerId> out;
    for (const auto& [viewer, playhead] : playheads_) {
        if (turn.now - playhead.set >= limits::kPlayhead)
            out.push_back(viewer);
        else
            turn.wake_by(std::min(playhead.set + limits::kPlayhead, turn.now + kZonesMove));
    }
    return out;
}

const char* Viewers::broken() const {
    std::size_t readers = 0;
    for (const auto& [chunk, reading] : waiting_) {
        if (reading.empty()) return "a chunk is waited for by nobody";
        readers += reading.size();
        for (const ReadId id : reading) {
            const auto read = reads_.find(id);
            if (read == reads_.end() || read->second.chunk != chunk)
                return "a reader that is gone waits";
        }
    }
    const auto of_chunks = std::count_if(
        reads_.begin(), reads_.end(), [](const auto& one) { return one.second.chunk.has_value(); });
    if (readers != static_cast<std::size_t>(of_chunks)) return "a reader waits for no chunk";
    if (reads_.size() > limits::kMaxReads) return "too many readers wait";
    return playheads_.size() > limits::kMaxViewers ? "too many play" : nullptr;
}

}  // namespace fragcast

#include "tests/sim/sim_disk.hpp"

namespace fragcast::sim {

// --- facts ---------------------------------------------------------------------------------------

const SimDisk::Asset* SimDisk::find(const AssetId& asset) const {
    const auto it = assets_.find(asset);
    return it == assets_.end() ? nullptr : &it->second;
}

const SimDisk::Fragment* SimDisk::find(const FragmentRef& fragment) const {
    const Asset* asset = find(fragment.asset);
    if (!asset) return nullptr;
    const auto it = asset->fragments.find(fragment.index);
    return it == asset->fragments.end() ? nullptr : &it->second;
}

SimDisk::Fragment* SimDisk::mutable_find(const FragmentRef& fragment) {
    const auto it = assets_.find(fragment.asset);
    if (it == assets_.end() || fragment.index.value >= it->second.asset.fragments()) return nullptr;
    return &it->second.fragments[fragment.index];
}

bool SimDisk::proven(const ChunkRef& chunk) const {
    const Fragment* fragment = find(chunk.of());
    return fragment && fragment->proven.contains(chunk.chunk.value);
}

bool SimDisk::done(const FragmentRef& fragment) const {
    const Fragment* found = find(fragment);
    return found && found->done;
}

RangeSet SimDisk::done(const AssetId& asset) const {
    RangeSet done;
    if (const Asset* found = find(asset))
        for (const auto& [index, fragment] : found->fragments)
            if (fragment.done) done.add(index.value);
    return done;
}

bool SimDisk::whole(const AssetId& asset) const {
    const Asset* found = find(asset);
    return found && done(asset).contains(Span{0, found->asset.fragments()});
}

std::vector<StoredAsset> SimDisk::stored() const {
    std::vector<StoredAsset> stored;
    for (const auto& [id, asset] : assets_) {
        stored.push_back({id, asset.asset.manifest, {done(id), {}}, {}});
        for (const auto& [index, fragment] : asset.fragments)
            if (fragment.done && fragment.loose) stored.back().loose.add(index.value);
    }
    return stored;
}

// --- from outside --------------------------------------------------------------------------------

void SimDisk::put(const SimAsset& asset, const RangeSet& fragments) {
    Asset& here = assets_[asset.id];
    here.asset = asset;
    for (std::uint32_t i = 0; i < asset.fragments(); ++i) {
        if (!fragments.contains(i)) continue;
        Fragment& fragment = here.fragments[FragmentIndex{i}];
        fragment.proof = fragment.done = true;
        fragment.loose = false;
        fragment.proven = fragment.durable = RangeSet::up_to(asset.chunks(FragmentIndex{i}));
        used_ += asset.manifest->fragments[i].size;
    }
}

void SimDisk::mirror(const FragmentRef& ref, const RangeSet& proven, bool done) {
    Fragment& fragment = assets_.at(ref.asset).fragments[ref.index];
    fragment.proof = done || !proven.empty();
    fragment.done = done;
    fragment.proven = fragment.durable = proven;
}

void SimDisk::crash() {
    ++incarnation_;
    free_ = clock_.now();
    used_ = 0;
    for (auto& [id, asset] : assets_)
        for (auto& [index, fragment] : asset.fragments) {
            if (!fragment.done) fragment.proven = fragment.durable;
            for (const Span span : fragment.proven.spans())
                for (std::uint32_t i = span.begin; i < span.end; ++i)
                    used_ += asset.asset.length({id, index, ChunkIndex{i}});
        }
}

void SimDisk::perform(std::uint64_t bytes, std::function<void()> what) {
    free_ = std::max(free_, clock_.now()) + options_.delay;
    if (options_.rate)
        free_ += Duration{static_cast<Duration::rep>(bytes * 1'000'000 / options_.rate)};
    clock_.at(free_, [this, incarnation = incarnation_, what = std::move(what)] {
        if (incarnation == incarnation_) what();
    });
}

// --- operations ----------------------------------------------------------------------------------

void SimDisk::keep_manifest(const SimAsset& asset, Kept answer) {
    perform(asset.body->size(), [this, asset, answer = std::move(answer)] {
        assets_[asset.id].asset = asset;
        answer(StoreVerdict::stored);
    });
}

void SimDisk::keep_proof(const FragmentRef& ref, bool good, ProofKept answer) {
    perform(0, [this, ref, good, answer = std::move(answer)] {
        RangeSet proven;
        const StoreVerdict verdict = prove(ref, good, proven);
        answer(verdict, proven);
    });
}

// What lies there of an unfinished fragment counts as far as it matches; the rest is as if it were
// not there.
StoreVerdict SimDisk::prove(const FragmentRef& ref, bool good, RangeSet& proven) {
    if (!good) return StoreVerdict::bad;
    Fragment* fragment = mutable_find(ref);
    if (!fragment) return StoreVerdict::unwanted;
    fragment->proof = true;
    if (!fragment->done) {
        for (const Span span : fragment->spoilt.spans())
            for (std::uint32_t i = span.begin; i < span.end; ++i)
                if (fragment->proven.contains(i))
                    used_ -= find(ref.asset)->asset.length({ref.asset, ref.index, ChunkIndex{i}});
        fragment->proven.remove(fragment->spoilt);
        fragment->durable.remove(fragment->spoilt);
        fragment->spoilt = {};
    }
    proven = fragment->proven;
    const std::uint32_t chunks = find(ref.asset)->asset.chunks(ref.index);
    if (!fragment->done && proven.contains(Span{0, chunks})) finish_later(ref);
    return StoreVerdict::stored;
}

void SimDisk::keep_chunk(const ChunkRef& chunk, bool good, Kept answer) {
    const Asset* asset = find(chunk.asset);
    perform(asset ? asset->asset.length(chunk) : 0,
            [this, chunk, good, answer = std::move(answer)] { answer(write(chunk, good)); });
}

StoreVerdict SimDisk::write(const ChunkRef& chunk, bool good) {
    if (!good) return StoreVerdict::bad;
    Fragment* fragment = mutable_find(chunk.of());
    if (!fragment || !fragment->proof || fragment->done ||
        fragment->proven.contains(chunk.chunk.value))
        return StoreVerdict::unwanted;
    const SimAsset& asset = find(chunk.asset)->asset;
    const std::uint32_t length = asset.length(chunk);
    if (options_.capacity && used_ + length > options_.capacity) return StoreVerdict::full;
    used_ += length;
    fragment->proven.add(chunk.chunk.value);
    if (random_.chance(options_.spoils_percent)) fragment->spoilt.add(chunk.chunk.value);
    if (fragment->proven.contains(Span{0, asset.chunks(chunk.fragment)}))
        finish_later(chunk.of());
    else
        flush_later(chunk);
    return StoreVerdict::stored;
}

void SimDisk::flush_later(const ChunkRef& chunk) {
    clock_.after(options_.flush, [this, chunk, incarnation = incarnation_] {
        if (incarnation == incarnation_ && proven(chunk))
            mutable_find(chunk.of())->durable.add(chunk.chunk.value);
    });
}

void SimDisk::finish_later(const FragmentRef& ref) {
    clock_.after(options_.sync, [this, ref, incarnation = incarnation_] {
        Fragment* fragment = mutable_find(ref);
        if (incarnation != incarnation_ || !fragment || fragment->done) return;
        const std::uint32_t chunks = find(ref.asset)->asset.chunks(ref.index);
        if (!fragment->proven.contains(Span{0, chunks})) return;  // dropped meanwhile
        fragment->done = true;
        fragment->durable = fragment->proven;
        on_done_(ref);
    });
}

void SimDisk::load_chunk(const ChunkRef& chunk, Loaded answer) {
    const Asset* asset = find(chunk.asset);
    perform(asset ? asset->asset.length(chunk) : 0, [this, chunk, answer = std::move(answer)] {
        const bool here = proven(chunk);
        answer(here, here && !find(chunk.of())->spoilt.contains(chunk.chunk.value));
    });
}

void SimDisk::load_proof(const FragmentRef& ref, Loaded answer) {
    perform(0, [this, ref, answer = std::move(answer)] {
        const Fragment* fragment = find(ref);
        answer(fragment && fragment->proof, true);
    });
}

void SimDisk::drop_fragment(const FragmentRef& ref) {
    const Fragment* fragment = find(ref);
    if (!fragment) return;
    const SimAsset& asset = find(ref.asset)->asset;
    for (const Span span : fragment->proven.spans())
        for (std::uint32_t i = span.begin; i < span.end; ++i)
            used_ -= asset.length({ref.asset, ref.index, ChunkIndex{i}});
    assets_[ref.asset].fragments.erase(ref.index);
}

void SimDisk::drop_asset(const AssetId& id, std::function<void()> dropped) {
    perform(0, [this, id, dropped = std::move(dropped)] {
        const Asset* asset = find(id);
        while (asset && !asset->fragments.empty())
            drop_fragment({id, asset->fragments.begin()->first});
        assets_.erase(id);
        dropped();
    });
}

void SimDisk::doubt(const ChunkRef& chunk, std::function<void()> damaged) {
    perform(0, [this, chunk, damaged = std::move(damaged)] {
        Fragment* fragment = mutable_find(chunk.of());
        if (!fragment || !fragment->spoilt.contains(chunk.chunk.value)) return;
        // What is right of it counts again with its proof.
        fragment->done = fragment->proof = false;
        damaged();
    });
}

void SimDisk::mark(const AssetId& id, const RangeSet& fragments, bool kept) {
    const auto asset = assets_.find(id);
    if (asset == assets_.end()) return;
    for (auto& [index, fragment] : asset->second.fragments)
        if (fragment.done && fragments.contains(index.value)) fragment.loose = !kept;
}

void SimDisk::decline(const AssetId& asset, bool declined) {
    if (declined)
        declined_.insert(asset);
    else
        declined_.erase(asset);
}

}  // namespace fragcast::sim

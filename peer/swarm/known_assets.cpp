#include "peer/swarm/known_assets.hpp"

#include <utility>

namespace fragcast {

std::uint32_t KnownAsset::fragments() const {
    return manifest ? static_cast<std::uint32_t>(manifest->fragments.size()) : record.fragments;
}
std::uint32_t KnownAsset::replicas() const {
    return manifest ? manifest->replicas : record.replicas;
}
std::uint64_t KnownAsset::size(FragmentIndex fragment) const {
    return manifest->fragments[fragment.value].size;
}
std::uint32_t KnownAsset::length(FragmentIndex fragment, ChunkIndex chunk) const {
    return chunk_length(size(fragment), chunk);
}

const KnownAsset* KnownAssets::find(const AssetId& asset) const {
    const auto found = rows_.find(asset);
    return found == rows_.end() ? nullptr : &found->second;
}

const KnownAsset& KnownAssets::add(const AssetId& asset) {
    const auto [at, anew] = rows_.try_emplace(asset);
    if (anew) at->second.id = at->second.record.id = asset;
    return at->second;
}

std::vector<const KnownAsset*> KnownAssets::meant(const NameOrId<AssetId>& word,
                                                  std::size_t most) const {
    std::map<AssetId, const KnownAsset*> fit;  // a name and the beginning of an id may be one word
    if (word.is_name(word.word()))
        for (auto at = names_.lower_bound({word.word(), AssetId{}});
             at != names_.end() && at->first == word.word() && fit.size() < most; ++at)
            fit.emplace(at->second, &rows_.at(at->second));
    if (word.range()) {
        std::size_t looks = 0;  // anybody may name any number of ids that begin alike
        for (auto at = rows_.lower_bound(word.range()->first);
             at != rows_.end() && word.begins(at->first) && fit.size() < most && looks < 8 * most;
             ++at, ++looks)
            if (at->second.told) fit.emplace(at->first, &at->second);
    }
    std::vector<const KnownAsset*> out;
    out.reserve(fit.size());
    for (const auto& [id, asset] : fit)
        out.push_back(asset);
    return out;
}

// Its record may be another from here to named().
KnownAsset& KnownAssets::renaming(const AssetId& asset) {
    KnownAsset& known = rows_.at(asset);
    if (known.told) names_.erase({known.record.name, asset});
    return known;
}

void KnownAssets::named(KnownAsset& known) {
    known.told = true;
    names_.insert({known.record.name, known.id});
}

bool KnownAssets::learn(const AssetRecord& record) {
    if (rows_.at(record.id).told) return false;
    KnownAsset& known = renaming(record.id);
    known.record = record;
    named(known);
    return true;
}

bool KnownAssets::manifest_came(const AssetId& asset, std::shared_ptr<const Manifest> manifest) {
    if (rows_.at(asset).manifest) return false;
    KnownAsset& known = renaming(asset);
    changed_.insert(asset);
    known.manifest = std::move(manifest);
    // What others said of it counted only until its own description was here.
    known.record = record_of(asset, *known.manifest);
    named(known);
    known.timeline = std::make_shared<Timeline>(*known.manifest);
    return true;
}

void KnownAssets::manifest_gone(const AssetId& asset) {
    KnownAsset& known = rows_.at(asset);
    changed_.insert(asset);
    if (known.manifest) ++removals_;
    known.manifest.reset();
    known.timeline.reset();
}

void KnownAssets::forget(const AssetId& asset) {
    if (!rows_.contains(asset)) return;
    renaming(asset);
    rows_.erase(asset);
}

void KnownAssets::dropping(const AssetId& asset, bool is) {
    rows_.at(asset).dropping = is;
}

bool KnownAssets::published(const AssetId& asset, const Header& said) {
    KnownAsset& known = rows_.at(asset);
    if (known.published == said) return false;
    known.published = said;
    return true;
}

const char* KnownAssets::broken() const {
    std::size_t told = 0;
    for (const auto& [id, known] : rows_) {
        told += known.told ? 1 : 0;
        if (known.told && !names_.contains({known.record.name, id}))
            return "assets: one is not found by its name";
        if (known.id != id || known.record.id != id) return "assets: a row is of another";
        if ((known.manifest == nullptr) != (known.timeline == nullptr))
            return "assets: a timeline without a manifest, or the reverse";
        if (known.manifest && !known.told) return "assets: its manifest is here, and no record";
    }
    return names_.size() == told ? nullptr : "assets: one is found by a name that it has not";
}

}  // namespace fragcast

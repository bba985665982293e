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

bool KnownAssets::learn(const AssetRecord& record) {
    KnownAsset& known = rows_.at(record.id);
    if (known.told) return false;
    known.record = record;
    known.told = true;
    return true;
}

bool KnownAssets::manifest_came(const AssetId& asset, std::shared_ptr<const Manifest> manifest) {
    KnownAsset& known = rows_.at(asset);
    if (known.manifest) return false;
    changed_.insert(asset);
    known.manifest = std::move(manifest);
    // What others said of it counted only until its own description was here.
    known.record = record_of(asset, *known.manifest);
    known.told = true;
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
    for (const auto& [id, known] : rows_) {
        if (known.id != id || known.record.id != id) return "assets: a row is of another";
        if ((known.manifest == nullptr) != (known.timeline == nullptr))
            return "assets: a timeline without a manifest, or the reverse";
        if (known.manifest && !known.told) return "assets: its manifest is here, and no record";
    }
    return nullptr;
}

}  // namespace fragcast

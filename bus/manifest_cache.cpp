#include "bus/manifest_cache.hpp"

#include "messages/wire/limits.hpp"

#include <algorithm>

namespace fragcast {

const AssetRecord* ManifestCache::record(const AssetId& asset) const {
    const auto at = kept_.find(asset);
    return at == kept_.end() ? nullptr : &at->second.record;
}

bool ManifestCache::may_ask(const AssetId& asset, const Route& of) const {
    if (coming_.size() >= limits::kMaxManifestsComing || kept_.count(asset) != 0 ||
        coming_.count(asset) != 0 || lapsed_.count(of) != 0)
        return false;
    const auto theirs = std::count_if(coming_.begin(), coming_.end(),
                                      [&](const auto& entry) { return entry.second.from == of; });
    return theirs < limits::kMaxManifestsComingOfOne;
}

void ManifestCache::asked(const AssetId& asset, const Route& of, Time now) {
    coming_[asset] = Coming{of, {}, now, now};
}

std::optional<Result<AssetRecord>> ManifestCache::on_part(const Route& from,
                                                          const ManifestPart& part,
                                                          const Payload& payload, Time now) {
    const auto at = coming_.find(part.asset);
    if (at == coming_.end() || at->second.from != from)
        return fail(ErrorKind::refused, "a manifest that nobody asked for");
    Bytes& body = at->second.body;
    const std::uint64_t end = part.offset + payload.size();
    const bool last = end == part.total;
    if (part.total > limits::kMaxManifestBytes || part.offset != body.size() || end > part.total ||
        (!last && payload.size() != limits::kManifestPartBytes)) {
        coming_.erase(at);
        return fail(ErrorKind::invalid, "a part of a manifest out of order or of a wrong size");
    }
    body.insert(body.end(), payload.data(), payload.data() + payload.size());
    // It sends one after the other.
    for (auto& [id, coming] : coming_)
        if (coming.from == from) coming.progress = now;
    if (!last) return std::nullopt;
    Bytes whole = std::move(body);
    coming_.erase(at);
    return keep(part.asset, std::move(whole));
}

Result<AssetRecord> ManifestCache::keep(const AssetId& asset, Bytes body) {
    if (id_of_manifest(body) != asset)
        return fail(ErrorKind::invalid, "a manifest whose hash is not its asset's id");
    const auto manifest = decode_manifest(body.data(), body.size());
    if (!manifest) return manifest.error();
    make_room(body.size());
    bytes_ += body.size();
    Kept& kept = kept_[asset];
    kept = {std::make_shared<const Bytes>(std::move(body)), record_of(asset, *manifest), ++uses_};
    by_use_.insert({kept.used, asset});
    return kept.record;
}

void ManifestCache::make_room(std::size_t bytes) {
    while (!by_use_.empty() && bytes_ + bytes > limit_bytes_) {
        const auto oldest = kept_.find(by_use_.begin()->second);
        bytes_ -= oldest->second.body->size();
        kept_.erase(oldest);
        by_use_.erase(by_use_.begin());
    }
}

void ManifestCache::expire(Time now) {
    std::erase_if(
        lapsed_, [now](const auto& entry) { return entry.second + limits::kManifestAgain <= now; });
    std::erase_if(coming_, [&](const auto& entry) {
        const Coming& coming = entry.second;
        const bool lapsed = coming.progress + limits::kManifestProgress <= now ||
                            coming.asked + limits::kManifestWhole <= now;
        if (lapsed) remember_lapsed(coming.from, now);
        return lapsed;
    });
}

void ManifestCache::remember_lapsed(const Route& route, Time now) {
    if (lapsed_.size() >= limits::kMaxLapsed)
        lapsed_.erase(
            std::min_element(lapsed_.begin(), lapsed_.end(),
                             [](const auto& a, const auto& b) { return a.second < b.second; }));
    lapsed_[route] = now;
}

Result<ManifestCache::Part> ManifestCache::part(const AssetId& asset, std::uint64_t offset) {
    const auto at = kept_.find(asset);
    if (at == kept_.end())
        return fail(ErrorKind::not_found,
                    "no manifest of " + asset.short_text() + " here; ask a holder");
    Kept& kept = at->second;
    const std::size_t total = kept.body->size();
    if (offset >= total)
        return fail(ErrorKind::invalid, "offset " + std::to_string(offset) +
                                            " is beyond the manifest's " + std::to_string(total) +
                                            " bytes");
    by_use_.erase({kept.used, asset});
    kept.used = ++uses_;
    by_use_.insert({kept.used, asset});
    const std::size_t length =
        std::min<std::size_t>(total - static_cast<std::size_t>(offset), limits::kManifestPartBytes);
    return Part{total, Payload(kept.body->data() + offset, length, kept.body)};
}

}  // namespace fragcast

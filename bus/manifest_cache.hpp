// bus_core: pure. One thread: its owner's.
//
// Manifests that peers sent when asked, each proven by its hash: so that an asset can be looked at
// while those who have it cannot be dialled. Bounded by kMaxManifestCacheBytes; what was asked for
// longest ago goes first. What is under way is bounded by how many are asked for at once.
#pragma once

#include "bus/leases.hpp"
#include "messages/wire/directory.hpp"
#include "messages/wire/manifest.hpp"
#include "messages/wire/payload.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

namespace fragcast {

class ManifestCache {
public:
    explicit ManifestCache(std::size_t limit_bytes = limits::kMaxManifestCacheBytes)
        : limit_bytes_(limit_bytes) {}

    // What the record of a kept manifest is; nothing: not kept.
    const AssetRecord* record(const AssetId& asset) const;
    std::size_t bytes() const { return bytes_; }

    // Whether to ask this connection for it now: neither kept nor under way, slots free, and
    // nothing that it was asked for lapsed of late.
    bool may_ask(const AssetId& asset, const Route& of) const;
    void asked(const AssetId& asset, const Route& of, Time now);
    // The next part. Nothing: go on. A record: the manifest is whole, proven and kept. Errors:
    // invalid (not its hash, not in order, not a manifest), refused (nobody asked).
    std::optional<Result<AssetRecord>> on_part(const Route& from, const ManifestPart& part,
                                               const Payload& payload, Time now);
    // Gives up what a connection sent no part of for kManifestProgress, or not all in
    // kManifestWhole; it is not asked again for kManifestAgain.
    void expire(Time now);

    struct Part {
        std::uint64_t total = 0;
        Payload bytes;
    };
    // Errors: not_found; invalid (an offset beyond the end).
    Result<Part> part(const AssetId& asset, std::uint64_t offset);

private:
    struct Kept {
        std::shared_ptr<const Bytes> body;
        AssetRecord record;
        std::uint64_t used = 0;  // larger is later
    };
    struct Coming {
        Route from;
        Bytes body;
        Time asked;
        Time progress;  // of its connection
    };
    void remember_lapsed(const Route& route, Time now);
    Result<AssetRecord> keep(const AssetId& asset, Bytes body);
    void make_room(std::size_t bytes);

    std::size_t limit_bytes_;
    std::size_t bytes_ = 0;
    std::uint64_t uses_ = 0;
    std::map<AssetId, Kept> kept_;
    std::set<std::pair<std::uint64_t, AssetId>> by_use_;
    std::map<AssetId, Coming> coming_;
    std::map<Route, Time> lapsed_;
};

}  // namespace fragcast

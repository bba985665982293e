// Loop thread. Pure.
//
// What is known of each asset: its record, as others told it or its manifest has it, and the
// manifest, once it is here. An id has one manifest, and so one record: what came once is never
// replaced but by the manifest itself.
#pragma once

#include "messages/wire/manifest.hpp"
#include "messages/wire/message.hpp"
#include "messages/wire/name_or_id.hpp"
#include "messages/wire/records.hpp"
#include "peer/swarm/fetch/timeline.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace fragcast {

struct KnownAsset {
    AssetId id;
    AssetRecord record;
    bool told = false;                         // the record is known, not only the id
    std::shared_ptr<const Manifest> manifest;  // nullptr: it is not here
    std::shared_ptr<const Timeline> timeline;  // with the manifest
    bool dropping = false;                     // the store has not yet said that it is gone
    Header published;                          // of the last word that it was

    // As its manifest has it, or as others said.
    std::uint32_t fragments() const;
    std::uint32_t replicas() const;
    // Of a fragment of the manifest, which must be here.
    std::uint64_t size(FragmentIndex fragment) const;
    std::uint32_t length(FragmentIndex fragment, ChunkIndex chunk) const;  // of a chunk, in bytes
};

class KnownAssets {
public:
    const KnownAsset* find(const AssetId& asset) const;  // nullptr: never heard of
    const KnownAsset& at(const AssetId& asset) const { return rows_.at(asset); }
    const std::map<AssetId, KnownAsset>& all() const { return rows_; }
    std::size_t size() const { return rows_.size(); }
    // Those whose record is known that a word means, by id, and `most` of them at most. What it
    // costs does not grow with how many are known.
    std::vector<const KnownAsset*> meant(const NameOrId<AssetId>& word, std::size_t most) const;

    // Its id is known from now on, if it was not.
    const KnownAsset& add(const AssetId& asset);
    // What others say that it is; it must have been added. False: that is known.
    bool learn(const AssetRecord& record);
    // False: it was here.
    bool manifest_came(const AssetId& asset, std::shared_ptr<const Manifest> manifest);
    void manifest_gone(const AssetId& asset);
    // How many that were here went, since we started.
    std::uint64_t removals() const { return removals_; }
    // Whose manifest came or went since the last call.
    std::set<AssetId> take_changed() { return std::exchange(changed_, {}); }
    void dropping(const AssetId& asset, bool is);
    // It is said that it was published; every bus carries that. False: this word of it was heard.
    bool published(const AssetId& asset, const Header& said);
    // As if nobody had ever named it.
    void forget(const AssetId& asset);

    // For tests: the rule that does not hold; nullptr: all do.
    const char* broken() const;

private:
    // A name and an id; within the row whose record is known, which stays where it is.
    using Named = std::pair<std::string_view, AssetId>;
    KnownAsset& renaming(const AssetId& asset);
    void named(KnownAsset& known);

    std::map<AssetId, KnownAsset> rows_;
    std::set<Named> names_;
    std::uint64_t removals_ = 0;
    std::set<AssetId> changed_;
};

}  // namespace fragcast

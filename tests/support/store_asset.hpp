// Any thread: a value. A whole asset with its bytes, for tests of what keeps and moves them.
#pragma once

#include "messages/wire/manifest.hpp"

#include <span>
#include <string>
#include <vector>

namespace fragcast::test {

struct StoreAsset {
    Manifest manifest;
    Bytes body;  // encoded
    AssetId id;
    std::vector<Bytes> fragments;

    FragmentRef ref(std::uint32_t fragment) const { return {id, FragmentIndex{fragment}}; }
    ChunkRef ref(std::uint32_t fragment, std::uint32_t chunk) const {
        return {id, FragmentIndex{fragment}, ChunkIndex{chunk}};
    }
    std::uint32_t chunks(std::uint32_t fragment) const {
        return chunk_count(fragments[fragment].size());
    }
    std::span<const std::uint8_t> chunk(std::uint32_t fragment, std::uint32_t index) const;
    Bytes proof(std::uint32_t fragment) const;
    // Init (of a video) and fragments, as a player or `get` has them.
    Bytes whole() const;
};

// Made-up bytes, alike for the same arguments, in fragments of these sizes.
StoreAsset make_store_asset(const std::string& name, const std::vector<std::size_t>& sizes,
                            AssetKind kind = AssetKind::file);

}  // namespace fragcast::test

#include "tests/support/store_asset.hpp"

#include "messages/wire/hash.hpp"

#include <numeric>
#include <random>
#include <stdexcept>


namespace fragcast::test {

static Proof proof_of(const Bytes& fragment) {
    Proof proof;
    for (std::uint32_t i = 0; i < chunk_count(fragment.size()); ++i)
        proof.push_back(sha256(std::span(fragment).subspan(
            chunk_offset(ChunkIndex{i}), chunk_length(fragment.size(), ChunkIndex{i}))));
    return proof;
}

std::span<const std::uint8_t> StoreAsset::chunk(std::uint32_t fragment, std::uint32_t index) const {
    const Bytes& bytes = fragments[fragment];
    return std::span(bytes).subspan(chunk_offset(ChunkIndex{index}),
                                    chunk_length(bytes.size(), ChunkIndex{index}));
}

Bytes StoreAsset::proof(std::uint32_t fragment) const {
    return proof_bytes(proof_of(fragments[fragment]));
}

Bytes StoreAsset::whole() const {
    Bytes out = manifest.media ? manifest.media->init : Bytes{};
    for (const Bytes& fragment : fragments)
        out.insert(out.end(), fragment.begin(), fragment.end());
    return out;
}

StoreAsset make_store_asset(const std::string& name, const std::vector<std::size_t>& sizes,
                            AssetKind kind) {
    StoreAsset asset;
    std::mt19937_64 chance(std::accumulate(name.begin(), name.end(), std::uint64_t{sizes.size()}));
    Manifest& manifest = asset.manifest;
    manifest.name = name;
    manifest.kind = kind;
    manifest.mime = kind == AssetKind::video ? "video/mp4" : "application/octet-stream";
    if (kind == AssetKind::video) {
        manifest.media.emplace();
        manifest.media->codecs = "avc1.64001f";
        manifest.media->init = {'i', 'n', 'i', 't', 0, 1, 2, 3};
    }
    for (const std::size_t size : sizes) {
        Bytes bytes(size);
        for (std::size_t at = 0; at < size; at += 8) {
            const std::uint64_t value = chance();
            for (std::size_t i = at; i < std::min(size, at + 8); ++i)
                bytes[i] = static_cast<std::uint8_t>(value >> (8 * (i - at)));
        }
        FragmentInfo info;
        info.size = size;
        info.hash = hash_of_proof(proof_of(bytes));
        if (kind == AssetKind::video) {
            info.duration_us = 1'000'000;
            info.ranges.push_back({0, size, 1'000'000});
        }
        manifest.fragments.push_back(info);
        asset.fragments.push_back(std::move(bytes));
    }
    manifest.source = {name, manifest.size(), sha256(asset.whole()), {}, {}};
    auto body = encode_manifest(manifest);
    if (!body) throw std::logic_error(body.error().text);
    asset.body = *body;
    asset.id = id_of_manifest(asset.body);
    return asset;
}

}  // namespace fragcast::test

// One thread. What the tests of the stores do again and again.
#pragma once

#include "messages/wire/asset_folder.hpp"
#include "messages/wire/limits.hpp"
#include "peer/store/fragment_store.hpp"
#include "tests/support/memory_files.hpp"
#include "tests/support/store_asset.hpp"

#include <string>
#include <utility>

#include <doctest/doctest.h>

namespace fragcast::test {

namespace fs = std::filesystem;
using Unsynced = MemoryFiles::Unsynced;

inline const fs::path kStore = "/store";
inline constexpr std::size_t kChunk = limits::kChunkBytes;

template <class T>
std::string text_of(const Result<T>& result) {
    return result ? "" : result.error().text;
}

// How a call ended: nothing is success.
template <class T>
std::optional<ErrorKind> fault_of(const Result<T>& result) {
    return result ? std::nullopt : std::optional(result.error().kind);
}

template <class T>
T must(Result<T> result) {
    REQUIRE_MESSAGE(result.ok(), text_of(result));
    return std::move(*result);
}

inline std::unique_ptr<FragmentStore> open_store(Files& files, const fs::path& root = kStore) {
    return must(FragmentStore::open(files, root, "peer1"));
}

// One operation fails, once, where it touches a path that ends in `part`.
inline void fail_once(MemoryFiles& files, Op op, std::string part) {
    files.set_fault([=, done = false](Op now, const fs::path& path) mutable {
        if (done || now != op || !path.string().ends_with(part)) return std::optional<ErrorKind>();
        done = true;
        return std::optional(ErrorKind::io);
    });
}

inline fs::path folder_of(const StoreAsset& asset, std::size_t digits = 8) {
    return kStore / "assets" / asset_folder_name(asset.manifest.name, asset.id, digits);
}

inline fs::path fragment_path(const StoreAsset& asset, std::uint32_t i) {
    return folder_of(asset) / fragment_file(asset.manifest, FragmentIndex{i});
}

inline fs::path partial_path(const StoreAsset& asset, std::uint32_t i) {
    return folder_of(asset) / partial_file(asset.manifest, FragmentIndex{i});
}

inline fs::path proof_path(const StoreAsset& asset, std::uint32_t i) {
    return folder_of(asset) / proof_file(asset.manifest, FragmentIndex{i});
}

// As the actor does it: only what is missing is given. `given` counts the chunks.
inline Status fetch(ChunkStore& store, const StoreAsset& asset, std::uint32_t fragment,
                    std::uint32_t* given = nullptr) {
    if (auto kept = store.keep_manifest(asset.id, asset.body); !kept) return kept.error();
    const auto proven = store.keep_proof(asset.ref(fragment), asset.proof(fragment));
    if (!proven) return proven.error();
    for (std::uint32_t i = 0; i < asset.chunks(fragment); ++i) {
        if (proven->contains(i)) continue;
        if (given != nullptr) ++*given;
        if (auto kept = store.keep_chunk(asset.ref(fragment, i), asset.chunk(fragment, i)); !kept)
            return kept;
    }
    return store.finish_fragment(asset.ref(fragment));
}

// The fragments that count now and did not before.
inline std::vector<FragmentRef> prove_all(ChunkStore& store) {
    Proving found;
    while (store.prove_some(found)) {
    }
    return found.counting;
}

// Which fragments count, as text: "0-2,4".
inline std::string counts(const FragmentStore& store, const AssetId& id) {
    for (const StoredAsset& asset : store.assets())
        if (asset.id == id) return asset.holding.fragments.text();
    return "no such asset";
}

inline bool same(const Result<Payload>& got, std::span<const std::uint8_t> wanted) {
    return got && std::equal(got->view().begin(), got->view().end(), wanted.begin(), wanted.end());
}

// Every chunk and the proof of one fragment, read back.
inline bool reads_right(ChunkStore& store, const StoreAsset& asset, std::uint32_t fragment) {
    for (std::uint32_t i = 0; i < asset.chunks(fragment); ++i)
        if (!same(store.load_chunk(asset.ref(fragment, i)), asset.chunk(fragment, i))) return false;
    return same(store.load_proof(asset.ref(fragment)), asset.proof(fragment));
}

// As the cutter or `fragcast split` leaves a folder: durable, without `held`.
inline void put_cut_folder(MemoryFiles& files, const fs::path& folder, const StoreAsset& asset) {
    files.put(folder / kManifestFile, encode_envelope({asset.body, {}, {}}));
    if (asset.manifest.media) files.put(folder / kInitFile, asset.manifest.media->init);
    for (std::uint32_t i = 0; i < asset.fragments.size(); ++i) {
        files.put(folder / fragment_file(asset.manifest, FragmentIndex{i}), asset.fragments[i]);
        files.put(folder / proof_file(asset.manifest, FragmentIndex{i}), asset.proof(i));
    }
}

inline std::vector<FragmentRef> refs(const StoreAsset& asset,
                                     std::initializer_list<std::uint32_t> which) {
    std::vector<FragmentRef> out;
    for (const std::uint32_t i : which)
        out.push_back(asset.ref(i));
    return out;
}

inline void fill_store(FragmentStore& store, const StoreAsset& asset) {
    for (std::uint32_t i = 0; i < asset.fragments.size(); ++i)
        must(fetch(store, asset, i));
}

}  // namespace fragcast::test

// Store thread (open and assets: any one thread before).
//
// The store of a `get`: one file under a temporary name beside the target, each chunk at its final
// offset; renamed when whole (STORE.md section 8).
#pragma once

#include "peer/store/fragment_store.hpp"

#include <filesystem>
#include <memory>

namespace fragcast {

class OutputStore final : public ChunkStore {
public:
    // Errors: exists ("… exists; replace it with --force"), busy (another get writes it), io, full.
    static Result<std::unique_ptr<OutputStore>> open(Files& files, std::filesystem::path target,
                                                     AssetId asset, bool replace);
    // Removes the temporary file when nothing in it is proven; else it is left for the next get.
    ~OutputStore() override;

    Result<std::shared_ptr<const Manifest>> keep_manifest(const AssetId& asset,
                                                          Bytes body) override;
    Result<RangeSet> keep_proof(const FragmentRef& fragment,
                                std::span<const std::uint8_t> proof) override;
    Status keep_chunk(const ChunkRef& chunk, std::span<const std::uint8_t> data) override;
    bool is_complete(const FragmentRef& fragment) const override;
    // Of the last fragment: syncs, renames to the target, syncs the folder. Errors also: exists
    // (the target came into being meanwhile).
    Status finish_fragment(const FragmentRef& fragment) override;
    Result<Payload> load_chunk(const ChunkRef& chunk) override;
    Result<Payload> load_proof(const FragmentRef& fragment) override;
    Status drop_fragment(const FragmentRef& fragment) override;
    Status drop_asset(const AssetId& asset) override;
    Result<StoredAsset> adopt(const std::filesystem::path& folder) override;
    std::shared_ptr<const Bytes> manifest_body(const AssetId& asset) const override;
    bool has(const FragmentRef& fragment) const override;
    bool has_room() override;

private:
    struct State;
    explicit OutputStore(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace fragcast

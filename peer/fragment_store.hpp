// Store thread (one thread at a time). peer/STORE.md says what lies on disk.
//
// Where manifests, proofs and proven chunks are kept. Nothing enters that was not checked against
// the manifest; nothing counts as a fragment that is not synced under its final name.
#pragma once

#include "messages/asset_folder.hpp"
#include "messages/key.hpp"
#include "messages/payload.hpp"
#include "peer/files.hpp"
#include "peer/identity.hpp"
#include "peer/swarm.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace fragcast {

// What the store actor drives. Two kinds: a peer's store (folders) and a get's output (one file).
class ChunkStore {
public:
    virtual ~ChunkStore() = default;

    // Checks id, decodes, keeps durably. Errors: invalid, full, io.
    virtual Result<std::shared_ptr<const Manifest>> keep_manifest(const AssetId& asset,
                                                                  Bytes body) = 0;
    // Checks against the manifest; re-proves the chunks that a partial fragment has on disk and
    // returns them. Errors: invalid (bad proof), not_found (no manifest), full, io.
    virtual Result<RangeSet> keep_proof(const FragmentRef& fragment,
                                        std::span<const std::uint8_t> proof) = 0;
    // Checks the hash, writes. Errors: invalid (bad chunk), exists (have it), not_found (no proof
    // any more), full, io. After the last chunk call finish_fragment.
    virtual Status keep_chunk(const ChunkRef& chunk, std::span<const std::uint8_t> data) = 0;
    // Every chunk is here and finish_fragment has not been done.
    virtual bool is_complete(const FragmentRef& fragment) const = 0;
    // Sync, rename, sync the folder. After an error the fragment is to be fetched again; the proof
    // says what of it is still here.
    virtual Status finish_fragment(const FragmentRef& fragment) = 0;
    // A proven chunk, of a whole or unfinished fragment, into a pooled buffer. Errors: not_found,
    // io, busy (no buffer or descriptor is free: try again).
    virtual Result<Payload> load_chunk(const ChunkRef& chunk) = 0;
    virtual Result<Payload> load_proof(const FragmentRef& fragment) = 0;
    virtual Status drop_fragment(const FragmentRef& fragment) = 0;
    virtual Status drop_asset(const AssetId& asset) = 0;
    // Of a folder in incoming(). What of it is whole counts.
    virtual Result<StoredAsset> adopt(const std::filesystem::path& folder) = 0;
    virtual std::shared_ptr<const Bytes> manifest_body(const AssetId& asset) const = 0;
    // Whole, or its proof is here: chunks of it may be kept or loaded. A fragment that stops being
    // had while one is kept or loaded is lost: gone or broken on disk.
    virtual bool has(const FragmentRef& fragment) const = 0;
    // Hashes a little of what is here and nothing vouches for; fragments that count now are added.
    // False: nothing is left to prove. Called when there is nothing else to do.
    virtual bool prove_some(std::vector<FragmentRef>& /*counting*/) { return false; }
    // Whether there is room to write again, after something answered full.
    virtual bool has_room() { return true; }
    // A new public key, and so a new id: another live peer has ours. Kept where there is a store
    // that outlives us.
    virtual Result<Bytes> draw_key() {
        auto pair = make_key_pair();
        if (!pair) return pair.error();
        return std::move(pair->public_key);
    }
};

// A peer's store: identity, and a folder for each asset.
class FragmentStore final : public ChunkStore {
public:
    // Opens or makes the store: locks it, raises the epoch, drops rubbish, lists what is there
    // (assets()). Errors: busy ("store D is in use by process 4711 (peer1)"), io ("not writable
    // …"). `name` is written into the lock for others' errors.
    static Result<std::unique_ptr<FragmentStore>> open(Files& files, std::filesystem::path root,
                                                       const std::string& name);
    ~FragmentStore() override;

    const Identity& identity() const;
    Status remember_ports(std::uint16_t http, std::uint16_t exchange);
    // A new key, and so a new id: another live peer has ours (a copied store).
    Status draw_new_identity();
    // What is here and counts. Assets of which nothing is proven yet have an empty holding.
    std::vector<StoredAsset> assets() const;
    // What was found at open and left alone or given up, a line each.
    const std::vector<std::string>& notes() const;
    std::filesystem::path incoming() const;  // where a cutter may write folders to adopt

    Result<std::shared_ptr<const Manifest>> keep_manifest(const AssetId& asset,
                                                          Bytes body) override;
    Result<RangeSet> keep_proof(const FragmentRef& fragment,
                                std::span<const std::uint8_t> proof) override;
    Status keep_chunk(const ChunkRef& chunk, std::span<const std::uint8_t> data) override;
    bool is_complete(const FragmentRef& fragment) const override;
    Status finish_fragment(const FragmentRef& fragment) override;
    Result<Payload> load_chunk(const ChunkRef& chunk) override;
    Result<Payload> load_proof(const FragmentRef& fragment) override;
    Status drop_fragment(const FragmentRef& fragment) override;
    Status drop_asset(const AssetId& asset) override;
    Result<StoredAsset> adopt(const std::filesystem::path& folder) override;
    std::shared_ptr<const Bytes> manifest_body(const AssetId& asset) const override;
    bool has(const FragmentRef& fragment) const override;
    bool prove_some(std::vector<FragmentRef>& counting) override;
    bool has_room() override;
    Result<Bytes> draw_key() override {
        if (auto drawn = draw_new_identity(); !drawn) return drawn.error();
        return identity().public_key;
    }

private:
    struct State;
    explicit FragmentStore(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace fragcast

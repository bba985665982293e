// Store thread (one thread at a time). peer/store/STORE.md says what lies on disk.
//
// Where manifests, proofs and proven chunks are kept. Nothing enters that was not checked against
// the manifest; nothing counts as a fragment that is not synced under its final name.
#pragma once

#include "messages/files/files.hpp"
#include "messages/wire/asset_folder.hpp"
#include "messages/wire/key.hpp"
#include "messages/wire/limits.hpp"
#include "messages/wire/payload.hpp"
#include "peer/store/identity.hpp"
#include "peer/swarm/swarm.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fragcast {

// What became of fragments that nothing vouched for.
struct Proving {
    std::vector<FragmentRef> counting;                         // proven: they count now
    std::vector<std::pair<FragmentRef, std::string>> refused;  // and why
    std::uint64_t looked = 0;                                  // at so many assets for it
};

// One step of hashing a whole fragment again.
struct CheckStep {
    enum class State {
        going,
        good,
        bad,     // it is no longer had; its good chunks are kept
        absent,  // it is not here whole (any more)
        unread   // the system is to blame: no longer had, or (out of descriptors) as it was
    };
    State state = State::going;
    std::uint64_t bytes = 0;  // hashed in this step
    RangeSet bad;             // chunks; empty where the proof beside it is no help
    std::string why;
};

// What a listing of the folders found to be otherwise than believed.
struct Relisted {
    std::vector<StoredAsset> assets;      // new folders
    std::vector<FragmentRef> counting;    // back again, and vouched for
    std::vector<FragmentRef> proving;     // count when prove_some says so
    std::vector<FragmentRef> gone;        // were whole
    std::vector<FragmentRef> unfinished;  // whose begun files are gone
    std::vector<AssetId> lost;            // folders that are gone
};

// A fragment that counts.
struct WholeFragment {
    FragmentRef fragment;
    std::uint64_t size = 0;
};

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
    // Of a folder in incoming(). What of it is whole counts. After an error it may be gone.
    virtual Result<StoredAsset> adopt(const std::filesystem::path& folder) = 0;
    virtual std::shared_ptr<const Bytes> manifest_body(const AssetId& asset) const = 0;
    // Whole, or its proof is here: chunks of it may be kept or loaded. A fragment that stops being
    // had while one is kept or loaded is lost: gone or broken on disk.
    virtual bool has(const FragmentRef& fragment) const = 0;
    // Hashes so many chunks of what is here and nothing vouches for, and adds what came of it.
    // False: nothing is left to prove.
    virtual bool prove_some(Proving& /*found*/, std::uint32_t /*chunks*/ = limits::kProveChunks) {
        return false;
    }
    // What could not be read, and so does not count, is to be proven again. False: there is none.
    virtual bool read_again() { return false; }
    // Hashes so many more chunks of this whole fragment again; another one than last time is begun
    // at its first chunk.
    virtual CheckStep check_some(const FragmentRef& /*fragment*/, std::uint32_t /*chunks*/) {
        return {CheckStep::State::absent, 0, {}, {}};
    }
    // One chunk, of a whole or unfinished fragment. `going`: the proof beside it is no help, so it
    // takes a check of all of it.
    virtual CheckStep doubt(const ChunkRef& /*chunk*/) {
        return {CheckStep::State::absent, 0, {}, {}};
    }
    // What is here of an asset.
    virtual std::optional<StoredAsset> stored(const AssetId& /*asset*/) const {
        return std::nullopt;
    }
    // The first one that counts, at or after this place in the order of assets and fragments.
    virtual std::optional<WholeFragment> next_whole(const FragmentRef& /*from*/) const {
        return std::nullopt;
    }
    // Lists the folders again. Errors: io.
    virtual Result<Relisted> relist() { return Relisted{}; }
    // Remembers of what is here whole that it is kept for good, or (not `kept`) that it may be
    // dropped to make room. Errors: io; then it is kept at the latest from the next start on.
    virtual Status mark(const AssetId& /*asset*/, const RangeSet& /*fragments*/, bool /*kept*/) {
        return Done{};
    }
    // Remembers that its user does not want this, or does again. Errors: full, io.
    virtual Status decline(const AssetId& /*asset*/, bool /*declined*/) { return Done{}; }
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
    // What its user removed and nobody asked for since, the oldest first.
    const std::vector<AssetId>& declined() const;
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
    bool prove_some(Proving& found, std::uint32_t chunks = limits::kProveChunks) override;
    bool read_again() override;
    CheckStep check_some(const FragmentRef& fragment, std::uint32_t chunks) override;
    CheckStep doubt(const ChunkRef& chunk) override;
    std::optional<StoredAsset> stored(const AssetId& asset) const override;
    std::optional<WholeFragment> next_whole(const FragmentRef& from) const override;
    Result<Relisted> relist() override;
    Status mark(const AssetId& asset, const RangeSet& fragments, bool kept) override;
    Status decline(const AssetId& asset, bool declined) override;
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

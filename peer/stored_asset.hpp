// Store thread.
//
// One asset's folder: its manifest, whole fragments, unfinished ones with their proofs.
// FragmentStore keeps one for each asset. STORE.md sections 3 and 4 are its specification.
#pragma once

#include "messages/asset_folder.hpp"
#include "messages/holding.hpp"
#include "messages/payload.hpp"
#include "peer/buffer_pool.hpp"
#include "peer/files.hpp"

#include <filesystem>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>

namespace fragcast {

// Open files, the most recently used of them; a path that is renamed or removed must be forgotten.
class FileCache {
public:
    explicit FileCache(Files& files) : files_(files) {}
    Result<File*> open(const std::filesystem::path& path, Files::Mode mode);
    void forget(const std::filesystem::path& path);

private:
    struct Entry {
        std::filesystem::path path;
        Files::Mode mode;
        std::unique_ptr<File> file;
    };
    Files& files_;
    std::list<Entry> entries_;  // the latest first
};

class AssetFolder {
public:
    AssetFolder(Files& files, FileCache& cache, BufferPool& pool, std::filesystem::path folder,
                AssetId id, std::shared_ptr<const Manifest> manifest,
                std::shared_ptr<const Bytes> body);

    // Lists the folder (STORE.md section 5): what `held` vouches for counts, the rest of the right
    // size is to be proven.
    Status open();
    // The asset was cut by ourselves just now: everything in it counts.
    Status trust_all();

    const std::filesystem::path& path() const { return folder_; }
    const std::shared_ptr<const Manifest>& manifest() const { return manifest_; }
    const std::shared_ptr<const Bytes>& body() const { return body_; }
    const RangeSet& whole() const { return whole_; }

    // As ChunkStore's.
    Result<RangeSet> keep_proof(FragmentIndex index, std::span<const std::uint8_t> proof);
    Status keep_chunk(FragmentIndex index, ChunkIndex chunk, std::span<const std::uint8_t> data);
    bool is_complete(FragmentIndex index) const;
    Status finish(FragmentIndex index);
    Result<Payload> load_chunk(FragmentIndex index, ChunkIndex chunk);
    Result<Payload> load_proof(FragmentIndex index);
    Status drop(FragmentIndex index);
    // Hashes one fragment that nothing vouches for; it counts now, or became a partial one.
    // Nothing: none is left to prove.
    std::optional<std::pair<FragmentIndex, bool>> prove_next();

private:
    struct Partial {
        Proof proof;
        RangeSet proven;
        std::uint64_t unwritten = 0;  // bytes since write-back was last begun
    };
    const FragmentInfo& info(FragmentIndex index) const {
        return manifest_->fragments[index.value];
    }
    bool known(FragmentIndex index) const { return index.value < manifest_->fragments.size(); }
    std::filesystem::path whole_path(FragmentIndex index) const;
    std::filesystem::path partial_path(FragmentIndex index) const;
    std::filesystem::path proof_path(FragmentIndex index) const;
    Result<RangeSet> chunks_on_disk(File& file, FragmentIndex index, const Proof& proof);
    Result<Proof> proof_of_file(FragmentIndex index);
    Status vouch(FragmentIndex index);
    std::map<FragmentIndex, Bytes> read_held();

    Files& files_;
    FileCache& cache_;
    BufferPool& pool_;
    std::filesystem::path folder_;
    AssetId id_;
    std::shared_ptr<const Manifest> manifest_;
    std::shared_ptr<const Bytes> body_;
    RangeSet whole_;
    std::set<FragmentIndex> unproven_;
    std::map<FragmentIndex, Partial> partial_;
};

// All proven chunks of `file` from `base` on, for a fragment of this size and proof; holes are
// skipped.
Result<RangeSet> prove_chunks(File& file, std::uint64_t base, std::uint64_t size,
                              const Proof& proof, BufferPool& pool);

}  // namespace fragcast

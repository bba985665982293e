// Store thread.
//
// One asset's folder: its manifest, whole fragments, unfinished ones with their proofs.
// FragmentStore keeps one for each asset. STORE.md sections 3 to 5 are its specification.
#pragma once

#include "messages/wire/asset_folder.hpp"
#include "messages/wire/holding.hpp"
#include "messages/wire/limits.hpp"
#include "messages/wire/payload.hpp"
#include "peer/store/buffer_pool.hpp"
#include "peer/store/file_cache.hpp"
#include "peer/store/fragment_store.hpp"
#include "peer/store/held_file.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace fragcast {

inline constexpr std::size_t kMaxProofBytes = limits::kMaxChunksPerFragment * Digest::kBytes;

class AssetFolder {
public:
    AssetFolder(Files& files, FileCache& cache, BufferPool& pool, std::filesystem::path folder,
                std::shared_ptr<const Manifest> manifest, std::shared_ptr<const Bytes> body);

    enum class Trust {
        held,     // what `held` vouches for counts, the rest of the right size is to be proven
        nothing,  // somebody else's folder, and so is its `held`
        all       // cut by ourselves just now
    };
    enum class Found {
        asset,
        leftovers  // unfinished fragments that were too old, now removed, and nothing else
    };
    // Lists the folder; unfinished fragments not written to since `stale_before_ns` are removed.
    // What is left alone is named in `notes`, a line each.
    Result<Found> open(Trust trust, std::int64_t stale_before_ns, std::vector<std::string>& notes);

    // Before anything of it is acknowledged: whoever copied its folder in may have synced nothing.
    Status make_last();
    void lasts() { lasts_ = true; }  // whoever moved it in has synced all that
    const std::filesystem::path& path() const { return folder_; }
    const std::shared_ptr<const Manifest>& manifest() const { return manifest_; }
    const std::shared_ptr<const Bytes>& body() const { return body_; }
    const RangeSet& whole() const { return whole_; }
    const RangeSet& loose() const { return loose_; }

    // As ChunkStore's.
    Result<RangeSet> keep_proof(FragmentIndex index, std::span<const std::uint8_t> proof);
    Status keep_chunk(FragmentIndex index, ChunkIndex chunk, std::span<const std::uint8_t> data);
    bool is_complete(FragmentIndex index) const;
    bool has(FragmentIndex index) const;
    Status finish(FragmentIndex index);
    Result<Payload> load_chunk(FragmentIndex index, ChunkIndex chunk);
    Result<Payload> load_proof(FragmentIndex index);
    Status drop(FragmentIndex index);
    Status mark(const RangeSet& fragments, bool kept);
    // Moves in what is missing here and lies whole in another folder of the same asset, which was
    // cut by ourselves just now.
    Status take_from(const std::filesystem::path& other);
    // Hashes so many chunks of what nothing vouches for, and adds what came of it. False: none is
    // left to prove.
    bool prove_some(std::uint32_t chunks, std::vector<FragmentIndex>& counting,
                    std::vector<std::pair<FragmentIndex, std::string>>& refused);
    CheckStep check_some(FragmentIndex index, std::uint32_t chunks);
    CheckStep doubt(FragmentIndex index, ChunkIndex chunk);
    struct Changes {
        std::vector<FragmentIndex> counting, gone, unfinished;
    };
    // Lists the folder again. not_found: it is no asset's any more.
    Result<Changes> relist();
    std::set<FragmentIndex> unproven() const { return unproven_; }
    // What could not be read is among what is to be proven again. False: there is none.
    bool read_again();

private:
    struct Partial {
        Proof proof;
        RangeSet proven;
        std::uint64_t unwritten = 0;  // bytes since write-back was last begun
    };
    struct Proving {
        FragmentIndex index;
        std::unique_ptr<File> file;
        Entry before;
        Proof proof;
    };
    // What the folder has now.
    struct Listed {
        std::set<std::string> names;                     // of files
        std::map<FragmentIndex, std::int64_t> modified;  // fragments of the right name and size
        std::set<FragmentIndex> vouched;                 // of those, by `held`
    };
    const FragmentInfo& info(FragmentIndex index) const {
        return manifest_->fragments[index.value];
    }
    bool known(FragmentIndex index) const { return index.value < manifest_->fragments.size(); }
    std::filesystem::path whole_path(FragmentIndex index) const;
    std::filesystem::path partial_path(FragmentIndex index) const;
    std::filesystem::path proof_path(FragmentIndex index) const;
    void count(const std::vector<FragmentIndex>& fragments);
    void give_up(FragmentIndex index);
    void set_aside(FragmentIndex index);
    void cannot_read(FragmentIndex index, const Error& why);
    Status make_partial(FragmentIndex index);
    void demote(FragmentIndex index);
    Status discard_partial(FragmentIndex index);
    Result<Proof> proof_of_file(FragmentIndex index);
    Status begin_proving();
    Status end_proving();
    Result<Proving> open_whole(FragmentIndex index);
    CheckStep found_unread(FragmentIndex index, RangeSet chunks, std::uint64_t bytes,
                           const Error& why);
    CheckStep found_bad(FragmentIndex index, RangeSet chunks, std::uint64_t bytes, std::string why);
    CheckStep judge(const Proving& checked, std::uint64_t bytes);
    // The proof beside it, if it is right.
    std::optional<Proof> stored_proof(FragmentIndex index);
    HeldFile::Proven listed_fragments(const std::vector<Entry>& entries) const;
    Result<Listed> list_again();
    // A whole one lies there as it was proven.
    bool as_proven(FragmentIndex index, const Listed& listed) const;
    // One that does not count now is whole from here on, on the word of `held`; else it is to be
    // proven, or gone.
    bool counts_again(FragmentIndex index, const Listed& listed);

    Files& files_;
    FileCache& cache_;
    BufferPool& pool_;
    std::filesystem::path folder_;
    std::shared_ptr<const Manifest> manifest_;
    std::shared_ptr<const Bytes> body_;
    HeldFile held_;
    bool lasts_ = false;  // its manifest and its folder's name are synced
    // A fragment is in one of these at most; but what is unfinished may lie there whole as well,
    // put there by somebody, and unproven.
    RangeSet whole_;
    RangeSet loose_;                                  // of whole_: may be dropped to make room
    std::map<FragmentIndex, std::int64_t> modified_;  // their files, when they were proven
    std::set<FragmentIndex> unproven_;
    std::set<FragmentIndex> unread_;  // could not be read; being tried again: of unproven_ as well
    std::map<FragmentIndex, Partial> partial_;
    std::optional<Proving> proving_;   // of the first of unproven_
    std::optional<Proving> checking_;  // of one of whole_
};

// The chunks of a fragment at `base` in `file` that match their hashes; holes are skipped, what
// cannot be read is not there.
RangeSet prove_chunks(File& file, std::uint64_t base, std::uint64_t size, const Proof& proof);
// Reads one chunk of `length` bytes. Errors: busy (no buffer free); io (short); as read_at.
Result<Payload> read_chunk(File& file, std::uint64_t offset, std::uint32_t length,
                           BufferPool& pool);

}  // namespace fragcast

#include "peer/stored_asset.hpp"

#include "messages/hash.hpp"
#include "messages/limits.hpp"
#include "peer/store_records.hpp"

#include <algorithm>

namespace fragcast {

namespace {
constexpr std::size_t kHeldBytes = 32;
constexpr std::string_view kHeldMark = "HLD1";
constexpr const char* kHeldFile = "held";
constexpr std::size_t kMaxHeldFileBytes = kHeldBytes * 16 * limits::kMaxFragments;

// The first 24 bytes of an entry, and all 32.
Bytes held_entry(FragmentIndex index, const Entry& file) {
    Bytes out(kHeldMark.begin(), kHeldMark.end());
    put_u32(out, index.value);
    put_u64(out, file.size);
    put_u64(out, static_cast<std::uint64_t>(file.modified_ns));
    const Digest sum = sha256(out);
    out.insert(out.end(), sum.bytes.begin(), sum.bytes.begin() + 8);
    return out;
}

Error not_here(const char* what) {
    return fail(ErrorKind::not_found, std::string("no such ") + what);
}
}  // namespace

// --- open files
// ------------------------------------------------------------------------------------

Result<File*> FileCache::open(const std::filesystem::path& path, Files::Mode mode) {
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry)
        if (entry->path == path && entry->mode == mode) {
            entries_.splice(entries_.begin(), entries_, entry);
            return entries_.front().file.get();
        }
    auto file = files_.open(path, mode);
    if (!file) return file.error();
    entries_.push_front({path, mode, std::move(*file)});
    if (entries_.size() > limits::kOpenFragments) entries_.pop_back();
    return entries_.front().file.get();
}

void FileCache::forget(const std::filesystem::path& path) {
    entries_.remove_if([&](const Entry& entry) { return entry.path == path; });
}

// --- chunks
// ----------------------------------------------------------------------------------------

Result<RangeSet> prove_chunks(File& file, std::uint64_t base, std::uint64_t size,
                              const Proof& proof, BufferPool& pool) {
    RangeSet proven;
    const auto buffer = pool.take();
    for (std::uint32_t i = 0; i < proof.size(); ++i) {
        const ChunkIndex chunk{i};
        const std::uint64_t begin = base + chunk_offset(chunk);
        const std::uint32_t length = chunk_length(size, chunk);
        if (file.next_data(begin) >= begin + length) continue;
        const auto got = file.read_at(begin, {buffer.data, length});
        if (!got) return got.error();
        if (*got == length && sha256({buffer.data, length}) == proof[i]) proven.add(i);
    }
    return proven;
}

AssetFolder::AssetFolder(Files& files, FileCache& cache, BufferPool& pool,
                         std::filesystem::path folder, AssetId id,
                         std::shared_ptr<const Manifest> manifest,
                         std::shared_ptr<const Bytes> body)
    : files_(files),
      cache_(cache),
      pool_(pool),
      folder_(std::move(folder)),
      id_(id),
      manifest_(std::move(manifest)),
      body_(std::move(body)) {}

std::filesystem::path AssetFolder::whole_path(FragmentIndex index) const {
    return folder_ / fragment_file(*manifest_, index);
}
std::filesystem::path AssetFolder::partial_path(FragmentIndex index) const {
    return folder_ / partial_file(*manifest_, index);
}
std::filesystem::path AssetFolder::proof_path(FragmentIndex index) const {
    return folder_ / proof_file(*manifest_, index);
}

std::map<FragmentIndex, Bytes> AssetFolder::read_held() {
    std::map<FragmentIndex, Bytes> held;
    const auto all = read_small_file(files_, folder_ / kHeldFile, kMaxHeldFileBytes);
    if (!all) return held;
    for (std::size_t at = 0; at + kHeldBytes <= all->size(); at += kHeldBytes) {
        const auto* entry = all->data() + at;
        held[FragmentIndex{get_u32(entry + 4)}] = Bytes(entry, entry + kHeldBytes);
    }
    return held;
}

Status AssetFolder::open() {
    const auto entries = files_.list(folder_);
    if (!entries) return entries.error();
    std::map<std::string, Entry> by_name;
    for (const auto& entry : *entries)
        if (entry.kind == EntryKind::file) by_name[entry.name] = entry;
    const auto held = read_held();
    for (std::uint32_t i = 0; i < manifest_->fragments.size(); ++i) {
        const FragmentIndex index{i};
        const auto file = by_name.find(fragment_file(*manifest_, index));
        if (file == by_name.end() || file->second.size != info(index).size) continue;
        // An entry that does not match, torn ones included, costs a hash and nothing else.
        const auto vouched = held.find(index);
        if (vouched != held.end() && vouched->second == held_entry(index, file->second))
            whole_.add(i);
        else
            unproven_.insert(index);
    }
    return Done{};
}

Status AssetFolder::trust_all() {
    for (std::uint32_t i = 0; i < manifest_->fragments.size(); ++i) {
        const auto file = files_.stat(whole_path(FragmentIndex{i}));
        if (!file || file->size != info(FragmentIndex{i}).size) continue;
        whole_.add(i);
        if (const auto done = vouch(FragmentIndex{i}); !done) return done;
    }
    return Done{};
}

Status AssetFolder::vouch(FragmentIndex index) {
    auto entry = files_.stat(whole_path(index));
    if (!entry) return entry.error();
    const auto path = folder_ / kHeldFile;
    auto file = files_.open(path, Files::Mode::write);
    if (!file) return file.error();
    const auto facts = (*file)->stat();
    if (!facts) return facts.error();
    return (*file)->write_at(facts->size / kHeldBytes * kHeldBytes, held_entry(index, *entry));
}

Result<RangeSet> AssetFolder::keep_proof(FragmentIndex index, std::span<const std::uint8_t> proof) {
    if (!known(index)) return fail(ErrorKind::invalid, "no such fragment in the manifest");
    if (whole_.contains(index.value)) return fail(ErrorKind::exists, "the fragment is here");
    auto checked = check_proof(info(index), proof.data(), proof.size());
    if (!checked) return checked.error();
    auto stored = files_.open(proof_path(index), Files::Mode::write);
    if (!stored) return stored.error();
    if (const auto done = (*stored)->resize(proof.size()); !done) return done.error();
    if (const auto done = (*stored)->write_at(0, proof); !done) return done.error();
    const auto file = cache_.open(partial_path(index), Files::Mode::write);
    if (!file) return file.error();
    if (const auto done = (*file)->resize(info(index).size); !done) return done.error();
    auto proven = prove_chunks(**file, 0, info(index).size, *checked, pool_);
    if (!proven) return proven.error();
    partial_[index] = {std::move(*checked), *proven, 0};
    return proven;
}

Status AssetFolder::keep_chunk(FragmentIndex index, ChunkIndex chunk,
                               std::span<const std::uint8_t> data) {
    const auto found = partial_.find(index);
    if (found == partial_.end()) return not_here("proof");
    Partial& partial = found->second;
    if (chunk.value >= partial.proof.size() || data.size() != chunk_length(info(index).size, chunk))
        return fail(ErrorKind::invalid, "not the length of that chunk");
    if (partial.proven.contains(chunk.value)) return fail(ErrorKind::exists, "the chunk is here");
    if (sha256(data) != partial.proof[chunk.value])
        return fail(ErrorKind::invalid, "the chunk does not match its hash");
    const auto file = cache_.open(partial_path(index), Files::Mode::write);
    if (!file) return file.error();
    if (const auto done = (*file)->write_at(chunk_offset(chunk), data); !done) return done;
    partial.proven.add(chunk.value);
    partial.unwritten += data.size();
    if (partial.unwritten >= limits::kWritebackBytes) {
        (*file)->start_writeback(0, info(index).size);
        partial.unwritten = 0;
    }
    return Done{};
}

bool AssetFolder::is_complete(FragmentIndex index) const {
    const auto found = partial_.find(index);
    return found != partial_.end() && found->second.proven.count() == found->second.proof.size();
}

Status AssetFolder::finish(FragmentIndex index) {
    if (!is_complete(index)) return fail(ErrorKind::invalid, "the fragment is not complete");
    const auto proof = files_.open(proof_path(index), Files::Mode::write);
    if (!proof) return proof.error();
    const auto file = cache_.open(partial_path(index), Files::Mode::write);
    if (!file) return file.error();
    Status synced = (*proof)->sync();
    if (synced) synced = (*file)->sync();
    cache_.forget(partial_path(index));
    if (!synced) {
        // What a failed sync left in memory is not to be trusted (STORE.md section 4).
        partial_.erase(index);
        (void)files_.remove(partial_path(index));
        return synced;
    }
    cache_.forget(whole_path(index));
    if (auto done = files_.rename(partial_path(index), whole_path(index), Files::Replace::yes);
        !done)
        return done;
    if (auto done = files_.sync_folder(folder_); !done) return done;
    partial_.erase(index);
    unproven_.erase(index);
    whole_.add(index.value);
    (void)vouch(index);  // a cache: without it the next start hashes
    return Done{};
}

Result<Payload> AssetFolder::load_chunk(FragmentIndex index, ChunkIndex chunk) {
    if (!known(index) || chunk.value >= chunk_count(info(index).size)) return not_here("chunk");
    const bool whole = whole_.contains(index.value);
    if (!whole) {
        const auto partial = partial_.find(index);
        if (partial == partial_.end() || !partial->second.proven.contains(chunk.value))
            return not_here("chunk");
    }
    const auto file = whole ? cache_.open(whole_path(index), Files::Mode::read)
                            : cache_.open(partial_path(index), Files::Mode::write);
    const std::uint32_t length = chunk_length(info(index).size, chunk);
    const auto buffer = pool_.take();
    const auto got = file ? (*file)->read_at(chunk_offset(chunk), {buffer.data, length})
                          : Result<std::size_t>(file.error());
    if (got && *got == length) return Payload(buffer.data, length, buffer.owner);
    cache_.forget(whole ? whole_path(index) : partial_path(index));
    whole_.remove(index.value);
    partial_.erase(index);
    return got ? fail(ErrorKind::io, whole_path(index).string() + " is too short") : got.error();
}

// Of a whole fragment whose proof file is missing or wrong, from its bytes.
Result<Proof> AssetFolder::proof_of_file(FragmentIndex index) {
    const auto file = cache_.open(whole_path(index), Files::Mode::read);
    if (!file) return file.error();
    const auto buffer = pool_.take();
    Proof proof;
    for (std::uint32_t i = 0; i < chunk_count(info(index).size); ++i) {
        const std::uint32_t length = chunk_length(info(index).size, ChunkIndex{i});
        const auto got = (*file)->read_at(chunk_offset(ChunkIndex{i}), {buffer.data, length});
        if (!got) return got.error();
        proof.push_back(sha256({buffer.data, *got}));
    }
    return proof;
}

Result<Payload> AssetFolder::load_proof(FragmentIndex index) {
    if (!known(index)) return not_here("fragment");
    if (const auto partial = partial_.find(index); partial != partial_.end())
        return Payload(proof_bytes(partial->second.proof));
    if (!whole_.contains(index.value)) return not_here("fragment");
    auto stored =
        read_small_file(files_, proof_path(index), limits::kMaxChunksPerFragment * Digest::kBytes);
    if (stored && check_proof(info(index), stored->data(), stored->size()).ok())
        return Payload(std::move(*stored));
    const auto made = proof_of_file(index);
    if (!made) return made.error();
    Bytes bytes = proof_bytes(*made);
    if (hash_of_proof(*made) != info(index).hash) {
        whole_.remove(index.value);
        return fail(ErrorKind::io, whole_path(index).string() + " is damaged");
    }
    (void)write_durably(files_, proof_path(index), bytes, Files::Access::normal);
    return Payload(std::move(bytes));
}

Status AssetFolder::drop(FragmentIndex index) {
    if (!known(index)) return Done{};
    whole_.remove(index.value);
    partial_.erase(index);
    unproven_.erase(index);
    for (const auto& path : {whole_path(index), partial_path(index), proof_path(index)}) {
        cache_.forget(path);
        if (auto done = files_.remove(path); !done) return done;
    }
    return files_.sync_folder(folder_);
}

std::optional<std::pair<FragmentIndex, bool>> AssetFolder::prove_next() {
    if (unproven_.empty()) return std::nullopt;
    const FragmentIndex index = *unproven_.begin();
    unproven_.erase(unproven_.begin());
    const auto proof = proof_of_file(index);
    if (proof && hash_of_proof(*proof) == info(index).hash) {
        whole_.add(index.value);
        (void)vouch(index);
        return std::pair{index, true};
    }
    // Its good chunks are kept; the others are fetched when wanted.
    cache_.forget(whole_path(index));
    if (proof) (void)files_.rename(whole_path(index), partial_path(index), Files::Replace::no);
    return std::pair{index, false};
}

}  // namespace fragcast

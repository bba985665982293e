#include "peer/store/stored_asset.hpp"

#include "messages/wire/hash.hpp"
#include "messages/wire/limits.hpp"

#include <algorithm>

namespace fragcast {

namespace {
Error not_here(const char* what) {
    return fail(ErrorKind::not_found, std::string("this ") + what + " is not in the store");
}
}  // namespace

RangeSet prove_chunks(File& file, std::uint64_t base, std::uint64_t size, const Proof& proof) {
    RangeSet proven;
    Bytes buffer(limits::kChunkBytes);
    for (std::uint32_t i = 0; i < proof.size(); ++i) {
        const std::uint64_t begin = base + chunk_offset(ChunkIndex{i});
        const std::span chunk = std::span(buffer).first(chunk_length(size, ChunkIndex{i}));
        if (file.next_data(begin) >= begin + chunk.size()) continue;
        const auto got = file.read_at(begin, chunk);
        if (got && *got == chunk.size() && sha256(chunk) == proof[i]) proven.add(i);
    }
    return proven;
}

Result<Payload> read_chunk(File& file, std::uint64_t offset, std::uint32_t length,
                           BufferPool& pool) {
    const auto buffer = pool.take();
    if (!buffer) return fail(ErrorKind::busy, "all buffers for reading are on their way");
    const auto got = file.read_at(offset, {buffer->data, length});
    if (!got) return got.error();
    if (*got != length) return fail(ErrorKind::io, "the file is too short");
    return Payload(buffer->data, length, buffer->owner);
}

AssetFolder::AssetFolder(Files& files, FileCache& cache, BufferPool& pool,
                         std::filesystem::path folder, std::shared_ptr<const Manifest> manifest,
                         std::shared_ptr<const Bytes> body)
    : files_(files),
      cache_(cache),
      pool_(pool),
      folder_(std::move(folder)),
      manifest_(std::move(manifest)),
      body_(std::move(body)),
      held_(files, folder_) {}

std::filesystem::path AssetFolder::whole_path(FragmentIndex index) const {
    return folder_ / fragment_file(*manifest_, index);
}
std::filesystem::path AssetFolder::partial_path(FragmentIndex index) const {
    return folder_ / partial_file(*manifest_, index);
}
std::filesystem::path AssetFolder::proof_path(FragmentIndex index) const {
    return folder_ / proof_file(*manifest_, index);
}

// --- what lies there -----------------------------------------------------------------------------

Result<AssetFolder::Found> AssetFolder::open(Trust trust, std::int64_t stale_before_ns,
                                             std::vector<std::string>& notes) {
    const auto entries = files_.list(folder_);
    if (!entries) return entries.error();
    std::map<std::string, Entry> by_name;
    for (const auto& entry : *entries) {
        if (entry.name.ends_with(".tmp"))
            (void)remove_all(files_, folder_ / entry.name);
        else if (entry.kind != EntryKind::file)
            notes.push_back((folder_ / entry.name).string() +
                            " is not a regular file and is left alone");
        else
            by_name[entry.name] = entry;
    }
    if (trust == Trust::nothing) {
        // Its entries are about files of another store's.
        (void)files_.remove(folder_ / kHeldFile);
        trust = Trust::held;
    }
    HeldFile::Proven there;
    for (std::uint32_t i = 0; i < manifest_->fragments.size(); ++i) {
        const FragmentIndex index{i};
        const auto file = by_name.find(fragment_file(*manifest_, index));
        if (file == by_name.end()) continue;
        if (file->second.size == info(index).size)
            there.emplace_back(index, file->second);
        else
            notes.push_back(whole_path(index).string() + " has " +
                            std::to_string(file->second.size) + " bytes instead of " +
                            std::to_string(info(index).size) + "; it does not count");
    }
    std::size_t unfinished = 0;
    std::size_t stale = 0;
    for (std::uint32_t i = 0; i < manifest_->fragments.size(); ++i) {
        const auto file = by_name.find(partial_file(*manifest_, FragmentIndex{i}));
        if (file == by_name.end()) continue;
        const bool too_old = file->second.modified_ns < stale_before_ns;
        ++(too_old && files_.remove(partial_path(FragmentIndex{i})) ? stale : unfinished);
    }
    for (const auto& [index, file] : there)
        unproven_.insert(index);
    HeldFile::Vouched vouched;
    if (trust == Trust::all) {
        held_.add(there);
        vouched.good = there;
    } else {
        vouched = held_.vouched(there);
    }
    for (const FragmentIndex index : vouched.loose)
        loose_.add(index.value);
    for (const auto& [index, file] : vouched.good) {
        unproven_.erase(index);
        whole_.add(index.value);
        modified_[index] = file.modified_ns;
        if (by_name.contains(partial_file(*manifest_, index)))
            (void)files_.remove(partial_path(index));
    }
    return stale > 0 && unfinished == 0 && there.empty() ? Found::leftovers : Found::asset;
}

Status AssetFolder::make_last() {
    if (lasts_) return Done{};
    const auto manifest = files_.open(folder_ / kManifestFile, Files::Mode::read);
    if (!manifest) return manifest.error();
    if (auto done = (*manifest)->sync(); !done) return done;
    for (const auto& folder : {folder_, folder_.parent_path()})
        if (auto done = files_.sync_folder(folder); !done) return done;
    lasts_ = true;
    return Done{};
}

void AssetFolder::count(const std::vector<FragmentIndex>& fragments) {
    HeldFile::Proven proven;
    for (const FragmentIndex index : fragments) {
        unproven_.erase(index);
        unread_.erase(index);
        whole_.add(index.value);
        loose_.remove(RangeSet{{index.value, index.value + 1}});
        modified_.erase(index);
        const auto file = files_.stat(whole_path(index));
        if (!file) continue;
        proven.emplace_back(index, *file);
        modified_[index] = file->modified_ns;
    }
    held_.add(proven);
}

bool AssetFolder::has(FragmentIndex index) const {
    return whole_.contains(index.value) || partial_.contains(index);
}

// What this fragment's files hold is not what we believed; they stay for whoever looks after them.
void AssetFolder::give_up(FragmentIndex index) {
    cache_.forget(whole_path(index));
    cache_.forget(partial_path(index));
    whole_.remove(index.value);
    loose_.remove(RangeSet{{index.value, index.value + 1}});
    partial_.erase(index);
}

// What cannot be read is neither right nor wrong. It stays under its name and is read again later;
// what is sent in its place goes into it.
void AssetFolder::set_aside(FragmentIndex index) {
    const bool whole = whole_.contains(index.value);
    give_up(index);
    if (whole) unread_.insert(index);
}

void AssetFolder::cannot_read(FragmentIndex index, const Error& why) {
    if (why.kind == ErrorKind::busy) return;  // descriptors or buffers that ran out say nothing
    if (why.kind == ErrorKind::not_found) return give_up(index);
    set_aside(index);
}

bool AssetFolder::read_again() {
    unproven_.insert(unread_.begin(), unread_.end());
    return !unread_.empty();
}

// What lies there and nothing vouches for: its good chunks need not come again.
Status AssetFolder::make_partial(FragmentIndex index) {
    if (!unproven_.contains(index) && !unread_.contains(index)) return Done{};
    auto done = files_.rename(whole_path(index), partial_path(index), Files::Replace::yes);
    if (!done && done.error().kind != ErrorKind::not_found) return done;
    unproven_.erase(index);
    unread_.erase(index);
    if (proving_ && proving_->index == index) proving_.reset();
    return Done{};
}

// A file that is not right may have chunks that are: they are found again when it is next wanted.
void AssetFolder::demote(FragmentIndex index) {
    give_up(index);
    if (files_.rename(whole_path(index), partial_path(index), Files::Replace::no))
        (void)files_.sync_folder(folder_);
    else  // it stays; but nothing vouches for it any more
        held_.add({{index, Entry{}}});
}

Status AssetFolder::discard_partial(FragmentIndex index) {
    cache_.forget(partial_path(index));
    partial_.erase(index);
    return files_.remove(partial_path(index));
}

// --- writing -------------------------------------------------------------------------------------

Result<RangeSet> AssetFolder::keep_proof(FragmentIndex index, std::span<const std::uint8_t> proof) {
    if (!known(index)) return fail(ErrorKind::invalid, "no such fragment in the manifest");
    if (whole_.contains(index.value)) return fail(ErrorKind::exists, "the fragment is here");
    auto checked = check_proof(info(index), proof.data(), proof.size());
    if (!checked) return checked.error();
    // It can only be the same proof: both hash to what the manifest says.
    if (const auto open = partial_.find(index); open != partial_.end()) return open->second.proven;
    if (auto done = make_partial(index); !done) return done.error();
    // Here it may be made, later only reopened: a file that somebody removed must not come back
    // empty.
    const auto made = files_.open(partial_path(index), Files::Mode::write);
    if (!made) return made.error();
    if (const auto done = (*made)->resize(info(index).size); !done) return done.error();
    RangeSet proven = prove_chunks(**made, 0, info(index).size, *checked);
    partial_[index] = {std::move(*checked), proven, 0};
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
    const auto file = cache_.open(partial_path(index), Files::Mode::update);
    if (!file) {
        const Error& why = file.error();
        if (why.kind != ErrorKind::busy) give_up(index);
        return why.kind == ErrorKind::not_found ? fail(ErrorKind::io, why.text) : why;
    }
    if (auto done = (*file)->write_at(chunk_offset(chunk), data); !done) return done;
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
    if (!is_complete(index)) return fail(ErrorKind::refused, "the fragment is not complete");
    if (auto done = make_last(); !done) return done;
    const auto file = cache_.open(partial_path(index), Files::Mode::update);
    if (!file) {
        const Error& why = file.error();
        if (why.kind != ErrorKind::busy) give_up(index);
        return why;
    }
    if (auto synced = (*file)->sync(); !synced) {
        // What reads say after a failed sync is not what is on the disk.
        (void)discard_partial(index);
        return synced;
    }
    if (auto done = write_synced(files_, proof_path(index), proof_bytes(partial_.at(index).proof));
        !done)
        return done;
    cache_.forget(partial_path(index));
    cache_.forget(whole_path(index));
    if (auto done = files_.rename(partial_path(index), whole_path(index), Files::Replace::yes);
        !done)
        return done;
    partial_.erase(index);
    if (proving_ && proving_->index == index) proving_.reset();  // that file is replaced
    if (auto done = files_.sync_folder(folder_); !done) {
        // Under its name, but nobody knows for how long: as a file that was found.
        unproven_.insert(index);
        return done;
    }
    count({index});
    return Done{};
}

Status AssetFolder::take_from(const std::filesystem::path& other) {
    if (auto done = make_last(); !done) return done;
    std::vector<FragmentIndex> moved;
    for (std::uint32_t i = 0; i < manifest_->fragments.size(); ++i) {
        const FragmentIndex index{i};
        const auto file = files_.stat(other / fragment_file(*manifest_, index));
        if (whole_.contains(i) || !file || file->kind != EntryKind::file ||
            file->size != info(index).size)
            continue;
        if (proving_ && proving_->index == index) proving_.reset();
        if (auto done = discard_partial(index); !done) return done;
        // A proof that is missing is made again when it is asked for.
        (void)files_.rename(other / proof_file(*manifest_, index), proof_path(index),
                            Files::Replace::yes);
        if (auto done = files_.rename(other / fragment_file(*manifest_, index), whole_path(index),
                                      Files::Replace::yes);
            !done)
            return done;
        unproven_.insert(index);  // until the folder is synced
        moved.push_back(index);
    }
    if (auto done = files_.sync_folder(folder_); !done) return done;
    count(moved);
    return Done{};
}

Status AssetFolder::drop(FragmentIndex index) {
    if (!known(index)) return Done{};
    if (proving_ && proving_->index == index) proving_.reset();
    if (checking_ && checking_->index == index) checking_.reset();
    // What somebody puts there later is not loose.
    if (loose_.contains(index.value)) held_.add({{index, Entry{}}});
    give_up(index);
    unproven_.erase(index);
    unread_.erase(index);
    for (const auto& path : {whole_path(index), partial_path(index), proof_path(index)})
        if (auto done = files_.remove(path); !done) return done;
    return files_.sync_folder(folder_);
}

// By the files as they were proven: what was put there since is neither.
Status AssetFolder::mark(const RangeSet& fragments, bool kept) {
    HeldFile::Proven changed;
    RangeSet which = fragments.common(whole_);
    RangeSet done = kept ? which.common(loose_) : which;
    if (!kept) done.remove(loose_);
    for (const Span& span : done.spans())
        for (std::uint32_t i = span.begin; i < span.end; ++i) {
            const auto modified = modified_.find({i});
            if (modified == modified_.end()) continue;
            Entry file;
            file.kind = EntryKind::file;
            file.size = info({i}).size;
            file.modified_ns = modified->second;
            changed.emplace_back(FragmentIndex{i}, file);
        }
    if (done.empty()) return Done{};
    if (!kept) {
        held_.add(changed, HeldFile::Mark::loose);
        loose_.add(done);
        return Done{};
    }
    if (auto written = held_.keep(changed); !written) return written;
    loose_.remove(done);
    return Done{};
}

// --- reading -------------------------------------------------------------------------------------

Result<Payload> AssetFolder::load_chunk(FragmentIndex index, ChunkIndex chunk) {
    if (!known(index) || chunk.value >= chunk_count(info(index).size)) return not_here("chunk");
    const bool whole = whole_.contains(index.value);
    if (!whole) {
        const auto partial = partial_.find(index);
        if (partial == partial_.end() || !partial->second.proven.contains(chunk.value))
            return not_here("chunk");
    }
    const auto file = whole ? cache_.open(whole_path(index), Files::Mode::read)
                            : cache_.open(partial_path(index), Files::Mode::update);
    auto chunk_read =
        file ? read_chunk(**file, chunk_offset(chunk), chunk_length(info(index).size, chunk), pool_)
             : Result<Payload>(file.error());
    if (!chunk_read) cannot_read(index, chunk_read.error());
    return chunk_read;
}

Result<Payload> AssetFolder::load_proof(FragmentIndex index) {
    if (!known(index)) return not_here("fragment");
    if (const auto partial = partial_.find(index); partial != partial_.end())
        return Payload(proof_bytes(partial->second.proof));
    if (!whole_.contains(index.value)) return not_here("fragment");
    auto stored = read_small_file(files_, proof_path(index), kMaxProofBytes);
    if (stored && check_proof(info(index), stored->data(), stored->size()).ok())
        return Payload(std::move(*stored));
    const auto made = proof_of_file(index);
    if (!made) {
        cannot_read(index, made.error());
        return made.error();
    }
    if (hash_of_proof(*made) != info(index).hash) {
        demote(index);
        return fail(ErrorKind::io, whole_path(index).string() + " is damaged");
    }
    Bytes bytes = proof_bytes(*made);
    (void)write_synced(files_, proof_path(index), bytes);
    return Payload(std::move(bytes));
}

}  // namespace fragcast

// Store thread. Hashing what lies there: fragments that nothing vouches for, proofs that are lost.
#include "messages/wire/hash.hpp"
#include "messages/wire/limits.hpp"
#include "peer/store/stored_asset.hpp"

#include <algorithm>

namespace fragcast {

static Status hash_chunks(File& file, std::uint64_t size, std::uint32_t up_to, Proof& proof) {
    Bytes buffer(limits::kChunkBytes);
    while (proof.size() < up_to) {
        const ChunkIndex chunk{static_cast<std::uint32_t>(proof.size())};
        const std::span bytes = std::span(buffer).first(chunk_length(size, chunk));
        const auto got = file.read_at(chunk_offset(chunk), bytes);
        if (!got) return got.error();
        proof.push_back(sha256(bytes.first(*got)));
    }
    return Done{};
}

Result<Proof> AssetFolder::proof_of_file(FragmentIndex index) {
    const auto file = cache_.open(whole_path(index), Files::Mode::read);
    if (!file) return file.error();
    Proof proof;
    if (auto done = hash_chunks(**file, info(index).size, chunk_count(info(index).size), proof);
        !done)
        return done.error();
    return proof;
}

// --- proving what was found ----------------------------------------------------------------------

Status AssetFolder::begin_proving() {
    const FragmentIndex index = *unproven_.begin();
    auto file = files_.open(whole_path(index), Files::Mode::read);
    if (!file) return file.error();
    const auto entry = (*file)->stat();
    if (!entry) return entry.error();
    proving_ = Proving{index, std::move(*file), *entry, {}};
    return Done{};
}

// Synced first: whoever copied it in may not have.
Status AssetFolder::end_proving() {
    const FragmentIndex index = proving_->index;
    const auto entry = proving_->file->stat();
    if (!entry) return entry.error();
    if (entry->size != proving_->before.size || entry->modified_ns != proving_->before.modified_ns)
        return fail(ErrorKind::busy, whole_path(index).string() + " changed while it was read");
    if (auto done = make_last(); !done) return done;
    if (auto done = proving_->file->sync(); !done) return done;
    const Bytes bytes = proof_bytes(proving_->proof);
    const auto stored = read_small_file(files_, proof_path(index), kMaxProofBytes);
    if (!stored || *stored != bytes)
        if (auto done = write_synced(files_, proof_path(index), bytes); !done) return done;
    return files_.sync_folder(folder_);
}

bool AssetFolder::prove_some(std::uint32_t chunks_now, std::vector<FragmentIndex>& counting,
                             std::vector<std::pair<FragmentIndex, std::string>>& refused) {
    if (unproven_.empty()) return false;
    const FragmentIndex index = proving_ ? proving_->index : *unproven_.begin();
    const auto skip = [&](std::string why) {
        refused.emplace_back(index, std::move(why));
        unproven_.erase(index);
        proving_.reset();
        return true;
    };
    // Later again; told once.
    const auto postpone = [&](const Error& why) {
        const bool news = unread_.insert(index).second;
        if (why.kind == ErrorKind::not_found) unread_.erase(index);
        if (news) return skip(why.text);
        unproven_.erase(index);
        proving_.reset();
        return true;
    };
    if (!proving_)
        if (auto begun = begin_proving(); !begun) return postpone(begun.error());
    const std::uint32_t chunks = chunk_count(info(index).size);
    const auto done_before = static_cast<std::uint32_t>(proving_->proof.size());
    if (auto hashed = hash_chunks(*proving_->file, info(index).size,
                                  std::min(chunks, done_before + chunks_now), proving_->proof);
        !hashed)
        return postpone(hashed.error());
    if (proving_->proof.size() < chunks) return true;
    if (hash_of_proof(proving_->proof) != info(index).hash) {
        // What is being fetched is worth more than a file that somebody put beside it.
        if (!partial_.contains(index)) demote(index);
        unread_.erase(index);
        return skip("it is not the fragment that the manifest names");
    }
    if (auto ended = end_proving(); !ended) {
        if (ended.error().kind == ErrorKind::busy) return postpone(ended.error());
        unread_.erase(index);  // what reads say after a failed sync is not what is on the disk
        return skip(ended.error().text);
    }
    proving_.reset();
    (void)discard_partial(index);
    count({index});
    counting.push_back(index);
    return true;
}

}  // namespace fragcast

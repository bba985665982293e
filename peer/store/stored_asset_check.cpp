// Store thread. Looking again at what counts: fragments hashed once more, a chunk that somebody
// doubts, and what a folder holds now.
#include "messages/wire/hash.hpp"
#include "messages/wire/limits.hpp"
#include "peer/store/stored_asset.hpp"

#include <algorithm>

namespace fragcast {

namespace {
CheckStep absent() {
    return {CheckStep::State::absent, 0, {}, {}};
}
}  // namespace

std::optional<Proof> AssetFolder::stored_proof(FragmentIndex index) {
    const auto stored = read_small_file(files_, proof_path(index), kMaxProofBytes);
    if (!stored) return std::nullopt;
    auto proof = check_proof(info(index), stored->data(), stored->size());
    return proof ? std::optional(std::move(*proof)) : std::nullopt;
}

CheckStep AssetFolder::found_bad(FragmentIndex index, RangeSet chunks, std::uint64_t bytes,
                                 std::string why) {
    checking_.reset();
    demote(index);
    return {CheckStep::State::bad, bytes, std::move(chunks), std::move(why)};
}

CheckStep AssetFolder::found_unread(FragmentIndex index, RangeSet chunks, std::uint64_t bytes,
                                    const Error& why) {
    checking_.reset();
    cannot_read(index, why);
    const bool gone = why.kind == ErrorKind::not_found;
    return {gone ? CheckStep::State::bad : CheckStep::State::unread, bytes, std::move(chunks),
            why.text};
}

// --- hashing a fragment again --------------------------------------------------------------------

// By its name: a descriptor that is kept open may be of a file that is no longer there.
Result<AssetFolder::Proving> AssetFolder::open_whole(FragmentIndex index) {
    auto file = files_.open(whole_path(index), Files::Mode::read);
    if (!file) return file.error();
    const auto entry = (*file)->stat();
    if (!entry) return entry.error();
    return Proving{index, std::move(*file), *entry, {}};
}

CheckStep AssetFolder::check_some(FragmentIndex index, std::uint32_t chunks_now) {
    if (!whole_.contains(index.value)) {
        checking_.reset();
        return absent();
    }
    if (!checking_ || checking_->index != index) {
        auto opened = open_whole(index);
        if (!opened) return found_unread(index, {}, 0, opened.error());
        checking_ = std::move(*opened);
    }
    const std::uint64_t size = info(index).size;
    Bytes buffer(limits::kChunkBytes);
    Proof& proof = checking_->proof;
    std::uint64_t bytes = 0;
    const std::size_t up_to = std::min<std::size_t>(chunk_count(size), proof.size() + chunks_now);
    while (proof.size() < up_to) {
        const ChunkIndex chunk{static_cast<std::uint32_t>(proof.size())};
        const std::span data = std::span(buffer).first(chunk_length(size, chunk));
        const auto got = checking_->file->read_at(chunk_offset(chunk), data);
        if (!got)
            return found_unread(index, RangeSet{{chunk.value, chunk.value + 1}}, bytes,
                                got.error());
        proof.push_back(sha256(data.first(*got)));
        bytes += data.size();
    }
    if (proof.size() < chunk_count(size)) return {CheckStep::State::going, bytes, {}, {}};
    const Proving checked = std::move(*checking_);
    checking_.reset();
    return judge(checked, bytes);
}

CheckStep AssetFolder::judge(const Proving& checked, std::uint64_t bytes) {
    const FragmentIndex index = checked.index;
    if (hash_of_proof(checked.proof) == info(index).hash)
        return {CheckStep::State::good, bytes, {}, {}};
    RangeSet bad;
    if (const auto right = stored_proof(index))
        for (std::uint32_t i = 0; i < checked.proof.size(); ++i)
            if (checked.proof[i] != (*right)[i]) bad.add(i);
    return found_bad(index, std::move(bad), bytes, whole_path(index).string() + " is damaged");
}

CheckStep AssetFolder::doubt(FragmentIndex index, ChunkIndex chunk) {
    if (!known(index) || chunk.value >= chunk_count(info(index).size)) return absent();
    const auto open = partial_.find(index);
    const bool whole = whole_.contains(index.value);
    if (!whole && (open == partial_.end() || !open->second.proven.contains(chunk.value)))
        return absent();
    const auto right = whole ? stored_proof(index) : std::optional(open->second.proof);
    if (!right) return {CheckStep::State::going, 0, {}, {}};
    const auto path = whole ? whole_path(index) : partial_path(index);
    const auto file = files_.open(path, Files::Mode::read);
    Bytes buffer(chunk_length(info(index).size, chunk));
    const auto got =
        file ? (*file)->read_at(chunk_offset(chunk), buffer) : Result<std::size_t>(file.error());
    const RangeSet it{{chunk.value, chunk.value + 1}};
    if (!got && (whole || got.error().kind == ErrorKind::busy))
        return found_unread(index, it, 0, got.error());
    if (got && *got == buffer.size() && sha256(buffer) == (*right)[chunk.value])
        return {CheckStep::State::good, buffer.size(), {}, {}};
    const std::string why = path.string() + " is damaged";
    if (whole) return found_bad(index, it, 0, why);
    give_up(index);  // its chunks are hashed when it is next wanted
    return {CheckStep::State::bad, 0, it, why};
}

// --- listing the folder again --------------------------------------------------------------------

// Of the right name and size. Others may be being copied.
HeldFile::Proven AssetFolder::listed_fragments(const std::vector<Entry>& entries) const {
    std::map<std::string, const Entry*> by_name;
    for (const auto& entry : entries)
        if (entry.kind == EntryKind::file) by_name[entry.name] = &entry;
    HeldFile::Proven there;
    for (std::uint32_t i = 0; i < manifest_->fragments.size(); ++i) {
        const auto file = by_name.find(fragment_file(*manifest_, FragmentIndex{i}));
        if (file != by_name.end() && file->second->size == info({i}).size)
            there.emplace_back(FragmentIndex{i}, *file->second);
    }
    return there;
}

Result<AssetFolder::Listed> AssetFolder::list_again() {
    const auto entries = files_.list(folder_);
    if (!entries) return entries.error();
    Listed listed;
    for (const Entry& entry : *entries)
        if (entry.kind == EntryKind::file) listed.names.insert(entry.name);
    if (!listed.names.contains(kManifestFile))
        return fail(ErrorKind::not_found, folder_.string() + " has no manifest any more");
    const HeldFile::Proven fragments = listed_fragments(*entries);
    bool news = false;
    for (const auto& [index, file] : fragments) {
        listed.modified[index] = file.modified_ns;
        news = news || !whole_.contains(index.value);
    }
    if (news)
        for (const auto& [index, file] : held_.vouched(fragments).good)
            listed.vouched.insert(index);
    return listed;
}

bool AssetFolder::as_proven(FragmentIndex index, const Listed& listed) const {
    const auto file = listed.modified.find(index);
    const auto proven = modified_.find(index);
    return file != listed.modified.end() && proven != modified_.end() &&
           file->second == proven->second;
}

bool AssetFolder::counts_again(FragmentIndex index, const Listed& listed) {
    const auto file = listed.modified.find(index);
    const bool there = file != listed.modified.end();
    const bool counts = there && listed.vouched.contains(index) && !partial_.contains(index) &&
                        !unread_.contains(index);
    if (there && !counts) {
        unproven_.insert(index);
        return false;
    }
    if (proving_ && proving_->index == index) proving_.reset();
    unproven_.erase(index);
    unread_.erase(index);
    if (!counts) return false;
    whole_.add(index.value);
    modified_[index] = file->second;
    return true;
}

Result<AssetFolder::Changes> AssetFolder::relist() {
    const auto listed = list_again();
    if (!listed) return listed.error();
    Changes changes;
    HeldFile::Proven back;
    for (std::uint32_t i = 0; i < manifest_->fragments.size(); ++i) {
        const FragmentIndex index{i};
        if (whole_.contains(i)) {
            if (as_proven(index, *listed)) continue;
            give_up(index);  // taken away, or changed since it was proven
            changes.gone.push_back(index);
        }
        if (counts_again(index, *listed)) {
            changes.counting.push_back(index);
            Entry entry;
            entry.size = info(index).size;
            entry.modified_ns = modified_[index];
            back.emplace_back(index, entry);
        }
        if (partial_.contains(index) && !listed->names.contains(partial_file(*manifest_, index))) {
            give_up(index);
            changes.unfinished.push_back(index);
        }
    }
    // Put back by hand, and so to be kept.
    if (!back.empty()) (void)held_.keep(back);
    return changes;
}

}  // namespace fragcast

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

Result<AssetFolder::Changes> AssetFolder::relist() {
    const auto entries = files_.list(folder_);
    if (!entries) return entries.error();
    const auto named = [&](const std::string& name) {
        return std::any_of(entries->begin(), entries->end(), [&](const Entry& entry) {
            return entry.kind == EntryKind::file && entry.name == name;
        });
    };
    if (!named(kManifestFile))
        return fail(ErrorKind::not_found, folder_.string() + " has no manifest any more");
    const HeldFile::Proven there = listed_fragments(*entries);
    std::map<FragmentIndex, std::int64_t> present;
    HeldFile::Proven news;
    for (const auto& [index, file] : there) {
        present[index] = file.modified_ns;
        if (!whole_.contains(index.value)) news.emplace_back(index, file);
    }
    std::set<FragmentIndex> vouched;
    if (!news.empty())
        for (const auto& [index, file] : held_.vouched(there).good)
            vouched.insert(index);

    Changes changes;
    HeldFile::Proven back;
    for (std::uint32_t i = 0; i < manifest_->fragments.size(); ++i) {
        const FragmentIndex index{i};
        const auto file = present.find(index);
        if (whole_.contains(i)) {
            const auto proven = modified_.find(index);
            if (file != present.end() && proven != modified_.end() &&
                file->second == proven->second)
                continue;
            give_up(index);  // taken away, or changed since it was proven
            changes.gone.push_back(index);
        }
        if (file == present.end()) {
            if (proving_ && proving_->index == index) proving_.reset();
            unproven_.erase(index);
            unread_.erase(index);
        } else if (vouched.contains(index) && !partial_.contains(index) &&
                   !unread_.contains(index)) {
            if (proving_ && proving_->index == index) proving_.reset();
            unproven_.erase(index);
            whole_.add(i);
            modified_[index] = file->second;
            changes.counting.push_back(index);
            Entry entry;
            entry.size = info(index).size;
            entry.modified_ns = file->second;
            back.emplace_back(index, entry);
        } else {
            unproven_.insert(index);
        }
        if (partial_.contains(index) && !named(partial_file(*manifest_, index))) {
            give_up(index);
            changes.unfinished.push_back(index);
        }
    }
    // Put back by hand, and so to be kept.
    if (!back.empty()) (void)held_.keep(back);
    return changes;
}

}  // namespace fragcast

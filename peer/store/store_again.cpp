// Store thread. Looking at the folders and fragments of a store again while it is in use.
#include "peer/store/store_records.hpp"
#include "peer/store/store_state.hpp"

#include <algorithm>
#include <set>

namespace fragcast {

namespace fs = std::filesystem;

CheckStep FragmentStore::check_some(const FragmentRef& fragment, std::uint32_t chunks) {
    auto* folder = state_->find(fragment.asset);
    return folder == nullptr ? ChunkStore::check_some(fragment, chunks)
                             : folder->check_some(fragment.index, chunks);
}

CheckStep FragmentStore::doubt(const ChunkRef& chunk) {
    auto* folder = state_->find(chunk.asset);
    return folder == nullptr ? ChunkStore::doubt(chunk)
                             : folder->doubt(chunk.fragment, chunk.chunk);
}

bool FragmentStore::read_again() {
    bool any = false;
    for (auto& [id, folder] : state_->assets) {
        if (!folder.read_again()) continue;
        state_->to_prove.insert(id);
        any = true;
    }
    return any;
}

std::optional<StoredAsset> FragmentStore::stored(const AssetId& asset) const {
    const auto* folder = state_->find(asset);
    return folder == nullptr ? std::nullopt : std::optional(state_->stored(asset, *folder));
}

std::optional<WholeFragment> FragmentStore::next_whole(const FragmentRef& from) const {
    for (auto it = state_->assets.lower_bound(from.asset); it != state_->assets.end(); ++it) {
        const std::uint32_t first = it->first == from.asset ? from.index.value : 0;
        for (const Span& span : it->second.whole().spans()) {
            if (span.end <= first) continue;
            const FragmentIndex index{std::max(span.begin, first)};
            return WholeFragment{{it->first, index},
                                 it->second.manifest()->fragments[index.value].size};
        }
    }
    return std::nullopt;
}

// --- the folders ---------------------------------------------------------------------------------

void FragmentStore::State::relist(AssetFolder& folder, const AssetId& id, Relisted& found) {
    const auto changes = folder.relist();
    if (!changes) {
        // What cannot be listed just now is still there.
        if (changes.error().kind == ErrorKind::not_found) found.lost.push_back(id);
        return;
    }
    const auto add = [&](std::vector<FragmentRef>& to, const std::vector<FragmentIndex>& what) {
        for (const FragmentIndex index : what)
            to.push_back({id, index});
    };
    add(found.counting, changes->counting);
    add(found.gone, changes->gone);
    add(found.unfinished, changes->unfinished);
}

// What nobody proved here is hashed before it counts, whatever came with it.
std::optional<AssetId> FragmentStore::State::add_found(const Entry& entry, const AssetId* only) {
    const fs::path path = assets_folder() / entry.name;
    if (entry.kind != EntryKind::folder) return std::nullopt;
    auto manifest = read_manifest(files, path);
    if (!manifest || !folder_named_for(entry.name, manifest->id) || assets.contains(manifest->id) ||
        (only != nullptr && manifest->id != *only))
        return std::nullopt;
    const AssetId id = manifest->id;
    if (add(path, std::move(*manifest)).open(AssetFolder::Trust::nothing, 0, notes)) return id;
    assets.erase(id);
    return std::nullopt;
}

void FragmentStore::State::find_new_folders(const std::vector<Entry>& entries, Relisted& found) {
    std::set<fs::path> known;
    for (const auto& [id, folder] : assets)
        known.insert(folder.path());
    for (const auto& entry : entries) {
        if (known.contains(assets_folder() / entry.name)) continue;
        if (const auto id = add_found(entry, nullptr))
            found.assets.push_back(stored(*id, *find(*id)));
    }
}

// Beside one that somebody copied in and that was not looked for yet, a second would be made, and
// what comes into that would not count after the next start.
Result<AssetFolder*> FragmentStore::State::find_or_look(const AssetId& asset) {
    if (auto* known = find(asset)) return known;
    const auto entries = files.list(assets_folder());
    if (!entries) return entries.error();
    for (const auto& entry : *entries)
        if (folder_named_for(entry.name, asset) && add_found(entry, &asset)) return find(asset);
    return nullptr;
}

Result<Relisted> FragmentStore::relist() {
    const auto entries = state_->files.list(state_->assets_folder());
    if (!entries) return entries.error();
    Relisted found;
    for (auto& [id, folder] : state_->assets) {
        state_->to_prove.insert(id);
        state_->relist(folder, id, found);
    }
    for (const AssetId& id : found.lost) {
        const auto folder = state_->assets.find(id);
        for (const Span& span : folder->second.whole().spans())
            for (std::uint32_t i = span.begin; i < span.end; ++i)
                found.gone.push_back({id, {i}});
        state_->cache.forget_below(folder->second.path());
        state_->assets.erase(folder);
    }
    state_->find_new_folders(*entries, found);
    for (const auto& [id, folder] : state_->assets)
        for (const FragmentIndex index : folder.unproven())
            found.proving.push_back({id, index});
    return found;
}

// --- what its user does not want -----------------------------------------------------------------

namespace {
constexpr std::string_view kDeclinedKind = "FDCL";
}

std::vector<AssetId> read_declined(Files& files, const fs::path& root) {
    std::vector<AssetId> out;
    const auto record = read_record(files, root / kDeclinedFile, kDeclinedKind);
    if (!record || record->size() % AssetId::kBytes != 0) return out;
    for (std::size_t at = 0; at < record->size(); at += AssetId::kBytes) {
        AssetId id;
        std::copy_n(record->begin() + static_cast<std::ptrdiff_t>(at), AssetId::kBytes,
                    id.bytes.begin());
        out.push_back(id);
    }
    return out;
}

const std::vector<AssetId>& FragmentStore::declined() const {
    return state_->declined;
}

Status FragmentStore::decline(const AssetId& asset, bool declined) {
    std::vector<AssetId> next = state_->declined;
    std::erase(next, asset);
    if (declined) next.push_back(asset);
    if (next == state_->declined && state_->declined_lasts) return Done{};
    if (next.size() > limits::kMaxDeclined) next.erase(next.begin());
    Bytes payload;
    for (const AssetId& id : next)
        payload.insert(payload.end(), id.bytes.begin(), id.bytes.end());
    if (auto done = write_record(state_->files, state_->root / kDeclinedFile, kDeclinedKind,
                                 payload, Files::Access::normal);
        !done) {
        // On disk it is the old or the new one, and nobody knows which.
        state_->declined_lasts = false;
        return done;
    }
    state_->declined_lasts = true;
    state_->declined = std::move(next);
    return Done{};
}

}  // namespace fragcast

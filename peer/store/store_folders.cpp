// Store thread. The folders of a store: what a start finds, where a new one goes, how one leaves.
#include "peer/store/store_state.hpp"

namespace fragcast {

namespace fs = std::filesystem;

// --- at a start ----------------------------------------------------------------------------------

Status FragmentStore::State::empty_incoming() {
    const auto entries = files.list(incoming());
    if (!entries) return entries.error();
    for (const auto& entry : *entries)
        if (auto done = remove_all(files, incoming() / entry.name); !done) return done;
    return Done{};
}

Status FragmentStore::State::list_assets() {
    const auto entries = files.list(assets_folder());
    if (!entries) return entries.error();
    // The lock was written just now: its time is the file system's.
    const auto lock_file = files.stat(root / "lock");
    if (!lock_file) return lock_file.error();
    const std::int64_t stale_before =
        lock_file->modified_ns - std::chrono::nanoseconds(limits::kUnfinishedKept).count();
    for (const auto& entry : *entries) {
        const fs::path path = assets_folder() / entry.name;
        const auto leave = [&](const std::string& why) {
            notes.push_back(path.string() + " is left alone: " + why);
        };
        if (entry.kind != EntryKind::folder) {
            leave("it is not a folder");
            continue;
        }
        auto manifest = read_manifest(files, path);
        if (!manifest)
            leave(manifest.error().text);
        else if (!folder_named_for(entry.name, manifest->id))
            leave("its name does not end in the first digits of its id, " +
                  manifest->id.short_text());
        else if (assets.contains(manifest->id))
            leave("it is a second folder of " + manifest->id.short_text());
        else
            open_folder(path, std::move(*manifest), stale_before);
    }
    return Done{};
}

void FragmentStore::State::open_folder(const fs::path& path, ManifestOnDisk manifest,
                                       std::int64_t stale_before) {
    const AssetId id = manifest.id;
    const auto found =
        add(path, std::move(manifest)).open(AssetFolder::Trust::held, stale_before, notes);
    if (!found) {
        notes.push_back(path.string() + " is left alone: " + found.error().text);
    } else if (*found == AssetFolder::Found::leftovers) {
        notes.push_back(path.string() +
                        " is dropped: nothing of it is whole, and it is over a day "
                        "since anything of it came");
        (void)drop(id);
    }
}

// --- coming and going ----------------------------------------------------------------------------

AssetFolder& FragmentStore::State::add(const fs::path& folder, ManifestOnDisk manifest) {
    to_prove.insert(manifest.id);
    return assets
        .emplace(
            std::piecewise_construct, std::forward_as_tuple(manifest.id),
            std::forward_as_tuple(files, cache, pool, folder, manifest.manifest, manifest.body))
        .first->second;
}

Result<AssetFolder*> FragmentStore::State::move_in(const fs::path& from, ManifestOnDisk manifest) {
    const fs::path to =
        place_for(files, assets_folder(), manifest.manifest->name, manifest.id).free;
    if (to.empty())
        return fail(ErrorKind::exists, "all names for this asset are taken in " +
                                           assets_folder().string() + "; move them away");
    if (auto done = files.rename(from, to, Files::Replace::yes); !done) return done.error();
    for (const auto& folder : {assets_folder(), incoming()})
        if (auto done = files.sync_folder(folder); !done) {
            // Else the next try would make a second folder.
            if (const auto out = move_out(to)) (void)remove_moved(*out);
            return done.error();
        }
    AssetFolder& folder = add(to, std::move(manifest));
    folder.lasts();
    return &folder;
}

Result<fs::path> FragmentStore::State::move_out(const fs::path& from) {
    const fs::path to = incoming() / ("dropped-" + std::to_string(next_temporary++));
    if (auto done = files.rename(from, to, Files::Replace::no); !done) return done.error();
    return to;
}

// Not before it is out of assets/ for good: a power cut would leave an empty folder there. What
// cannot be synced now waits for the next start.
Status FragmentStore::State::remove_moved(const fs::path& out) {
    for (const auto& folder : {assets_folder(), incoming()})
        if (auto done = files.sync_folder(folder); !done) return done;
    return remove_all(files, out);
}

Status FragmentStore::State::drop(const AssetId& asset) {
    const auto found = assets.find(asset);
    // An earlier drop of it may have failed at its sync.
    if (found == assets.end()) return files.sync_folder(assets_folder());
    cache.forget_below(found->second.path());
    const auto out = move_out(found->second.path());
    if (!out) return out.error();
    assets.erase(found);
    return remove_moved(*out);
}

}  // namespace fragcast

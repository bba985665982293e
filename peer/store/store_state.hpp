// Store thread. What a FragmentStore consists of; only fragment_store.cpp, store_folders.cpp and
// store_again.cpp include this.
#pragma once

#include "messages/files/manifest_file.hpp"
#include "messages/wire/limits.hpp"
#include "peer/store/fragment_store.hpp"
#include "peer/store/stored_asset.hpp"

#include <map>
#include <set>

namespace fragcast {

inline constexpr const char* kDeclinedFile = "declined";
// A record that is absent or damaged declines nothing.
std::vector<AssetId> read_declined(Files& files, const std::filesystem::path& root);

struct FragmentStore::State {
    Files& files;
    std::filesystem::path root;
    std::unique_ptr<FileLock> lock;
    Identity identity;
    FileCache cache;
    BufferPool pool;
    std::map<AssetId, AssetFolder> assets;
    // Where something may be unproven: what was touched since it was last looked at for that.
    std::set<AssetId> to_prove;
    std::vector<std::string> notes;
    std::vector<AssetId> declined;
    bool declined_lasts = true;  // the record on disk says the same for good
    std::uint64_t next_temporary = 0;

    State(Files& real, std::filesystem::path where)
        : files(real), root(std::move(where)), cache(real) {}

    std::filesystem::path assets_folder() const { return root / "assets"; }
    std::filesystem::path incoming() const { return root / "incoming"; }

    Status prepare(const std::string& name);
    Status list_assets();
    void open_folder(const std::filesystem::path& path, ManifestOnDisk manifest,
                     std::int64_t stale_before);
    Status empty_incoming();
    AssetFolder* find(const AssetId& asset) {
        const auto found = assets.find(asset);
        if (found == assets.end()) return nullptr;
        to_prove.insert(asset);
        return &found->second;
    }
    // Nothing: neither known nor in assets/. Errors: as list's.
    Result<AssetFolder*> find_or_look(const AssetId& asset);
    std::optional<AssetId> add_found(const Entry& entry, const AssetId* only);
    AssetFolder& add(const std::filesystem::path& folder, ManifestOnDisk manifest);
    Result<AssetFolder*> move_in(const std::filesystem::path& from, ManifestOnDisk manifest);
    // Out of assets/, and then away for good.
    Result<std::filesystem::path> move_out(const std::filesystem::path& from);
    Status remove_moved(const std::filesystem::path& out);
    Status drop(const AssetId& asset);
    void relist(AssetFolder& folder, const AssetId& id, Relisted& found);
    void find_new_folders(const std::vector<Entry>& entries, Relisted& found);
    StoredAsset stored(const AssetId& id, const AssetFolder& folder) const {
        return {id, folder.manifest(), Holding{folder.whole(), {}}, folder.loose()};
    }
};

}  // namespace fragcast

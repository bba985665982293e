// Any one thread at a time. On disk: the manifest of an asset folder, and where such a folder goes
// (messages/wire/asset_folder.hpp).
#pragma once

#include "messages/files/files.hpp"
#include "messages/wire/manifest.hpp"

#include <filesystem>
#include <memory>
#include <string_view>

namespace fragcast {

struct ManifestOnDisk {
    AssetId id;
    std::shared_ptr<const Manifest> manifest;
    std::shared_ptr<const Bytes> body;
};

// Proven to be whole: the id is the hash of the body. Errors name the file: not_found (it holds no
// asset), invalid (damaged, or larger than any of ours), io.
Result<ManifestOnDisk> read_manifest(Files& files, const std::filesystem::path& folder);
// Of a manifest's body, wherever that is from.
Result<ManifestOnDisk> decode_body(Bytes body);

// Where the folder of an asset goes below `into`.
struct FolderPlace {
    std::filesystem::path free;   // the first name that nothing has, or an empty folder, which a
                                  // rename replaces; empty: all names are taken
    std::filesystem::path taken;  // a folder of that very asset on the way there; empty: none
};
FolderPlace place_for(Files& files, const std::filesystem::path& into, std::string_view name,
                      const AssetId& id);

}  // namespace fragcast

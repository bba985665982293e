// Any one thread at a time. The manifest of an asset folder (messages/wire/asset_folder.hpp).
#pragma once

#include "messages/files/files.hpp"
#include "messages/wire/manifest.hpp"

#include <filesystem>
#include <memory>

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

}  // namespace fragcast

#include "messages/files/manifest_file.hpp"

#include "messages/wire/asset_folder.hpp"
#include "messages/wire/limits.hpp"

#include <utility>

namespace fragcast {

namespace {
constexpr std::size_t kMaxEnvelopeBytes = limits::kMaxManifestBytes + 4096;  // key, signature
}

Result<ManifestOnDisk> decode_body(Bytes body) {
    auto manifest = decode_manifest(body.data(), body.size());
    if (!manifest) return manifest.error();
    const AssetId id = id_of_manifest(body);
    return ManifestOnDisk{id, std::make_shared<const Manifest>(std::move(*manifest)),
                          std::make_shared<const Bytes>(std::move(body))};
}

Result<ManifestOnDisk> read_manifest(Files& files, const std::filesystem::path& folder) {
    const auto path = folder / kManifestFile;
    const auto data = read_small_file(files, path, kMaxEnvelopeBytes);
    if (!data && data.error().kind == ErrorKind::not_found)
        return fail(ErrorKind::not_found,
                    folder.string() + " holds no asset: " + path.string() + " is missing");
    if (!data) return data.error();
    const auto damaged = [&path](const Error& error) {
        return fail(ErrorKind::invalid, path.string() + ": " + error.text);
    };
    auto envelope = decode_envelope(data->data(), data->size());
    if (!envelope) return damaged(envelope.error());
    auto manifest = decode_body(std::move(envelope->body));
    if (!manifest) return damaged(manifest.error());
    return manifest;
}

FolderPlace place_for(Files& files, const std::filesystem::path& into, std::string_view name,
                      const AssetId& id) {
    FolderPlace place;
    for (std::size_t digits = 8; digits <= 2 * AssetId::kBytes; digits += 4) {
        auto path = into / asset_folder_name(name, id, digits);
        const auto there = files.stat(path);
        const bool folder = there && there->kind == EntryKind::folder;
        const auto inside = folder ? files.list(path) : Result<std::vector<Entry>>(Error{});
        if (!there || (inside && inside->empty())) {
            place.free = std::move(path);
            return place;
        }
        if (!folder || !place.taken.empty()) continue;
        if (const auto its = read_manifest(files, path); its && its->id == id)
            place.taken = std::move(path);
    }
    return place;
}

}  // namespace fragcast

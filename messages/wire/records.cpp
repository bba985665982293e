#include "messages/wire/records.hpp"

namespace fragcast {

AssetRecord record_of(const AssetId& id, const Manifest& manifest) {
    AssetRecord record;
    record.id = id;
    record.name = manifest.name;
    record.kind = manifest.kind;
    record.size = manifest.size();
    record.duration_us = manifest.media ? manifest.media->duration_us : 0;
    record.fragments = static_cast<std::uint32_t>(manifest.fragments.size());
    record.replicas = manifest.replicas;
    return record;
}

}  // namespace fragcast

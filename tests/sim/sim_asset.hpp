// Any thread: value types. Made-up assets: real manifests (encoded, with their true ids) of content
// that does not exist.
#pragma once

#include "messages/wire/limits.hpp"
#include "messages/wire/manifest.hpp"

#include <memory>
#include <string>

namespace fragcast::sim {

struct SimAsset {
    AssetId id;
    std::shared_ptr<const Manifest> manifest;
    std::shared_ptr<const Bytes> body;  // encoded

    std::uint32_t fragments() const {
        return static_cast<std::uint32_t>(manifest->fragments.size());
    }
    std::uint32_t chunks(FragmentIndex fragment) const {
        return chunk_count(manifest->fragments[fragment.value].size);
    }
    std::uint32_t length(const ChunkRef& chunk) const {
        return chunk_length(manifest->fragments[chunk.fragment.value].size, chunk.chunk);
    }
};

// A plain file of so many fragments of so many bytes each.
SimAsset make_file(const std::string& name, std::uint32_t fragments, std::uint64_t fragment_bytes,
                   std::uint32_t replicas = limits::kDefaultReplicas);
// A video of fragments of `seconds` each, with a key frame every two seconds.
SimAsset make_video(const std::string& name, std::uint32_t fragments, std::uint32_t seconds,
                    std::uint64_t bytes_per_second);

}  // namespace fragcast::sim

// Any thread. Pure.
//
// What a media request is a range of, and which pieces of the asset its bytes are: the init segment
// and chunks, in order.
#pragma once

#include "messages/http/http_server.hpp"
#include "messages/wire/manifest.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace fragcast {

// A resource: the init segment or not, then fragments [first, end).
struct MediaExtent {
    bool init = false;
    std::uint32_t first = 0;
    std::uint32_t end = 0;

    static MediaExtent whole(const Manifest& manifest);
    static MediaExtent fragment(FragmentIndex index, bool with_init);
};
std::uint64_t size_of(const Manifest& manifest, const MediaExtent& extent);

// Bytes [begin, end) of the init segment, or of one chunk.
struct MediaPiece {
    bool init = false;
    FragmentIndex fragment;
    ChunkIndex chunk;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    bool operator==(const MediaPiece&) const = default;
    // Where in the fragment it begins.
    std::uint64_t fragment_offset() const { return chunk_offset(chunk) + begin; }
};

// The pieces of bytes `span` of the extent, one after the other.
class MediaCursor {
public:
    MediaCursor(std::shared_ptr<const Manifest> manifest, const MediaExtent& extent,
                const ByteSpan& span);
    std::optional<MediaPiece> next();

private:
    std::shared_ptr<const Manifest> manifest_;
    std::uint64_t left_;    // bytes of the span still to come
    std::uint64_t offset_;  // in the init segment or the fragment
    bool in_init_;
    std::uint32_t fragment_;
};

}  // namespace fragcast

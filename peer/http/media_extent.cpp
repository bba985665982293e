#include "peer/http/media_extent.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {
namespace {

std::uint64_t init_size(const Manifest& manifest) {
    return manifest.media ? manifest.media->init.size() : 0;
}

}  // namespace

MediaExtent MediaExtent::whole(const Manifest& manifest) {
    return {manifest.media.has_value(), 0, static_cast<std::uint32_t>(manifest.fragments.size())};
}

MediaExtent MediaExtent::fragment(FragmentIndex index, bool with_init) {
    return {with_init, index.value, index.value + 1};
}

std::uint64_t size_of(const Manifest& manifest, const MediaExtent& extent) {
    std::uint64_t size = extent.init ? init_size(manifest) : 0;
    for (std::uint32_t i = extent.first; i < extent.end; ++i)
        size += manifest.fragments.at(i).size;
    return size;
}

MediaCursor::MediaCursor(std::shared_ptr<const Manifest> manifest, const MediaExtent& extent,
                         const ByteSpan& span)
    : manifest_(std::move(manifest)),
      left_(span.size()),
      offset_(span.begin),
      in_init_(extent.init),
      fragment_(extent.first) {
    if (in_init_ && offset_ >= init_size(*manifest_)) {
        offset_ -= init_size(*manifest_);
        in_init_ = false;
    }
    while (!in_init_ && left_ > 0 && offset_ >= manifest_->fragments.at(fragment_).size)
        offset_ -= manifest_->fragments.at(fragment_++).size;
}

std::optional<MediaPiece> MediaCursor::next() {
    if (left_ == 0) return std::nullopt;
    MediaPiece piece;
    std::uint64_t part_end = 0;  // of the init segment or fragment
    if (in_init_) {
        part_end = init_size(*manifest_);
        piece = {true, {}, {}, offset_, std::min(part_end, offset_ + left_)};
    } else {
        part_end = manifest_->fragments.at(fragment_).size;
        const ChunkIndex chunk{chunks_of_bytes(offset_, offset_ + 1).begin};
        const std::uint64_t start = chunk_offset(chunk);
        const std::uint64_t length = chunk_length(part_end, chunk);
        piece = {false, FragmentIndex{fragment_}, chunk, offset_ - start,
                 std::min(length, offset_ - start + left_)};
    }
    const std::uint64_t size = piece.end - piece.begin;
    left_ -= size;
    offset_ += size;
    if (offset_ == part_end) {
        offset_ = 0;
        if (in_init_)
            in_init_ = false;
        else
            ++fragment_;
    }
    return piece;
}

}  // namespace fragcast

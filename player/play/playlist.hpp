// Any thread: pure. HLS playlists (RFC 8216) of a video, known in full from its manifest.
#pragma once

#include "messages/wire/manifest.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace fragcast {

// `viewer` is repeated in every URI as ?v=… where not empty (must be [A-Za-z0-9]{1,32}).
// Both are empty for an asset that is no video.
// /hls/ID/index.m3u8: multivariant, one variant with exact CODECS, BANDWIDTH and RESOLUTION.
std::string multivariant_playlist(const Manifest& manifest, std::string_view viewer);
// /hls/ID/media.m3u8: VOD, EXT-X-MAP init.mp4, one EXT-X-BYTERANGE entry per key range of I.m4s.
std::string media_playlist(const Manifest& manifest, std::string_view viewer);

// Where in the asset a byte of a fragment is played, for playheads: microseconds from the start.
// Within a key range it grows with the bytes; past the end it is the end; of a file 0.
std::uint64_t time_of(const Manifest& manifest, FragmentIndex fragment, std::uint64_t offset);

}  // namespace fragcast

// Any one thread at a time. The first pass over a video: all that the cut needs to know.
#pragma once

#include "messages/wire/manifest.hpp"
#include "player/cut/cut_plan.hpp"
#include "player/cut/media_source.hpp"

#include <cstdint>
#include <vector>

namespace fragcast {

struct MediaScan {
    std::vector<PlannedRange> ranges;
    std::int64_t origin_us = 0;  // taken from all timestamps, so that the asset begins at 0
    std::int64_t end_us = 0;     // after that
    bool has_audio = false;
    bool closed_gop = false;
    Bytes audio_extradata;
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    bool rare = false;  // a codec or profile that not every browser plays
    std::vector<Track> kept;
    std::vector<Track> dropped;
};

// Reads it to its end. Errors as those of MediaSource.
Result<MediaScan> scan_media(SourceReader& reader);

}  // namespace fragcast

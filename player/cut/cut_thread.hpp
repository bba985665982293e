// The caller's thread, and an actor beside it: one reads packets while the other writes ranges.
// Reading a transport stream costs about as much as all the rest.
#pragma once

#include "player/cut/asset_writer.hpp"
#include "player/cut/media_scan.hpp"
#include "player/cut/media_source.hpp"
#include "player/cut/source_reader.hpp"

#include <cstdint>
#include <vector>

namespace fragcast {

// Cuts all that `source` gives into fragments of `writer` and fills in its manifest's media. When
// it returns, nothing of it runs any more. Errors as those of MediaSource and VideoCutter;
// interrupted when `progress` was stopped.
Status cut_beside(MediaSource& source, const MediaScan& scan,
                  const std::vector<std::uint32_t>& first_ranges, AssetWriter& writer,
                  Progress& progress);

}  // namespace fragcast

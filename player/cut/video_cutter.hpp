// Any one thread at a time. The second pass over a video: packets in, ranges and fragments out.
#pragma once

#include "player/cut/asset_writer.hpp"
#include "player/cut/media_scan.hpp"
#include "player/cut/media_source.hpp"
#include "player/cut/range_muxer.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace fragcast {

// A range ends when picture and sound have both reached the next key frame; what comes early waits.
// How far apart the source keeps them is its own affair, so the wait is bounded: then the range is
// cut, and late sound goes into a later range, or early sound into this one. Either plays.
class VideoCutter {
public:
    // `scan`, `first_ranges` (plan_video) and `writer` must live as long. What the tracks of
    // `source` are is read here and not again: it may go on in another thread.
    static Result<std::unique_ptr<VideoCutter>> create(
        const MediaScan& scan, const std::vector<std::uint32_t>& first_ranges,
        const MediaSource& source, AssetWriter& writer);

    // Every packet of the source, in its order. `invalid`: it cannot go as a video, in the middle
    // of a sentence; and what the writer fails with.
    Status take(MediaPacket packet);
    // After the last one: ends the last fragment, and fills in the manifest's media.
    Status finish();

private:
    VideoCutter(const MediaScan& scan, const std::vector<std::uint32_t>& first_ranges,
                AssetWriter& writer)
        : scan_(scan), first_ranges_(first_ranges), writer_(writer) {}
    bool is_last_range() const { return range_ + 1 == scan_.ranges.size(); }
    bool belongs_later(const MediaPacket& packet) const;
    Status place(MediaPacket packet);
    Status cut_where_reached();
    Status release_sound();
    Status cut();
    const AVPacket* first_held(TrackRole role) const;
    Status end_range();
    void describe();
    std::uint64_t peak_bandwidth() const;

    const MediaScan& scan_;
    const std::vector<std::uint32_t>& first_ranges_;
    AssetWriter& writer_;
    std::optional<AVRational> audio_base_;  // nothing: no sound
    std::unique_ptr<RangeMuxer> muxer_;
    std::size_t range_ = 0;
    std::uint32_t fragment_ = 0;
    std::uint64_t video_packets_ = 0;  // written
    bool sound_began_ = false;
    bool video_reached_ = false;  // the next range: what follows of the track waits
    bool audio_reached_ = false;
    bool ended_ = false;
    std::deque<MediaPacket> held_;
    std::size_t held_bytes_ = 0;
};

}  // namespace fragcast

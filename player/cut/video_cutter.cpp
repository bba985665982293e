#include "player/cut/video_cutter.hpp"

#include "player/cut/codec_string.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

namespace {

constexpr std::size_t kPacketBookkeeping = 512;  // what a waiting packet costs besides its bytes

}  // namespace

Result<std::unique_ptr<VideoCutter>> VideoCutter::create(
    const MediaScan& scan, const std::vector<std::uint32_t>& first_ranges,
    const MediaSource& source, AssetWriter& writer) {
    std::unique_ptr<VideoCutter> cutter(new VideoCutter(scan, first_ranges, writer));
    if (source.audio() != nullptr) cutter->audio_base_ = source.audio()->time_base;
    Result<std::unique_ptr<RangeMuxer>> muxer = RangeMuxer::create(
        source, scan.audio_extradata, scan.origin_us,
        [&writer](std::span<const std::uint8_t> data) { return writer.write(data); });
    if (!muxer) return muxer.error();
    cutter->muxer_ = std::move(*muxer);
    if (Status status = writer.begin_fragment({}); !status) return status.error();
    return cutter;
}

Status VideoCutter::take(MediaPacket packet) {
    if (Status status = place(std::move(packet)); !status) return status;
    return cut_where_reached();
}

bool VideoCutter::belongs_later(const MediaPacket& packet) const {
    if (is_last_range()) return false;
    const PlannedRange& next = scan_.ranges[range_ + 1];
    if (packet.role == TrackRole::video) return video_packets_ >= next.first_packet;
    // The first one goes where it comes: the init segment is made with it.
    return sound_began_ &&
           av_compare_ts(packet.data->pts, *audio_base_, next.start_us + scan_.origin_us,
                         libav::kMicroseconds) >= 0;
}

// Into the range under way, or to those that wait.
Status VideoCutter::place(MediaPacket packet) {
    const bool is_video = packet.role == TrackRole::video;
    bool& reached = is_video ? video_reached_ : audio_reached_;
    if (reached || belongs_later(packet)) {
        reached = true;
        held_bytes_ += static_cast<std::size_t>(packet.data->size) + kPacketBookkeeping;
        held_.push_back(std::move(packet));
        return Done{};
    }
    if (is_video)
        ++video_packets_;
    else
        sound_began_ = true;
    return muxer_->write(std::move(packet));
}

Status VideoCutter::cut_where_reached() {
    while (video_reached_ || audio_reached_) {
        const bool audio_there = audio_reached_ || !audio_base_;
        const bool patient = held_bytes_ < limits::kMaxHeldBytes && !ended_;
        if (patient && !(video_reached_ && audio_there)) return Done{};
        if (Status status = video_reached_ ? cut() : release_sound(); !status) return status;
    }
    return Done{};
}

// Only sound waits, and too much of it: it goes into this range.
Status VideoCutter::release_sound() {
    audio_reached_ = false;
    held_bytes_ = 0;
    for (MediaPacket& packet : std::exchange(held_, {}))
        if (Status status = muxer_->write(std::move(packet)); !status) return status;
    return Done{};
}

Status VideoCutter::cut() {
    if (range_ == 0 && audio_base_ && !audio_reached_ && !ended_)
        return fail(ErrorKind::invalid, "its sound begins too far behind its picture");
    if (Status status = end_range(); !status) return status;
    ++range_;
    const bool new_fragment =
        fragment_ + 1 < first_ranges_.size() && first_ranges_[fragment_ + 1] == range_;
    if (new_fragment) {
        if (Status status = writer_.end_fragment(); !status) return status;
        if (Status status = writer_.begin_fragment({++fragment_}); !status) return status;
    }
    video_reached_ = audio_reached_ = false;
    held_bytes_ = 0;
    for (MediaPacket& packet : std::exchange(held_, {}))
        if (Status status = place(std::move(packet)); !status) return status;
    return Done{};
}

const AVPacket* VideoCutter::first_held(TrackRole role) const {
    for (const MediaPacket& packet : held_)
        if (packet.role == role) return packet.data.get();
    return nullptr;
}

Status VideoCutter::end_range() {
    FragmentInfo& fragment = writer_.manifest().fragments[fragment_];
    KeyRange range;
    range.offset = writer_.fragment_bytes();
    if (Status status = is_last_range() ? muxer_->end_last_range()
                                        : muxer_->end_range(first_held(TrackRole::video),
                                                            first_held(TrackRole::audio));
        !status)
        return status;
    range.length = writer_.fragment_bytes() - range.offset;
    if (range.length == 0 || writer_.fragment_bytes() > limits::kMaxFragmentBytes)
        return fail(ErrorKind::invalid, "a fragment of it would be empty or larger than 1 GiB");
    const std::int64_t end = is_last_range() ? scan_.end_us : scan_.ranges[range_ + 1].start_us;
    range.duration_us =
        static_cast<std::uint64_t>(std::max<std::int64_t>(end - scan_.ranges[range_].start_us, 0));
    fragment.duration_us += range.duration_us;
    fragment.ranges.push_back(range);
    return Done{};
}

Status VideoCutter::finish() {
    ended_ = true;
    if (Status status = cut_where_reached(); !status) return status;
    if (!is_last_range()) return fail(ErrorKind::invalid, "it read differently a second time");
    if (Status status = end_range(); !status) return status;
    if (Status status = writer_.end_fragment(); !status) return status;
    describe();
    return Done{};
}

void VideoCutter::describe() {
    Media media;
    media.duration_us = static_cast<std::uint64_t>(scan_.end_us);
    media.width = scan_.width;
    media.height = scan_.height;
    media.closed_gop = scan_.closed_gop;
    media.init = muxer_->init();
    media.codecs = codecs_of_init(media.init).value_or("");
    media.bandwidth = peak_bandwidth();
    writer_.manifest().media = std::move(media);
}

std::uint64_t VideoCutter::peak_bandwidth() const {
    constexpr double kShortest = 1e6;  // a rate over less than a second says nothing
    double peak = 0;
    for (const FragmentInfo& fragment : writer_.manifest().fragments)
        for (const KeyRange& range : fragment.ranges)
            peak = std::max(peak, static_cast<double>(range.length) * 8e6 /
                                      std::max(static_cast<double>(range.duration_us), kShortest));
    return static_cast<std::uint64_t>(peak) + 1;
}

}  // namespace fragcast

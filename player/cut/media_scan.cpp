#include "player/cut/media_scan.hpp"

#include "player/cut/key_frame.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <optional>

namespace fragcast {

namespace {

// Sound may begin a little before the picture's zero (the encoder's priming): an edit list says so.
constexpr std::int64_t kMaxPrimingUs = 1'000'000;
constexpr std::int64_t kMaxTimeUs = static_cast<std::int64_t>(limits::kMaxDurationUs);

class Scanner {
public:
    explicit Scanner(const MediaSource& source)
        : source_(source), codec_(source.video().codecpar->codec_id) {
        const AVCodecParameters& video = *source.video().codecpar;
        const auto size = static_cast<std::size_t>(std::max(video.extradata_size, 0));
        length_bytes_ = nal_length_bytes({video.extradata, size}, codec_ == AV_CODEC_ID_HEVC);
    }

    Status on_packet(const MediaPacket& packet) {
        const bool is_video = packet.role == TrackRole::video;
        const AVRational base = (is_video ? source_.video() : *source_.audio()).time_base;
        const std::int64_t start = av_rescale_q(packet.data->pts, base, libav::kMicroseconds);
        if (start > kMaxTimeUs || start < -kMaxTimeUs)
            return fail(ErrorKind::invalid, "its timestamps are out of all bounds");
        const std::int64_t length =
            std::clamp<std::int64_t>(packet.data->duration, 0, std::numeric_limits<int>::max());
        first_us_ = std::min(first_us_, start);
        end_us_ = std::max(end_us_, start + av_rescale_q(length, base, libav::kMicroseconds));
        if (is_video)
            on_video(*packet.data, start);
        else
            has_audio_ = true;
        const auto bytes = static_cast<std::uint64_t>(packet.data->size);
        if (ranges_)
            ranges_->on_packet(bytes);
        else
            bytes_before_ += bytes;
        return Done{};
    }

    Result<MediaScan> finish() {
        if (!ranges_) return fail(ErrorKind::invalid, "its video track is empty");
        MediaScan scan;
        scan.origin_us = first_us_ > 0 || first_us_ < -kMaxPrimingUs ? first_us_ : 0;
        scan.end_us = end_us_ - scan.origin_us;
        if (scan.end_us > kMaxTimeUs) return fail(ErrorKind::invalid, "it is too long");
        scan.ranges = ranges_->finish(scan.origin_us, end_us_);
        scan.has_audio = has_audio_;
        scan.closed_gop = closed_;
        scan.audio_extradata = source_.audio_extradata();
        const AVCodecParameters& video = *source_.video().codecpar;
        scan.width = static_cast<std::uint32_t>(video.width);
        scan.height = static_cast<std::uint32_t>(video.height);
        scan.rare = is_rare(video);
        return scan;
    }

private:
    void on_video(const AVPacket& packet, std::int64_t start) {
        if (!ranges_) {
            ranges_.emplace(start);
            ranges_->on_packet(bytes_before_);
            closed_ = (packet.flags & AV_PKT_FLAG_KEY) != 0;
        }
        if ((packet.flags & AV_PKT_FLAG_KEY) != 0) {
            ranges_->on_key_frame(count_, start);
            key_pts_ = packet.pts;
            if (!decodes_alone(packet)) closed_ = false;
        } else if (packet.pts < key_pts_) {
            // Shown before the key frame, so it may need what was before: an open group.
            closed_ = false;
        }
        ++count_;
    }

    bool decodes_alone(const AVPacket& packet) const {
        const bool hevc = codec_ == AV_CODEC_ID_HEVC;
        if (!hevc && codec_ != AV_CODEC_ID_H264) return true;
        const auto size = static_cast<std::size_t>(packet.size);
        return starts_with_idr({packet.data, size}, length_bytes_, hevc);
    }

    // H.264 above 8 bits or 4:2:0, and HEVC.
    static bool is_rare(const AVCodecParameters& video) {
        constexpr int kHigh10 = 110;
        if (video.codec_id == AV_CODEC_ID_HEVC) return true;
        return video.codec_id == AV_CODEC_ID_H264 && (video.profile & 0xFF) >= kHigh10;
    }

    const MediaSource& source_;
    AVCodecID codec_;
    std::size_t length_bytes_ = 0;
    std::optional<RangeCollector> ranges_;
    std::uint64_t bytes_before_ = 0;  // of sound, before the first picture
    std::uint64_t count_ = 0;         // video packets
    std::int64_t key_pts_ = std::numeric_limits<std::int64_t>::min();
    std::int64_t first_us_ = std::numeric_limits<std::int64_t>::max();
    std::int64_t end_us_ = std::numeric_limits<std::int64_t>::min();
    bool has_audio_ = false;
    bool closed_ = false;
};

}  // namespace

Result<MediaScan> scan_media(SourceReader& reader) {
    const Result<std::unique_ptr<MediaSource>> source = MediaSource::open(reader, true);
    if (!source) return source.error();
    Scanner scanner(**source);
    while (true) {
        const Result<std::optional<MediaPacket>> packet = (*source)->next();
        if (!packet) return packet.error();
        if (!*packet) break;
        if (Status status = scanner.on_packet(**packet); !status) return status.error();
    }
    Result<MediaScan> scan = scanner.finish();
    if (!scan) return scan;
    scan->kept = (*source)->tracks(true);
    scan->dropped = (*source)->tracks(false);
    return scan;
}

}  // namespace fragcast

#include "player/cut_video.hpp"

#include "player/asset_writer.hpp"
#include "player/codec_string.hpp"
#include "player/cut_notes.hpp"
#include "player/media_scan.hpp"
#include "player/range_muxer.hpp"

#include <algorithm>
#include <deque>
#include <utility>

namespace fragcast {

namespace {

constexpr AVRational kMicroseconds = {1, 1'000'000};
constexpr std::size_t kPacketBookkeeping = 512;  // what a waiting packet costs besides its bytes

// The second pass: packets into ranges, ranges into fragments. A range ends when picture and sound
// have both reached the next key frame; what comes early waits. How far apart the source keeps them
// is its own affair, so the wait is bounded: then the range is cut, and late sound goes into a
// later range, or early sound into this one. Either plays.
class VideoCutter {
public:
    VideoCutter(const MediaScan& scan, const std::vector<std::uint32_t>& first_ranges,
                MediaSource& source, AssetWriter& writer)
        : scan_(scan), first_ranges_(first_ranges), source_(source), writer_(writer) {}

    Status run() {
        Result<std::unique_ptr<RangeMuxer>> muxer = RangeMuxer::create(
            source_, scan_.audio_extradata, scan_.origin_us,
            [this](std::span<const std::uint8_t> data) { return writer_.write(data); });
        if (!muxer) return muxer.error();
        muxer_ = std::move(*muxer);
        if (Status status = writer_.begin_fragment({}); !status) return status;
        while (true) {
            Result<std::optional<MediaPacket>> packet = source_.next();
            if (!packet) return packet.error();
            if (!*packet) break;
            if (Status status = place(std::move(**packet)); !status) return status;
            if (Status status = cut_where_reached(); !status) return status;
        }
        return finish();
    }

private:
    bool is_last_range() const { return range_ + 1 == scan_.ranges.size(); }

    bool belongs_later(const MediaPacket& packet) const {
        if (is_last_range()) return false;
        const PlannedRange& next = scan_.ranges[range_ + 1];
        if (packet.role == TrackRole::video) return video_packets_ >= next.first_packet;
        // The first one goes where it comes: the init segment is made with it.
        return sound_began_ && av_compare_ts(packet.data->pts, source_.audio()->time_base,
                                             next.start_us + scan_.origin_us, kMicroseconds) >= 0;
    }

    // Into the range under way, or to those that wait.
    Status place(MediaPacket packet) {
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

    Status cut_where_reached() {
        while (video_reached_ || audio_reached_) {
            const bool audio_there = audio_reached_ || source_.audio() == nullptr;
            const bool patient = held_bytes_ < limits::kMaxHeldBytes && !ended_;
            if (patient && !(video_reached_ && audio_there)) return Done{};
            if (Status status = video_reached_ ? cut() : release_sound(); !status) return status;
        }
        return Done{};
    }

    // Only sound waits, and too much of it: it goes into this range.
    Status release_sound() {
        audio_reached_ = false;
        held_bytes_ = 0;
        for (MediaPacket& packet : std::exchange(held_, {}))
            if (Status status = muxer_->write(std::move(packet)); !status) return status;
        return Done{};
    }

    Status cut() {
        if (range_ == 0 && source_.audio() != nullptr && !audio_reached_ && !ended_)
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

    const AVPacket* first_held(TrackRole role) const {
        for (const MediaPacket& packet : held_)
            if (packet.role == role) return packet.data.get();
        return nullptr;
    }

    Status end_range() {
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
        range.duration_us = static_cast<std::uint64_t>(
            std::max<std::int64_t>(end - scan_.ranges[range_].start_us, 0));
        fragment.duration_us += range.duration_us;
        fragment.ranges.push_back(range);
        return Done{};
    }

    Status finish() {
        ended_ = true;
        if (Status status = cut_where_reached(); !status) return status;
        if (!is_last_range()) return fail(ErrorKind::invalid, "it read differently a second time");
        if (Status status = end_range(); !status) return status;
        if (Status status = writer_.end_fragment(); !status) return status;
        describe();
        return Done{};
    }

    void describe() {
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

    std::uint64_t peak_bandwidth() const {
        constexpr double kShortest = 1e6;  // a rate over less than a second says nothing
        double peak = 0;
        for (const FragmentInfo& fragment : writer_.manifest().fragments)
            for (const KeyRange& range : fragment.ranges)
                peak =
                    std::max(peak, static_cast<double>(range.length) * 8e6 /
                                       std::max(static_cast<double>(range.duration_us), kShortest));
        return static_cast<std::uint64_t>(peak) + 1;
    }

    const MediaScan& scan_;
    const std::vector<std::uint32_t>& first_ranges_;
    MediaSource& source_;
    AssetWriter& writer_;
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

Manifest video_draft(const CutJob& job, const MediaScan& scan, std::size_t fragments) {
    Manifest draft = job.draft;
    draft.kind = AssetKind::video;
    draft.mime = "video/mp4";
    draft.source.kept = scan.kept;
    draft.source.dropped = scan.dropped;
    draft.fragments.resize(fragments);
    return draft;
}

}  // namespace

Status SourceHash::start(const InputFile& input) {
    Result<InputFile> file = input.again();
    if (!file) return file.error();
    hasher_.hash({std::move(*file), false});
    return Done{};
}

Result<Digest> SourceHash::wait(Progress& progress) {
    constexpr std::chrono::milliseconds kPatience{50};
    while (!progress.stopped()) {
        if (const auto hash = hasher_.next(kPatience)) {
            if (!hash->ok()) return hash->error();
            return (*hash)->whole;
        }
        progress.ask();
    }
    return stopped_error();
}

Result<AssetWriter::Finished> finish(const CutJob& job, AssetWriter& writer) {
    const Result<Digest> hash = job.source_hash.wait(job.progress);
    if (!hash) return hash.error();
    writer.manifest().source.hash = *hash;
    // Not `invalid`: it would be no reason to cut it by size.
    if (const Status status = job.input.unchanged(); !status)
        return fail(ErrorKind::busy, status.error().text);
    return writer.finish([&job] { return job.progress.ask(); });
}

Result<CutReport> cut_video(const CutJob& job) {
    SourceReader first_pass(job.input, job.progress, 0);
    const Result<MediaScan> scan = scan_media(first_pass);
    if (!scan) return scan.error();
    const Result<std::vector<std::uint32_t>> first_ranges =
        plan_video(scan->ranges, scan->end_us, job.wish);
    if (!first_ranges) return first_ranges.error();

    Result<AssetWriter> writer =
        AssetWriter::create(job.into, video_draft(job, *scan, first_ranges->size()));
    if (!writer) return writer.error();
    SourceReader second_pass(job.input, job.progress, job.input.size());
    const Result<std::unique_ptr<MediaSource>> source =
        MediaSource::open(second_pass, scan->has_audio);
    if (!source) return source.error();
    VideoCutter cutter(*scan, *first_ranges, **source, *writer);
    if (Status status = cutter.run(); !status) return status.error();
    const Result<AssetWriter::Finished> finished = finish(job, *writer);
    if (!finished) return finished.error();
    return CutReport{finished->id, writer->manifest(), finished->folder,
                     video_notes(writer->manifest(), job.wish, scan->rare)};
}

}  // namespace fragcast

#include "player/cut/range_muxer.hpp"

#include "messages/wire/limits.hpp"

#include <array>
#include <cstring>
#include <utility>

namespace fragcast {

namespace {

constexpr int kWriteBytes = 256 * 1024;

// What of a track's side data players need: rotation and HDR.
constexpr std::array kSideData = {AV_PKT_DATA_DISPLAYMATRIX, AV_PKT_DATA_MASTERING_DISPLAY_METADATA,
                                  AV_PKT_DATA_CONTENT_LIGHT_LEVEL};

int copy_side_data(const AVStream& from, AVStream& to) {
    for (const AVPacketSideDataType type : kSideData) {
        std::size_t size = 0;
        const std::uint8_t* data = av_stream_get_side_data(&from, type, &size);
        if (data == nullptr) continue;
        std::uint8_t* copy = av_stream_new_side_data(&to, type, size);
        if (copy == nullptr) return AVERROR(ENOMEM);
        std::memcpy(copy, data, size);
    }
    return 0;
}

int set_extradata(AVCodecParameters& parameters, const Bytes& data) {
    av_freep(&parameters.extradata);
    parameters.extradata_size = 0;
    auto* copy = static_cast<std::uint8_t*>(av_mallocz(data.size() + AV_INPUT_BUFFER_PADDING_SIZE));
    if (copy == nullptr) return AVERROR(ENOMEM);
    std::memcpy(copy, data.data(), data.size());
    parameters.extradata = copy;
    parameters.extradata_size = static_cast<int>(data.size());
    return 0;
}

}  // namespace

RangeMuxer::~RangeMuxer() = default;

Result<std::unique_ptr<RangeMuxer>> RangeMuxer::create(const MediaSource& source,
                                                       const Bytes& audio_extradata,
                                                       std::int64_t origin_us, Sink sink) {
    std::unique_ptr<RangeMuxer> muxer(new RangeMuxer(std::move(sink)));
    AVFormatContext* format = nullptr;
    const int made = avformat_alloc_output_context2(&format, nullptr, "mp4", nullptr);
    muxer->output_.reset(format);
    if (made < 0) return muxer->unfit(made);
    if (Status status = muxer->add_track(source.video(), nullptr, origin_us); !status)
        return status.error();
    if (source.audio() != nullptr)
        if (Status status = muxer->add_track(*source.audio(), &audio_extradata, origin_us); !status)
            return status.error();
    if (Status status = muxer->begin(); !status) return status.error();
    return muxer;
}

Status RangeMuxer::add_track(const AVStream& from, const Bytes* extradata, std::int64_t origin_us) {
    AVStream* to = avformat_new_stream(output_.get(), nullptr);
    int error =
        to == nullptr ? AVERROR(ENOMEM) : avcodec_parameters_copy(to->codecpar, from.codecpar);
    if (error >= 0) error = copy_side_data(from, *to);
    if (error >= 0 && extradata != nullptr) error = set_extradata(*to->codecpar, *extradata);
    if (error < 0) return unfit(error);
    // Apple's players take hvc1 only: parameter sets in the init segment.
    to->codecpar->codec_tag =
        from.codecpar->codec_id == AV_CODEC_ID_HEVC ? MKTAG('h', 'v', 'c', '1') : 0;
    to->time_base = from.time_base;
    to->sample_aspect_ratio = from.sample_aspect_ratio;
    to->avg_frame_rate = from.avg_frame_rate;
    if (const AVDictionaryEntry* language = av_dict_get(from.metadata, "language", nullptr, 0))
        av_dict_set(&to->metadata, "language", language->value, 0);
    (extradata != nullptr ? audio_ : video_) =
        TrackOut{from.time_base, av_rescale_q(origin_us, {1, 1'000'000}, from.time_base), to, {}};
    return Done{};
}

Status RangeMuxer::begin() {
    auto* buffer = static_cast<std::uint8_t*>(av_malloc(kWriteBytes));
    io_.reset(buffer == nullptr
                  ? nullptr
                  : avio_alloc_context(buffer, kWriteBytes, 1, this, nullptr, on_write, nullptr));
    if (!io_) return unfit(AVERROR(ENOMEM));
    io_->seekable = 0;
    output_->pb = io_.get();
    output_->flags |= AVFMT_FLAG_BITEXACT | AVFMT_FLAG_CUSTOM_IO;
    output_->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
    AVDictionary* options = nullptr;
    // We cut (frag_custom), into a stream (empty_moov, skip_trailer) of what browsers' media source
    // wants (default_base_moof). delay_moov keeps the start of sound exact, movie_timescale the
    // edit list.
    av_dict_set(&options, "movflags",
                "frag_custom+empty_moov+default_base_moof+delay_moov+skip_trailer", 0);
    av_dict_set(&options, "movie_timescale", "90000", 0);
    const int error = avformat_write_header(output_.get(), &options);
    av_dict_free(&options);
    return error < 0 ? Status(unfit(error)) : Status(Done{});
}

Error RangeMuxer::unfit(int error) const {
    if (failure_) return *failure_;
    if (error == AVERROR(ENOMEM)) return fail(ErrorKind::full, "out of memory");
    return fail(ErrorKind::invalid, "MP4 cannot carry it (" + libav::text(error) + ')');
}

int RangeMuxer::on_write(void* self, std::uint8_t* data, int size) {
    auto& muxer = *static_cast<RangeMuxer*>(self);
    const std::span<const std::uint8_t> bytes(data, static_cast<std::size_t>(size));
    if (muxer.failure_) return AVERROR_EXIT;
    if (muxer.init_done_) {
        if (Status status = muxer.sink_(bytes); !status) muxer.failure_ = status.error();
    } else if (muxer.init_.size() + bytes.size() > limits::kMaxInitBytes) {
        muxer.failure_ =
            fail(ErrorKind::invalid, "its init segment would be larger than " +
                                         std::to_string(limits::kMaxInitBytes) + " bytes");
    } else {
        muxer.init_.insert(muxer.init_.end(), bytes.begin(), bytes.end());
    }
    return muxer.failure_ ? AVERROR_EXIT : size;
}

void RangeMuxer::convert(const TrackOut& track, AVPacket& packet) const {
    packet.pts -= track.shift;
    packet.dts -= track.shift;
    av_packet_rescale_ts(&packet, track.base, track.stream->time_base);
}

// FFmpeg begins a track's run in a fragment where the packet before ended by its duration, which
// containers round or leave out. So each packet waits for the next one's time.
Status RangeMuxer::write(MediaPacket packet) {
    TrackOut& track = packet.role == TrackRole::video ? *video_ : *audio_;
    convert(track, *packet.data);
    if (track.last) {
        track.last->duration = packet.data->dts - track.last->dts;
        if (Status status = write_last(track); !status) return status;
    }
    track.last = std::move(packet.data);
    return Done{};
}

Status RangeMuxer::write_last(TrackOut& track) {
    const libav::Packet packet = std::move(track.last);
    packet->stream_index = track.stream->index;
    packet->pos = -1;
    const int error = av_write_frame(output_.get(), packet.get());
    return error < 0 || failure_ ? Status(unfit(error)) : Status(Done{});
}

Status RangeMuxer::write_last_before(std::optional<TrackOut>& track, const AVPacket* next) {
    if (!track || !track->last || next == nullptr) return Done{};
    const std::int64_t begin =
        av_rescale_q_rnd(next->dts - track->shift, track->base, track->stream->time_base,
                         static_cast<AVRounding>(AV_ROUND_NEAR_INF | AV_ROUND_PASS_MINMAX));
    track->last->duration = begin - track->last->dts;
    return write_last(*track);
}

Status RangeMuxer::flush() {
    const int error = av_write_frame(output_.get(), nullptr);
    avio_flush(io_.get());
    return error < 0 || failure_ ? Status(unfit(error)) : Status(Done{});
}

Status RangeMuxer::end_range(const AVPacket* next_video, const AVPacket* next_audio) {
    if (Status status = write_last_before(video_, next_video); !status) return status;
    if (Status status = write_last_before(audio_, next_audio); !status) return status;
    if (!init_done_) {
        // With delay_moov the first flush writes ftyp and moov only.
        if (Status status = flush(); !status) return status;
        init_done_ = true;
    }
    return flush();
}

Status RangeMuxer::end_last_range() {
    for (std::optional<TrackOut>* track : {&video_, &audio_})
        if (*track && (*track)->last)
            if (Status status = write_last(**track); !status) return status;
    return end_range(nullptr, nullptr);
}

}  // namespace fragcast

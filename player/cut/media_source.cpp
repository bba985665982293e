#include "player/cut/media_source.hpp"

#include "player/cut/key_frame.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace fragcast {

namespace {

constexpr int kReadBytes = 64 * 1024;  // stays in a core's own cache
// Where a container has no dts, they are known once the decoder's delay is (16 pictures at most).
constexpr std::size_t kMaxWaiting = 256;

constexpr std::array kVideoCodecs = {AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_VP9,
                                     AV_CODEC_ID_AV1};
constexpr std::array kAudioCodecs = {AV_CODEC_ID_AAC, AV_CODEC_ID_OPUS, AV_CODEC_ID_FLAC};
// FFmpeg takes random bytes for some rare formats; and other formats that carry these codecs lack
// what MP4 needs.
constexpr const char* kFormats = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts";

Error unfit(std::string why) {
    return fail(ErrorKind::invalid, std::move(why));
}

template <class Codecs>
bool one_of(const Codecs& codecs, AVCodecID id) {
    return std::find(codecs.begin(), codecs.end(), id) != codecs.end();
}

std::string codec_name(const AVStream& stream) {
    return avcodec_get_name(stream.codecpar->codec_id);
}

int on_read(void* reader, std::uint8_t* buffer, int size) {
    const int n = static_cast<SourceReader*>(reader)->read(buffer, size);
    if (n < 0) return AVERROR_EXIT;
    return n == 0 ? AVERROR_EOF : n;
}

std::int64_t on_seek(void* reader, std::int64_t offset, int whence) {
    auto* source = static_cast<SourceReader*>(reader);
    if ((whence & AVSEEK_SIZE) != 0) return static_cast<std::int64_t>(source->file().size());
    return source->seek(offset, whence & ~AVSEEK_FORCE);
}

std::string seconds_text(std::int64_t time, AVRational base) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f s", static_cast<double>(time) * av_q2d(base));
    return text.data();
}

}  // namespace

Result<std::unique_ptr<MediaSource>> MediaSource::open(SourceReader& reader, bool with_audio) {
    std::unique_ptr<MediaSource> source(new MediaSource(reader));
    if (Status status = source->open_input(); !status) return status.error();
    if (Status status = source->choose_tracks(with_audio); !status) return status.error();
    if (Status status = source->prepare_sound(); !status) return status.error();
    source->watch_.forget();
    return source;
}

Error MediaSource::unreadable(int error, const char* what) const {
    if (reader_.failure()) return *reader_.failure();
    return unfit(std::string(what) + " (" + libav::text(error) + ')');
}

Status MediaSource::open_input() {
    auto* buffer = static_cast<std::uint8_t*>(av_malloc(kReadBytes));
    io_.reset(buffer == nullptr
                  ? nullptr
                  : avio_alloc_context(buffer, kReadBytes, 0, &reader_, on_read, nullptr, on_seek));
    AVFormatContext* format = avformat_alloc_context();
    if (!io_ || format == nullptr) {
        avformat_free_context(format);
        return fail(ErrorKind::full, "out of memory");
    }
    format->pb = io_.get();
    AVDictionary* options = nullptr;
    av_dict_set(&options, "format_whitelist", kFormats, 0);
    // What a file names is not opened either: all bytes come from our reader.
    av_dict_set(&options, "protocol_whitelist", "", 0);
    const int opened = avformat_open_input(&format, nullptr, nullptr, &options);
    av_dict_free(&options);
    if (opened == AVERROR(EINVAL) && !reader_.failure())
        return unfit("it is neither MP4, Matroska, WebM nor MPEG-TS");
    if (opened < 0) return unreadable(opened, "it is no video that can be read");
    input_.reset(format);
    const int probed = avformat_find_stream_info(format, nullptr);
    if (probed < 0) return unreadable(probed, "its tracks cannot be read");
    // A reader that failed can look like a short file.
    if (reader_.failure()) return *reader_.failure();
    return Done{};
}

namespace {

bool is_picture_of_cover(const AVStream& stream) {
    return (stream.disposition & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS)) !=
           0;
}

AVStream* best_stream(AVFormatContext& format, AVMediaType type, AVStream* beside) {
    const int index =
        av_find_best_stream(&format, type, -1, beside ? beside->index : -1, nullptr, 0);
    return index < 0 ? nullptr : format.streams[index];
}

// The best sound; where browsers do not know its codec, the best of those that they know.
AVStream* best_sound(AVFormatContext& format, AVStream* video) {
    AVStream* best = best_stream(format, AVMEDIA_TYPE_AUDIO, video);
    if (best == nullptr || one_of(kAudioCodecs, best->codecpar->codec_id)) return best;
    AVStream* known = nullptr;
    const auto rank = [](const AVStream& stream) {
        return std::pair((stream.disposition & AV_DISPOSITION_DEFAULT) != 0,
                         stream.codecpar->ch_layout.nb_channels);
    };
    for (unsigned i = 0; i < format.nb_streams; ++i) {
        AVStream* stream = format.streams[i];
        if (stream->codecpar->codec_type == AVMEDIA_TYPE_AUDIO &&
            one_of(kAudioCodecs, stream->codecpar->codec_id) &&
            (known == nullptr || rank(*stream) > rank(*known)))
            known = stream;
    }
    return known != nullptr ? known : best;
}

}  // namespace

Status MediaSource::choose_tracks(bool with_audio) {
    video_ = best_stream(*input_, AVMEDIA_TYPE_VIDEO, nullptr);
    if (video_ == nullptr || is_picture_of_cover(*video_)) return unfit("it has no video track");
    if (!one_of(kVideoCodecs, video_->codecpar->codec_id))
        return unfit("browsers do not play " + codec_name(*video_) + " video from MP4");
    if (video_->codecpar->width <= 0 || video_->codecpar->height <= 0)
        return unfit("the size of its picture is unknown");
    const AVCodecParameters& video = *video_->codecpar;
    const bool hevc = video.codec_id == AV_CODEC_ID_HEVC;
    const auto size = static_cast<std::size_t>(std::max(video.extradata_size, 0));
    start_codes_ = (hevc || video.codec_id == AV_CODEC_ID_H264) &&
                   nal_length_bytes({video.extradata, size}, hevc) == 0;
    if (with_audio) audio_ = best_sound(*input_, video_);
    if (audio_ != nullptr && !one_of(kAudioCodecs, audio_->codecpar->codec_id))
        return unfit("browsers do not play " + codec_name(*audio_) + " sound from MP4");
    for (unsigned i = 0; i < input_->nb_streams; ++i) {
        AVStream* stream = input_->streams[i];
        if (stream != video_ && stream != audio_) stream->discard = AVDISCARD_ALL;
    }
    return Done{};
}

Status MediaSource::prepare_sound() {
    if (audio_ == nullptr) return Done{};
    const AVCodecParameters& sound = *audio_->codecpar;
    if (sound.sample_rate <= 0) return unfit("the sample rate of its sound is unknown");
    if (sound.extradata_size > 0) {
        audio_extradata_.assign(sound.extradata, sound.extradata + sound.extradata_size);
        return Done{};
    }
    if (sound.codec_id != AV_CODEC_ID_AAC)
        return unfit("the set-up of its " + codec_name(*audio_) + " sound is missing");
    AVBSFContext* filter = nullptr;
    int error = av_bsf_alloc(av_bsf_get_by_name("aac_adtstoasc"), &filter);
    adts_.reset(filter);
    if (error >= 0) error = avcodec_parameters_copy(filter->par_in, &sound);
    if (error < 0) return unreadable(error, "its sound cannot be prepared");
    filter->time_base_in = audio_->time_base;
    error = av_bsf_init(filter);
    return error < 0 ? Status(unreadable(error, "its sound cannot be prepared")) : Status(Done{});
}

namespace {

const char* kind_of(const AVStream& stream) {
    if (is_picture_of_cover(stream)) return "attachment";
    switch (stream.codecpar->codec_type) {
        case AVMEDIA_TYPE_VIDEO:
            return "video";
        case AVMEDIA_TYPE_AUDIO:
            return "audio";
        case AVMEDIA_TYPE_SUBTITLE:
            return "subtitle";
        case AVMEDIA_TYPE_ATTACHMENT:
            return "attachment";
        default:
            return "data";
    }
}

// Only what looks like a code: the rest is the source's own text, and no business of ours.
std::string language_of(const AVStream& stream) {
    const AVDictionaryEntry* entry = av_dict_get(stream.metadata, "language", nullptr, 0);
    const std::string text = entry != nullptr ? entry->value : "";
    const bool plain = text.size() <= 16 && std::all_of(text.begin(), text.end(), [](char c) {
                           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
                       });
    return plain && text != "und" ? text : "";
}

}  // namespace

std::vector<Track> MediaSource::tracks(bool kept) const {
    std::vector<Track> out;
    for (unsigned i = 0; i < input_->nb_streams && out.size() < limits::kMaxTracks; ++i) {
        const AVStream* stream = input_->streams[i];
        if ((stream == video_ || stream == audio_) == kept)
            out.push_back({kind_of(*stream), codec_name(*stream), language_of(*stream)});
    }
    return out;
}

Result<libav::Packet> MediaSource::read() {
    while (true) {
        libav::Packet packet(av_packet_alloc());
        if (!packet) return fail(ErrorKind::full, "out of memory");
        const int error = av_read_frame(input_.get(), packet.get());
        if (reader_.failure()) return *reader_.failure();
        if (!watch_.complaint().empty())
            return unfit("it is damaged or cut short (" + watch_.complaint() + ')');
        if (error == AVERROR_EOF) return libav::Packet();
        if (error < 0) return unreadable(error, "it is damaged or cut short");
        const AVStream* stream = input_->streams[packet->stream_index];
        if (stream != video_ && stream != audio_) continue;
        if ((packet->flags & AV_PKT_FLAG_CORRUPT) != 0)
            return unfit("it is damaged or cut short (a " + codec_name(*stream) +
                         " packet is broken)");
        // MP4 in pieces has no way to hide a picture that every browser's media source honours.
        if (stream == video_ && (packet->flags & AV_PKT_FLAG_DISCARD) != 0)
            return unfit("an edit list hides some of its pictures, and browsers would show them");
        if (stream != audio_ || !adts_) return packet;
        Result<libav::Packet> filtered = without_adts(std::move(packet));
        if (!filtered || *filtered) return filtered;
    }
}

// Null: there is nothing in the packet.
Result<libav::Packet> MediaSource::without_adts(libav::Packet packet) {
    int error = av_bsf_send_packet(adts_.get(), packet.get());
    if (error >= 0) error = av_bsf_receive_packet(adts_.get(), packet.get());
    if (error == AVERROR(EAGAIN)) return libav::Packet();
    if (error < 0) return unreadable(error, "its AAC sound is damaged");
    if (audio_extradata_.empty()) {
        std::size_t size = 0;
        const std::uint8_t* data =
            av_packet_get_side_data(packet.get(), AV_PKT_DATA_NEW_EXTRADATA, &size);
        if (data != nullptr) audio_extradata_.assign(data, data + size);
    }
    return packet;
}

namespace {

// Zeros after a NAL unit belong to the next start code, and not to the picture.
void trim_zeros(AVPacket& packet) {
    int size = packet.size;
    while (size > 0 && packet.data[size - 1] == 0)
        --size;
    av_shrink_packet(&packet, size);
}

}  // namespace

Status MediaSource::take(libav::Packet packet) {
    const bool is_video = packet->stream_index == video_->index;
    if (packet->pts == AV_NOPTS_VALUE && !is_video) packet->pts = packet->dts;
    if (packet->pts == AV_NOPTS_VALUE)
        return unfit("its " + codec_name(is_video ? *video_ : *audio_) + " has no timestamps");
    if (!is_video && packet->dts == AV_NOPTS_VALUE) packet->dts = packet->pts;
    if (is_video && packet->dts != AV_NOPTS_VALUE) dts_known_ = true;
    if (is_video && start_codes_) trim_zeros(*packet);
    waiting_.push_back({is_video ? TrackRole::video : TrackRole::audio, std::move(packet)});
    return Done{};
}

Status MediaSource::check_times(const AVStream& stream, const AVPacket& packet,
                                std::int64_t& last_dts) const {
    const auto at = [&] { return " at " + seconds_text(packet.pts, stream.time_base); };
    if (packet.dts == AV_NOPTS_VALUE || packet.pts < packet.dts)
        return unfit("its " + codec_name(stream) + " has wrong timestamps" + at());
    if (last_dts != AV_NOPTS_VALUE && packet.dts <= last_dts)
        return unfit("its " + codec_name(stream) + " timestamps go back" + at());
    last_dts = packet.dts;
    return Done{};
}

// Matroska carries no dts, and FFmpeg finds them only after the decoder's delay. Those before are
// set back from the first known one by a frame each; where none is known (a very short video) they
// are the sorted pts, set back until none is later than its packet's pts.
void MediaSource::fill_first_dts() {
    std::vector<AVPacket*> video;
    for (MediaPacket& packet : waiting_)
        if (packet.role == TrackRole::video) video.push_back(packet.data.get());
    const auto known = std::find_if(video.begin(), video.end(), [](const AVPacket* packet) {
        return packet->dts != AV_NOPTS_VALUE;
    });
    if (video.empty() || known == video.begin()) return;
    const std::int64_t step = std::max<std::int64_t>(video.front()->duration, 1);
    if (known != video.end()) {
        for (auto it = known; it != video.begin(); --it)
            (*(it - 1))->dts = (*it)->dts - step;
        return;
    }
    std::vector<std::int64_t> shown;
    shown.reserve(video.size());
    for (const AVPacket* packet : video)
        shown.push_back(packet->pts);
    std::sort(shown.begin(), shown.end());
    std::int64_t delay = 0;  // pictures
    for (std::size_t i = 0; i < video.size(); ++i) {
        const auto rank = std::lower_bound(shown.begin(), shown.end(), video[i]->pts);
        delay = std::max(delay, static_cast<std::int64_t>(i) - (rank - shown.begin()));
    }
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(video.size()); ++i)
        video[static_cast<std::size_t>(i)]->dts = i < delay
                                                      ? shown.front() - (delay - i) * step
                                                      : shown[static_cast<std::size_t>(i - delay)];
}

Result<std::optional<MediaPacket>> MediaSource::next() {
    const bool was_known = dts_known_;
    while (!ended_ && (waiting_.empty() || !dts_known_) && waiting_.size() < kMaxWaiting) {
        Result<libav::Packet> packet = read();
        if (!packet) return packet.error();
        if (!*packet)
            ended_ = true;
        else if (Status status = take(std::move(*packet)); !status)
            return status.error();
    }
    if (!was_known) {
        fill_first_dts();
        dts_known_ = true;
    }
    if (waiting_.empty()) return std::optional<MediaPacket>();
    MediaPacket packet = std::move(waiting_.front());
    waiting_.pop_front();
    const bool is_video = packet.role == TrackRole::video;
    if (Status status = check_times(is_video ? *video_ : *audio_, *packet.data,
                                    is_video ? last_video_dts_ : last_audio_dts_);
        !status)
        return status.error();
    return std::optional<MediaPacket>(std::move(packet));
}

}  // namespace fragcast

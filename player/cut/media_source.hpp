// Any one thread at a time. The best picture and sound of a source, packet by packet, as MP4 takes
// them.
#pragma once

#include "messages/wire/manifest.hpp"
#include "player/cut/libav.hpp"
#include "player/cut/source_reader.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace fragcast {

enum class TrackRole { video, audio };

struct MediaPacket {
    TrackRole role = TrackRole::video;
    libav::Packet data;  // with pts and dts, in the time base of its stream
};

// Every packet has pts and dts, dts rises within a track, and pts is never before dts. Packets come
// in the container's order. What is wrong with the source is `invalid`, its text the middle of a
// sentence that says why it goes as a file; other kinds are failures.
class MediaSource {
public:
    // `with_audio` false leaves the sound out.
    static Result<std::unique_ptr<MediaSource>> open(SourceReader& reader, bool with_audio);

    const AVStream& video() const { return *video_; }
    const AVStream* audio() const { return audio_; }  // null: none
    // Known after the first packet of sound where the container does not carry it.
    const std::vector<std::uint8_t>& audio_extradata() const { return audio_extradata_; }
    // As the manifest lists them: what is kept, and what is left out.
    std::vector<Track> tracks(bool kept) const;

    // Nothing at the end.
    Result<std::optional<MediaPacket>> next();

private:
    explicit MediaSource(SourceReader& reader) : reader_(reader) {}
    Status open_input();
    Status choose_tracks(bool with_audio);
    Status prepare_sound();
    Result<libav::Packet> read();  // null at the end
    Result<libav::Packet> without_adts(libav::Packet packet);
    Status take(libav::Packet packet);
    void fill_first_dts();
    Status check_times(const AVStream& stream, const AVPacket& packet,
                       std::int64_t& last_dts) const;
    Error unreadable(int error, const char* what) const;

    SourceReader& reader_;
    libav::Watch watch_;
    libav::Io io_;
    libav::Input input_;
    libav::Filter adts_;
    AVStream* video_ = nullptr;
    AVStream* audio_ = nullptr;
    std::vector<std::uint8_t> audio_extradata_;
    bool start_codes_ = false;         // stand before the video's NAL units, not lengths
    std::deque<MediaPacket> waiting_;  // the first ones, until the video's dts are known
    bool dts_known_ = false;
    bool ended_ = false;
    std::int64_t last_video_dts_ = AV_NOPTS_VALUE;
    std::int64_t last_audio_dts_ = AV_NOPTS_VALUE;
};

}  // namespace fragcast

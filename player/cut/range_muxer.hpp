// Any one thread at a time. Packets in, fragmented MP4 out: an init segment, then one moof+mdat for
// each range.
#pragma once

#include "messages/wire/ids.hpp"
#include "messages/wire/result.hpp"
#include "player/cut/libav.hpp"
#include "player/cut/media_source.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>

namespace fragcast {

class RangeMuxer {
public:
    using Sink = std::function<Status(std::span<const std::uint8_t>)>;

    // `source` must live as long. `origin_us` is taken from all timestamps. `invalid` when MP4
    // cannot carry it, in the middle of a sentence; what `sink` fails with comes back as it is.
    static Result<std::unique_ptr<RangeMuxer>> create(const MediaSource& source,
                                                      const Bytes& audio_extradata,
                                                      std::int64_t origin_us, Sink sink);
    ~RangeMuxer();

    Status write(MediaPacket packet);
    // Hands all packets since the last one to the sink. Told the first packet of the next range for
    // each track, if it is known: the last one here lasts until then. A last packet that does not
    // know stays for the next range. Before the first end_range() each track must have had a
    // packet: the edit list is made from it.
    Status end_range(const AVPacket* next_video, const AVPacket* next_audio);
    Status end_last_range();
    const Bytes& init() const { return init_; }  // whole after the first end_range()

private:
    struct TrackOut {
        AVRational base;     // of the packets that come in
        std::int64_t shift;  // in that base
        AVStream* stream;
        libav::Packet last;  // in the stream's base; written when the next one tells its length
    };
    void convert(const TrackOut& track, AVPacket& packet) const;
    explicit RangeMuxer(Sink sink) : sink_(std::move(sink)) {}
    Status add_track(const AVStream& from, const Bytes* extradata, std::int64_t origin_us);
    Status begin();
    Status flush();
    Status write_last(TrackOut& track);
    Status write_last_before(std::optional<TrackOut>& track, const AVPacket* next);
    Error unfit(int error) const;
    static int on_write(void* muxer, std::uint8_t* data, int size);

    Sink sink_;
    libav::Watch quiet_;
    libav::Io io_;
    libav::Output output_;
    std::optional<TrackOut> video_;
    std::optional<TrackOut> audio_;
    Bytes init_;
    bool init_done_ = false;
    std::optional<Error> failure_;
};

}  // namespace fragcast

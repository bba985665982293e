// Any one thread at a time. Packets in, fragmented MP4 out: an init segment, then one moof+mdat for
// each range.
#pragma once

#include "messages/ids.hpp"
#include "messages/result.hpp"
#include "player/libav.hpp"
#include "player/media_source.hpp"

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
    // Hands all packets since the last one to the sink. Before the first, each track must have had
    // a packet: the edit list is made from it.
    Status end_range();
    const Bytes& init() const { return init_; }  // whole after the first end_range()

private:
    explicit RangeMuxer(Sink sink) : sink_(std::move(sink)) {}
    Status add_track(const AVStream& from, const Bytes* extradata, std::int64_t origin_us);
    Status begin();
    Status flush();
    Error unfit(int error) const;
    static int on_write(void* muxer, std::uint8_t* data, int size);

    struct TrackOut {
        AVRational base;     // of the packets that come in
        std::int64_t shift;  // in that base
        int index;
    };
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

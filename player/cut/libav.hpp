// Any thread. What every user of FFmpeg's libraries in this room needs.
#pragma once

#include <memory>
#include <string>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>
#include <libavutil/error.h>
#include <libavutil/log.h>
}

namespace fragcast::libav {

struct FreePacket {
    void operator()(AVPacket* packet) const { av_packet_free(&packet); }
};
struct FreeIo {
    void operator()(AVIOContext* io) const {
        av_freep(&io->buffer);  // FFmpeg may have replaced the one that it was given
        avio_context_free(&io);
    }
};
struct CloseInput {
    void operator()(AVFormatContext* format) const { avformat_close_input(&format); }
};
struct FreeOutput {
    void operator()(AVFormatContext* format) const { avformat_free_context(format); }
};
struct FreeFilter {
    void operator()(AVBSFContext* filter) const { av_bsf_free(&filter); }
};

using Packet = std::unique_ptr<AVPacket, FreePacket>;
using Io = std::unique_ptr<AVIOContext, FreeIo>;
using Input = std::unique_ptr<AVFormatContext, CloseInput>;
using Output = std::unique_ptr<AVFormatContext, FreeOutput>;
using Filter = std::unique_ptr<AVBSFContext, FreeFilter>;

inline constexpr AVRational kMicroseconds = {1, 1'000'000};

std::string text(int error);

// FFmpeg tells of damage that it reads over only in its log. From its first use on, nothing of that
// log is printed in this process; the first error of a demuxer while a Watch lives on the thread is
// kept in it.
class Watch {
public:
    Watch();
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    const std::string& complaint() const { return complaint_; }
    void forget() { complaint_.clear(); }

private:
    static void on_log(void* source, int level, const char* format, va_list values);
    static thread_local Watch* current_;
    Watch* outer_;
    std::string complaint_;
};

}  // namespace fragcast::libav

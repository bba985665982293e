#include "tests/player/cut/media.hpp"

#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>

#include <doctest/doctest.h>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

namespace fragcast::media {

namespace fs = std::filesystem;

const std::string kInputs =
    "-f lavfi -i testsrc2=s=320x180:r=25:d=12 -f lavfi -i sine=f=440:r=44100:d=12 ";
const std::string kH264 = "-c:v libx264 -preset veryfast -g 50 -bf 2 -pix_fmt yuv420p ";

Ran run(const std::string& command) {
    Ran ran;
    std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::array<char, 4096> buffer;
    while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe))
        ran.out.append(buffer.data(), n);
    ran.status = ::pclose(pipe);
    return ran;
}

fs::path make(const fs::path& file, const std::string& arguments) {
    const Ran ran = run("ffmpeg -nostdin -v error -y " + arguments + " '" + file.string() + "'");
    INFO(arguments, ": ", ran.out);
    REQUIRE(ran.status == 0);
    return file;
}

const fs::path& sample() {
    static const Folder folder;
    static const fs::path file = make(folder / "sample.mp4", kInputs + kH264 + "-c:a aac");
    return file;
}

namespace {

using Span8 = std::span<const std::uint8_t>;

std::vector<Digest> sized_units(Span8 data, std::size_t length_bytes) {
    std::vector<Digest> out;
    while (data.size() > length_bytes) {
        std::size_t n = 0;
        for (std::size_t i = 0; i < length_bytes; ++i)
            n = n << 8 | data[i];
        REQUIRE(n <= data.size() - length_bytes);
        out.push_back(sha256(data.subspan(length_bytes, n)));
        data = data.subspan(length_bytes + n);
    }
    return out;
}

std::vector<Digest> marked_units(Span8 data) {
    std::vector<std::size_t> begins;  // after each start code
    for (std::size_t i = 0; i + 3 <= data.size(); ++i)
        if (data[i] == 0 && data[i + 1] == 0 && data[i + 2] == 1) begins.push_back(i + 3);
    std::vector<Digest> out;
    for (std::size_t i = 0; i < begins.size(); ++i) {
        std::size_t end = i + 1 < begins.size() ? begins[i + 1] - 3 : data.size();
        while (end > begins[i] && data[end - 1] == 0)
            --end;  // trailing zeros belong to the next start code
        out.push_back(sha256(data.subspan(begins[i], end - begins[i])));
    }
    return out;
}

std::vector<Digest> payload_of(const AVCodecParameters& codec, Span8 data) {
    const bool h264 = codec.codec_id == AV_CODEC_ID_H264;
    const bool hevc = codec.codec_id == AV_CODEC_ID_HEVC;
    if (h264 || hevc) {
        const bool sized = codec.extradata_size > 0 && codec.extradata[0] == 1;
        if (sized) return sized_units(data, 4);
        return marked_units(data);
    }
    const bool adts = codec.codec_id == AV_CODEC_ID_AAC && codec.extradata_size == 0;
    if (adts) data = data.subspan((data[1] & 1) != 0 ? 7 : 9);
    return {sha256(data)};
}

}  // namespace

TrackPackets packets_of(const fs::path& file, Kind kind) {
    AVFormatContext* format = nullptr;
    REQUIRE(avformat_open_input(&format, file.c_str(), nullptr, nullptr) == 0);
    const auto close = [](AVFormatContext* f) { avformat_close_input(&f); };
    const std::unique_ptr<AVFormatContext, decltype(close)> owner(format, close);
    REQUIRE(avformat_find_stream_info(format, nullptr) >= 0);
    const AVMediaType type = kind == Kind::video ? AVMEDIA_TYPE_VIDEO : AVMEDIA_TYPE_AUDIO;
    const int index = av_find_best_stream(format, type, -1, -1, nullptr, 0);
    REQUIRE(index >= 0);
    const AVStream* stream = format->streams[index];
    TrackPackets out{stream->time_base.num, stream->time_base.den, {}};
    AVPacket* packet = av_packet_alloc();
    while (av_read_frame(format, packet) >= 0) {
        if (packet->stream_index == index) {
            const Span8 data(packet->data, static_cast<std::size_t>(packet->size));
            out.packets.push_back(
                {packet->pts,
                 packet->dts == AV_NOPTS_VALUE ? std::nullopt : std::optional(packet->dts),
                 (packet->flags & AV_PKT_FLAG_KEY) != 0, payload_of(*stream->codecpar, data)});
        }
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
    return out;
}

std::vector<std::string> pictures_of(const fs::path& file) {
    const fs::path list = file.string() + ".md5s";
    const Ran ran = run("ffmpeg -nostdin -y -v warning -i '" + file.string() +
                        "' -map 0:v:0 -fps_mode passthrough -f framemd5 '" + list.string() + "'");
    INFO(ran.out);
    CHECK(ran.out.empty());
    std::vector<std::string> out;
    std::ifstream in(list);
    for (std::string line; std::getline(in, line);)
        if (!line.empty() && line[0] != '#') out.push_back(line.substr(line.rfind(',') + 1));
    return out;
}

CutReport cut(const fs::path& file, const fs::path& into, const CutOptions& options) {
    Result<CutReport> report =
        cut_file(file, into, options, [](const CutProgress&) { return true; });
    if (!report) FAIL(report.error().text);
    return std::move(*report);
}

void join(const CutReport& report, const fs::path& output, std::optional<FragmentIndex> only) {
    const Status status = join_folder(report.folder, output, only, false);
    if (!status) FAIL(status.error().text);
}

Bytes bytes_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    REQUIRE(in.good());
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

bool has_note(const CutReport& report, const std::string& part) {
    for (const std::string& note : report.notes)
        if (note.find(part) != std::string::npos) return true;
    return false;
}

}  // namespace fragcast::media

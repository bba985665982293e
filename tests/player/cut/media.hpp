// What the media tests share: files made by the ffmpeg program, and a second reader of packets that
// knows nothing of the cutter's.
#pragma once

#include "messages/wire/hash.hpp"
#include "player/cut/cutter.hpp"
#include "tests/player/cut/temp_folder.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace fragcast::media {

using Folder = TempFolder;

struct Ran {
    int status = 0;
    std::string out;  // both outputs
};
Ran run(const std::string& command);
// Runs `ffmpeg -v error ARGUMENTS FILE`; fails the test when that fails.
std::filesystem::path make(const std::filesystem::path& file, const std::string& arguments);
// 12 s of a moving picture (25 per second) and a tone, as options for two inputs; and an encoder
// with key frames each 2 s and B-frames between.
extern const std::string kInputs;
extern const std::string kH264;

// Encoded once for all tests: h264 with B-frames and aac, 12 s, in MP4.
const std::filesystem::path& sample();

struct Packet {
    std::int64_t pts = 0;
    std::optional<std::int64_t> dts;
    bool key = false;
    std::vector<Digest> payload;  // of its NAL units, or of all; container framing taken off
    bool operator==(const Packet&) const = default;
};
struct TrackPackets {
    int num = 0;  // time base
    int den = 1;
    std::vector<Packet> packets;
};
enum class Kind { video, audio };
TrackPackets packets_of(const std::filesystem::path& file, Kind kind);

// MD5s of the decoded pictures, in order. Empty if decoding says anything at all.
std::vector<std::string> pictures_of(const std::filesystem::path& file);

CutReport cut(const std::filesystem::path& file, const std::filesystem::path& into,
              const CutOptions& options = {});
void join(const CutReport& report, const std::filesystem::path& output,
          std::optional<FragmentIndex> only = std::nullopt);
Bytes bytes_of(const std::filesystem::path& file);
bool has_note(const CutReport& report, const std::string& part);

}  // namespace fragcast::media

#include "player/cut/key_frame.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace fragcast {

namespace {

using Span8 = std::span<const std::uint8_t>;

// The header byte of each NAL unit, until `visit` has an answer.
template <class Visit>
std::optional<bool> visit_sized(Span8 data, std::size_t length_bytes, const Visit& visit) {
    while (data.size() > length_bytes) {
        std::size_t length = 0;
        for (const std::uint8_t byte : data.first(length_bytes))
            length = length << 8 | byte;
        data = data.subspan(length_bytes);
        if (length == 0) continue;
        if (length > data.size()) break;
        if (const auto answer = visit(data[0])) return answer;
        data = data.subspan(length);
    }
    return std::nullopt;
}

template <class Visit>
std::optional<bool> visit_start_codes(Span8 data, const Visit& visit) {
    constexpr std::array<std::uint8_t, 3> kStartCode = {0, 0, 1};
    auto at = data.begin();
    while (true) {
        at = std::search(at, data.end(), kStartCode.begin(), kStartCode.end());
        if (data.end() - at <= 3) return std::nullopt;
        at += 3;
        if (const auto answer = visit(*at)) return answer;
    }
}

std::optional<bool> h264_answer(std::uint8_t header) {
    const int type = header & 31;
    if (type == 5) return true;
    if (type >= 1 && type <= 4) return false;
    return std::nullopt;
}

std::optional<bool> hevc_answer(std::uint8_t header) {
    const int type = (header >> 1) & 63;
    if (type > 31) return std::nullopt;  // parameter sets and the like
    return type >= 16 && type <= 21;
}

}  // namespace

std::size_t nal_length_bytes(Span8 extradata, bool hevc) {
    // avcC and hvcC begin with their version, start codes with zeros.
    const std::size_t at = hevc ? 21 : 4;
    if (extradata.size() <= at) return 0;
    const bool start_code = extradata[0] == 0 && extradata[1] == 0 && extradata[2] <= 1;
    return start_code ? 0 : (extradata[at] & 3U) + 1;
}

bool starts_with_idr(Span8 packet, std::size_t length_bytes, bool hevc) {
    const auto visit = hevc ? hevc_answer : h264_answer;
    const auto answer = length_bytes == 0 ? visit_start_codes(packet, visit)
                                          : visit_sized(packet, length_bytes, visit);
    return answer.value_or(false);
}

}  // namespace fragcast

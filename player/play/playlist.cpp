#include "player/play/playlist.hpp"

#include "messages/wire/limits.hpp"

#include <algorithm>
#include <cstdio>

namespace fragcast {

namespace {

std::string uri(std::string path, std::string_view viewer) {
    if (!viewer.empty()) path.append("?v=").append(viewer);
    return path;
}

std::string header(const Manifest& manifest) {
    std::string out = "#EXTM3U\n#EXT-X-VERSION:7\n";
    if (manifest.media->closed_gop) out += "#EXT-X-INDEPENDENT-SEGMENTS\n";
    return out;
}

// Decimal digits of a count of microseconds: exact, and in no locale's way of writing.
std::string seconds(std::uint64_t us) {
    char text[40];
    std::snprintf(text, sizeof text, "%llu.%06llu", static_cast<unsigned long long>(us / 1'000'000),
                  static_cast<unsigned long long>(us % 1'000'000));
    return text;
}

std::uint64_t longest_range_us(const Manifest& manifest) {
    std::uint64_t longest = 0;
    for (const FragmentInfo& fragment : manifest.fragments)
        for (const KeyRange& range : fragment.ranges)
            longest = std::max(longest, range.duration_us);
    return longest;
}

}  // namespace

std::string multivariant_playlist(const Manifest& manifest, std::string_view viewer) {
    if (!manifest.media) return {};
    const Media& media = *manifest.media;
    const std::uint64_t peak = std::max<std::uint64_t>(media.bandwidth, 1);
    std::string out = header(manifest) + "#EXT-X-STREAM-INF:BANDWIDTH=" + std::to_string(peak);
    if (media.duration_us > 0) {
        const auto average =
            static_cast<double>(manifest.size()) * 8e6 / static_cast<double>(media.duration_us);
        out += ",AVERAGE-BANDWIDTH=" +
               std::to_string(std::min(static_cast<std::uint64_t>(average) + 1, peak));
    }
    // A manifest is someone else's word: no text of it may end the quotes.
    if (!media.codecs.empty() && media.codecs.find('"') == std::string::npos)
        out += ",CODECS=\"" + media.codecs + '"';
    if (media.width > 0 && media.height > 0)
        out += ",RESOLUTION=" + std::to_string(media.width) + 'x' + std::to_string(media.height);
    return out + '\n' + uri("media.m3u8", viewer) + '\n';
}

std::string media_playlist(const Manifest& manifest, std::string_view viewer) {
    if (!manifest.media) return {};
    const std::uint64_t target = (longest_range_us(manifest) + 999'999) / 1'000'000;
    std::string out = header(manifest);
    out += "#EXT-X-TARGETDURATION:" + std::to_string(std::max<std::uint64_t>(target, 1)) +
           "\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-MAP:URI=\"" +
           uri("init.mp4", viewer) + "\"\n";
    for (std::size_t i = 0; i < manifest.fragments.size(); ++i) {
        const std::string file = uri(std::to_string(i) + ".m4s", viewer);
        for (const KeyRange& range : manifest.fragments[i].ranges)
            out += "#EXTINF:" + seconds(range.duration_us) +
                   ",\n#EXT-X-BYTERANGE:" + std::to_string(range.length) + '@' +
                   std::to_string(range.offset) + '\n' + file + '\n';
    }
    return out + "#EXT-X-ENDLIST\n";
}

std::uint64_t time_of(const Manifest& manifest, FragmentIndex fragment, std::uint64_t offset) {
    const std::size_t count = manifest.fragments.size();
    const std::size_t index = std::min<std::size_t>(fragment.value, count);
    std::uint64_t time = 0;
    for (std::size_t i = 0; i < index; ++i)
        time += manifest.fragments[i].duration_us;
    if (index == count) return time;
    for (const KeyRange& range : manifest.fragments[index].ranges) {
        if (offset < range.offset + range.length) {
            const auto share =
                static_cast<double>(offset - range.offset) / static_cast<double>(range.length);
            return time +
                   static_cast<std::uint64_t>(share * static_cast<double>(range.duration_us));
        }
        time += range.duration_us;
    }
    return time;
}

}  // namespace fragcast

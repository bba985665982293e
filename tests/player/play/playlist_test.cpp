#include "player/play/playlist.hpp"

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

Manifest film() {
    Manifest out;
    out.name = "film";
    out.kind = AssetKind::video;
    Media media;
    media.duration_us = 7'540'000;
    media.codecs = "avc1.64001f,mp4a.40.2";
    media.width = 1280;
    media.height = 720;
    media.bandwidth = 900'000;
    media.closed_gop = true;
    out.media = media;
    out.fragments.resize(2);
    out.fragments[0] = {
        300'000, 4'000'000, {}, {{0, 100'000, 2'000'000}, {100'000, 200'000, 2'000'000}}};
    out.fragments[1] = {50'000, 3'540'000, {}, {{0, 50'000, 3'540'000}}};
    return out;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the multivariant playlist names one variant exactly") {
    CHECK(multivariant_playlist(film(), "") ==
          "#EXTM3U\n"
          "#EXT-X-VERSION:7\n"
          "#EXT-X-INDEPENDENT-SEGMENTS\n"
          "#EXT-X-STREAM-INF:BANDWIDTH=900000,AVERAGE-BANDWIDTH=371353,"
          "CODECS=\"avc1.64001f,mp4a.40.2\",RESOLUTION=1280x720\n"
          "media.m3u8\n");
}

TEST_CASE("the media playlist has an entry for each key-frame range") {
    CHECK(media_playlist(film(), "") ==
          "#EXTM3U\n"
          "#EXT-X-VERSION:7\n"
          "#EXT-X-INDEPENDENT-SEGMENTS\n"
          "#EXT-X-TARGETDURATION:4\n"
          "#EXT-X-MEDIA-SEQUENCE:0\n"
          "#EXT-X-PLAYLIST-TYPE:VOD\n"
          "#EXT-X-MAP:URI=\"init.mp4\"\n"
          "#EXTINF:2.000000,\n#EXT-X-BYTERANGE:100000@0\n0.m4s\n"
          "#EXTINF:2.000000,\n#EXT-X-BYTERANGE:200000@100000\n0.m4s\n"
          "#EXTINF:3.540000,\n#EXT-X-BYTERANGE:50000@0\n1.m4s\n"
          "#EXT-X-ENDLIST\n");
}

TEST_CASE("the viewer is carried in every address") {
    CHECK(has(multivariant_playlist(film(), "abc1"), "\nmedia.m3u8?v=abc1\n"));
    const std::string media = media_playlist(film(), "abc1");
    CHECK(has(media, "init.mp4?v=abc1\""));
    CHECK(has(media, "\n0.m4s?v=abc1\n"));
    CHECK(has(media, "\n1.m4s?v=abc1\n"));
    CHECK_FALSE(has(media, ".m4s\n"));
}

TEST_CASE("open groups of pictures are not called independent") {
    Manifest open = film();
    open.media->closed_gop = false;
    CHECK_FALSE(has(multivariant_playlist(open, ""), "INDEPENDENT"));
    CHECK_FALSE(has(media_playlist(open, ""), "INDEPENDENT"));
}

TEST_CASE(
    "codecs that would end their quotes are left out, and an average is never above the peak") {
    Manifest odd = film();
    odd.media->codecs = "avc1\",X=\"";
    odd.media->bandwidth = 1000;
    const std::string text = multivariant_playlist(odd, "");
    CHECK_FALSE(has(text, "CODECS"));
    CHECK(has(text, "AVERAGE-BANDWIDTH=1000,"));
}

TEST_CASE("a file has no playlists") {
    Manifest file = film();
    file.media.reset();
    CHECK(multivariant_playlist(file, "").empty());
    CHECK(media_playlist(file, "").empty());
}

TEST_CASE("the time of a byte grows with it, from range to range") {
    const Manifest manifest = film();
    const auto at = [&](std::uint32_t fragment, std::uint64_t offset) {
        return time_of(manifest, FragmentIndex{fragment}, offset);
    };
    CHECK(at(0, 0) == 0);
    CHECK(at(0, 50'000) == 1'000'000);
    CHECK(at(0, 100'000) == 2'000'000);
    CHECK(at(0, 200'000) == 3'000'000);
    CHECK(at(0, 300'000) == 4'000'000);
    CHECK(at(1, 25'000) == 5'770'000);
    CHECK(at(1, 50'000) == 7'540'000);
    CHECK(at(9, 0) == 7'540'000);
}

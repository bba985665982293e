#include "player/cut/cut_notes.hpp"

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

constexpr std::uint64_t kSecond = 1'000'000;

Manifest film(const std::vector<std::uint64_t>& seconds) {
    Manifest out;
    out.kind = AssetKind::video;
    out.media.emplace();
    out.media->width = 640;
    out.media->height = 360;
    out.media->closed_gop = true;
    out.media->codecs = "hvc1.1.6.L60.90";
    out.source.kept = {{"video", "h264", ""}, {"audio", "aac", "eng"}};
    for (const std::uint64_t length : seconds) {
        out.fragments.emplace_back();
        out.fragments.back().duration_us = length * kSecond;
    }
    return out;
}

using Notes = std::vector<std::string>;
const std::string kKept = "kept h264 640x360, aac eng";

}  // namespace

TEST_CASE("an even film of ten fragments has nothing to tell but its tracks") {
    CHECK(video_notes(film(std::vector<std::uint64_t>(10, 3)), {}, false) == Notes{kKept});
}

TEST_CASE("what was left out is named, and how to keep it") {
    Manifest manifest = film(std::vector<std::uint64_t>(10, 3));
    manifest.source.dropped = {{"audio", "aac", "fra"}, {"subtitle", "subrip", ""}};
    CHECK(video_notes(manifest, {}, false) ==
          Notes{kKept + "; left out: aac fra, subrip; --raw keeps every byte"});
}

TEST_CASE("fewer, more and unequal fragments are explained") {
    CHECK(
        video_notes(film({3, 3}), {}, false) ==
        Notes{kKept, "2 fragments instead of 10: so many key frames are at least a second apart"});
    CHECK(video_notes(film({3}), {}, false).at(1).rfind("1 fragment instead of 10", 0) == 0);
    CHECK(video_notes(film({3, 3}), {2, {}}, false) == Notes{kKept});
    CHECK(video_notes(film({3, 3}), {{}, 3.0}, false) == Notes{kKept});
    CHECK(video_notes(film(std::vector<std::uint64_t>(12, 3)), {}, false) ==
          Notes{kKept, "12 fragments instead of 10, so that none is too large"});
    CHECK(video_notes(film({2, 5}), {2, {}}, false) ==
          Notes{kKept, "fragments begin at key frames, so their lengths differ: 2.0 s to 5.0 s"});
}

TEST_CASE("open groups and rare codecs are told of") {
    Manifest manifest = film({3, 3});
    manifest.media->closed_gop = false;
    const Notes notes = video_notes(manifest, {2, {}}, true);
    REQUIRE(notes.size() == 3);
    CHECK(notes[1].find("open") != std::string::npos);
    CHECK(notes[2].find("not every browser plays hvc1.1.6.L60.90") == 0);
}

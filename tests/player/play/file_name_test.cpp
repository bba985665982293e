#include "player/play/file_name.hpp"

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

std::string called(const std::string& name, const std::string& source, bool video) {
    Manifest manifest;
    manifest.name = name;
    manifest.source.name = source;
    if (video) manifest.media.emplace();
    return file_name_of(manifest);
}

}  // namespace

TEST_CASE("file name: a video ends in .mp4") {
    CHECK(called("film", "holiday.mkv", true) == "film.mp4");
    CHECK(called("film.mp4", "film.mp4", true) == "film.mp4");
    CHECK(called("film.mp4", "holiday.mkv", true) == "film.mp4");
    CHECK(called("film.mkv", "film.mkv", true) == "film.mp4");
    CHECK(called("film v1.5", "holiday.mkv", true) == "film v1.5.mp4");
    CHECK(called("Dr. No", "dr-no.ts", true) == "Dr. No.mp4");
    CHECK(called(".mp4", "x.mp4", true) == ".mp4.mp4");
}

TEST_CASE("file name: a file keeps its name, with its source's ending where it has none") {
    CHECK(called("notes.txt", "notes.txt", false) == "notes.txt");
    CHECK(called("notes", "a.txt", false) == "notes.txt");
    CHECK(called("notes", "README", false) == "notes");
    CHECK(called("notes.md", "a.txt", false) == "notes.md");
    CHECK(called("Dr. No", "dr.webm", false) == "Dr. No.webm");
    CHECK(called("x", "a.b c", false) == "x");
}

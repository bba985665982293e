#include "player/cut/mime.hpp"

#include "player/cut/cutter.hpp"
#include "tests/player/cut/temp_folder.hpp"

#include <fstream>

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

std::string mime(const std::string& name, const std::string& head) {
    const TempFolder folder;
    const std::filesystem::path file = folder.path() / name;
    std::ofstream(file, std::ios::binary) << head;
    return mime_of(file);
}

std::string with_zeros(std::string text, std::size_t size) {
    text.resize(size);
    return text;
}

}  // namespace

TEST_CASE("media are known by their first bytes, whatever their name") {
    CHECK(mime("a", with_zeros(std::string("\0\0\0\x20"
                                           "ftypisom",
                                           12),
                               64)) == "video/mp4");
    CHECK(mime("a", with_zeros(std::string("\0\0\0\x20"
                                           "ftypM4A ",
                                           12),
                               64)) == "audio/mp4");
    CHECK(mime("a", with_zeros("\x1A\x45\xDF\xA3\x9F\x42\x82\x84webm", 64)) == "video/webm");
    CHECK(mime("a", with_zeros("\x1A\x45\xDF\xA3\x9F\x42\x82\x88matroska", 64)) ==
          "video/x-matroska");
    CHECK(mime("a", "ID3\x03") == "audio/mpeg");
    CHECK(mime("a", "fLaC") == "audio/flac");
    CHECK(mime("a", "RIFF....WAVEfmt ") == "audio/wav");
    CHECK(mime("a", "%PDF-1.7") == "application/pdf");
    CHECK(mime("a", "\x89PNG\r\n\x1A\n") == "image/png");
}

TEST_CASE("sound and streams without a header need their name or their rhythm") {
    CHECK(mime("a.mp3", "\xFF\xFB\x90") == "audio/mpeg");
    CHECK(mime("a.aac", "\xFF\xF1\x50") == "audio/aac");
    CHECK(mime("a.bin", "\xFF\xFB\x90\x01") == "application/octet-stream");
    CHECK(mime("a.ogg", "OggS") == "audio/ogg");
    CHECK(mime("a.OGV", "OggS") == "video/ogg");
    std::string stream(600, 'x');
    stream[0] = stream[188] = stream[376] = 'G';
    CHECK(mime("a", stream) == "video/mp2t");
}

TEST_CASE("texts are known by their name, if they read like text") {
    CHECK(mime("a.txt", "hello") == "text/plain");
    CHECK(mime("a.HTML", "<p>") == "text/html");
    CHECK(mime("a.svg", "<svg>") == "image/svg+xml");
    CHECK(mime("a.txt", std::string("a\0b", 3)) == "application/octet-stream");
}

TEST_CASE("a name alone makes no video, and what is not known is not guessed") {
    CHECK(mime("a.mp4", "these are words") == "application/octet-stream");
    CHECK(mime("a.xyz", "hello") == "application/octet-stream");
    CHECK(mime("a", "") == "application/octet-stream");
    CHECK(mime_of("no/such/file.txt") == "application/octet-stream");
}

TEST_CASE("only the exact names of our table are shown, and nothing that could hold a script") {
    using As = ShownType::As;
    CHECK(shown_type("video/mp4").as == As::player);
    CHECK(shown_type("audio/mpeg").as == As::player);
    CHECK(shown_type("image/png").as == As::page);
    CHECK(shown_type("text/plain").as == As::page);
    CHECK(std::string(shown_type("video/webm").type) == "video/webm");
    for (const char* said : {"video/mp4,text/html",
                             "text/plain,text/html",
                             "text/plain, text/html",
                             "image/SVG+xml",
                             "image/svg+xml",
                             "text/html",
                             "application/xhtml+xml",
                             "application/xml",
                             "text/xml",
                             "text/javascript",
                             "text/css",
                             "application/pdf",
                             "application/json",
                             "multipart/x-mixed",
                             "video/mp4;text/html",
                             "video/mp4; charset=utf-7",
                             "text/plain;charset=utf-7",
                             "Video/mp4",
                             " video/mp4",
                             "video/mp4 ",
                             "video/",
                             "video/x-unknown",
                             "image/",
                             "*/*",
                             "application/octet-stream",
                             ""}) {
        CAPTURE(said);
        CHECK(shown_type(said).as == As::nothing);
        CHECK(std::string(shown_type(said).type) == "application/octet-stream");
    }
}

TEST_CASE("what is sent is our constant, whatever stands behind the text that chose it") {
    const std::string said = "video/mp4";
    CHECK(static_cast<const void*>(shown_type(said).type) != said.data());
}

TEST_CASE("what the cutter calls a video, a sound or a picture is in the table") {
    for (const char* head : {"OggS", "ID3\x03", "fLaC", "RIFF....WAVEfmt ", "\x89PNG\r\n\x1A\n",
                             "GIF89a", "RIFF....WEBP", "\xFF\xD8\xFF\xE0"})
        CHECK_MESSAGE(shown_type(mime("a", head)).as != ShownType::As::nothing, head);
}

// Inputs of all kinds: what goes as a video, what as a file and why, and what is refused.
#include "tests/player/cut/media.hpp"

#include <fstream>

#include <doctest/doctest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace fragcast;
using namespace fragcast::media;
namespace fs = std::filesystem;

namespace {

void write(const fs::path& file, const Bytes& data) {
    std::ofstream out(file, std::ios::binary);
    out.write(reinterpret_cast<const char*>(data.data()),
              static_cast<std::streamsize>(data.size()));
    REQUIRE(out.good());
}

Bytes text(const std::string& words) {
    return {words.begin(), words.end()};
}

Bytes noise(std::size_t size) {
    Bytes out(size);
    std::uint32_t state = 1;
    for (std::uint8_t& byte : out)
        byte = static_cast<std::uint8_t>((state = state * 1664525 + 1013904223) >> 24);
    return out;
}

Error refused(const fs::path& input, const fs::path& into, const CutOptions& options = {}) {
    const Result<CutReport> report =
        cut_file(input, into, options, [](const CutProgress&) { return true; });
    REQUIRE_FALSE(report);
    CHECK((!fs::exists(into) || fs::is_empty(into)));
    return report.error();
}

// It goes as a file, and is the very same after join.
CutReport check_goes_as_file(const Folder& folder, const fs::path& source) {
    CAPTURE(source.string());
    const CutReport report = cut(source, folder / "cut");
    CHECK(report.manifest.kind == AssetKind::file);
    CHECK_FALSE(report.manifest.media);
    CHECK(report.manifest.source.hash == sha256(bytes_of(source)));
    const fs::path joined = folder / (source.filename().string() + ".joined");
    join(report, joined);
    CHECK((bytes_of(joined) == bytes_of(source)));
    return report;
}

}  // namespace

TEST_CASE("what is no video goes as a file, byte for byte") {
    const Folder folder;
    write(folder / "words.mp4", text("these are words, not a film\n"));
    CHECK(has_note(check_goes_as_file(folder, folder / "words.mp4"), "goes as a file"));
    write(folder / "noise.mkv", noise(3'000'000));
    const CutReport noisy = check_goes_as_file(folder, folder / "noise.mkv");
    CHECK(noisy.manifest.fragments.size() == 10);
    CHECK(has_note(noisy, "goes as a file"));
    write(folder / "notes.txt", text("x"));
    const CutReport one = check_goes_as_file(folder, folder / "notes.txt");
    CHECK(one.manifest.fragments.size() == 1);
    CHECK(one.manifest.mime == "text/plain");
    CHECK(one.notes.empty());
}

TEST_CASE("what MP4 cannot carry to browsers goes as a file, and the note says why") {
    const Folder folder;
    const auto goes = [&](const std::string& name, const std::string& arguments,
                          const std::string& why) {
        const CutReport report = check_goes_as_file(folder, make(folder / name, arguments));
        CHECK((why.empty() || has_note(report, why)));
    };
    goes("mp3.mp4", kInputs + kH264 + "-c:a libmp3lame", "do not play mp3");
    goes("ac3.mkv", kInputs + kH264 + "-c:a ac3", "do not play ac3");
    goes("mpeg2.ts", kInputs + "-c:v mpeg2video -c:a mp2", "do not play mpeg2video");
    goes("vp8.webm", kInputs + "-c:v libvpx -deadline realtime -c:a libvorbis", "do not play vp8");
    goes("old.avi", kInputs + "-c:v mpeg4 -c:a ac3", "neither MP4");
    goes("raw.h264", kInputs + "-map 0 " + kH264, "neither MP4");
    goes("sound.m4a", kInputs + "-map 1 -c:a aac", "");
    goes("sound.flac", kInputs + "-map 1 -c:a flac", "");
    goes("sparse.mp4", "-f lavfi -i testsrc2=s=64x64:r=1:d=70 -c:v libx264 -g 1000 -sc_threshold 0",
         "between two key frames");
    goes("trimmed.mp4", "-ss 3 -i '" + sample().string() + "' -map 0 -c copy",
         "an edit list hides some of its pictures");
}

TEST_CASE("a video that is cut short or damaged goes as a file") {
    const Folder folder;
    const auto cut_short = [&](const std::string& name, const std::string& options, double part) {
        const Bytes whole =
            bytes_of(make(folder / ("whole-" + name),
                          "-i '" + sample().string() + "' -map 0 -c copy " + options));
        const auto size = static_cast<std::size_t>(static_cast<double>(whole.size()) * part);
        write(folder / name, {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
        CHECK(has_note(check_goes_as_file(folder, folder / name), "goes as a file"));
    };
    cut_short("moov-first.mp4", "-movflags faststart", 0.6);
    cut_short("moov-last.mp4", "", 0.6);
    cut_short("short.mkv", "", 0.6);

    Bytes holed =
        bytes_of(make(folder / "holed-0.mkv", "-i '" + sample().string() + "' -map 0 -c copy"));
    std::fill_n(holed.begin() + static_cast<std::ptrdiff_t>(holed.size() / 2), 50'000, 0xFF);
    write(folder / "holed.mkv", holed);
    check_goes_as_file(folder, folder / "holed.mkv");

    Bytes torn =
        bytes_of(make(folder / "torn-0.ts", "-i '" + sample().string() + "' -map 0 -c copy"));
    torn.erase(torn.begin() + 188 * 700, torn.begin() + 188 * 760);
    write(folder / "torn.ts", torn);
    check_goes_as_file(folder, folder / "torn.ts");
}

TEST_CASE("one key frame makes one fragment") {
    const Folder folder;
    const auto source = make(folder / "one.mp4", kInputs +
                                                     "-c:v libx264 -preset veryfast -g 1000 "
                                                     "-sc_threshold 0 -c:a aac");
    const CutReport report = cut(source, folder / "cut");
    CHECK(report.manifest.kind == AssetKind::video);
    CHECK(report.manifest.fragments.size() == 1);
    CHECK(has_note(report, "1 fragment instead of 10"));
}

TEST_CASE("other tracks and cover art are left out and listed, and --raw keeps every byte") {
    const Folder folder;
    write(folder / "a.srt", text("1\n00:00:01,000 --> 00:00:02,000\nhello\n"));
    make(folder / "cover.png", "-f lavfi -i testsrc2=s=64x64:d=1 -frames:v 1");
    const auto source = make(
        folder / "many.mkv",
        "-i '" + sample().string() + "' -i '" + (folder / "a.srt").string() +
            "' -map 0:v -map 0:a -map 0:a -map 1 -c copy -c:s srt -metadata:s:a:0 language=eng "
            "-metadata:s:a:1 language=fra -metadata:s:s:0 language=eng -disposition:a:0 default "
            "-attach '" +
            (folder / "cover.png").string() + "' -metadata:s:t mimetype=image/png");
    const CutReport report = cut(source, folder / "cut");
    CHECK(report.manifest.kind == AssetKind::video);
    CHECK(report.notes.at(0) ==
          "kept h264 320x180, aac eng; left out: aac fra, subrip eng, png; --raw keeps every byte");
    CHECK(report.manifest.source.kept.size() == 2);
    CHECK(report.manifest.source.dropped.size() == 3);
    CHECK(report.manifest.source.dropped.at(2).kind == "attachment");

    CutOptions raw;
    raw.raw = true;
    const CutReport whole = cut(source, folder / "cut", raw);
    CHECK(whole.manifest.kind == AssetKind::file);
    CHECK(whole.manifest.mime == "video/x-matroska");
    join(whole, folder / "whole.mkv");
    CHECK((bytes_of(folder / "whole.mkv") == bytes_of(source)));
}

TEST_CASE("sound that browsers know is taken where the best one is not known") {
    const Folder folder;
    const auto source =
        make(folder / "two.mkv", kInputs + "-map 0 -map 1 -map 1 " + kH264 +
                                     "-c:a:0 ac3 -c:a:1 aac -disposition:a:0 default");
    const CutReport report = cut(source, folder / "cut");
    CHECK(report.manifest.kind == AssetKind::video);
    CHECK(has_note(report, "kept h264 320x180, aac; left out: ac3"));
}

TEST_CASE(
    "a missing, empty or endless input is refused with what to do, and nothing is left behind") {
    const Folder folder;
    write(folder / "empty.mp4", {});
    fs::create_directory(folder / "folder");
    REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
    const fs::path into = folder / "cut";
    CHECK(refused(folder / "absent.mp4", into).kind == ErrorKind::not_found);
    CHECK(refused(folder / "empty.mp4", into).text.find("is empty") != std::string::npos);
    CHECK(refused(folder / "folder", into).text.find("is a folder") != std::string::npos);
    CHECK(refused(folder / "pipe", into).text.find("no end") != std::string::npos);
    CHECK(refused("/dev/zero", into).kind == ErrorKind::invalid);
}

TEST_CASE("names and options out of their limits are refused") {
    const Folder folder;
    const auto with = [&](auto set) {
        CutOptions options;
        set(options);
        return refused(sample(), folder / "cut", options).kind;
    };
    CHECK(with([](CutOptions& o) { o.name = "../up"; }) == ErrorKind::invalid);
    CHECK(with([](CutOptions& o) { o.name = "two\nlines"; }) == ErrorKind::invalid);
    CHECK(with([](CutOptions& o) { o.name = std::string(300, 'x'); }) == ErrorKind::invalid);
    CHECK(with([](CutOptions& o) { o.fragments = 0; }) == ErrorKind::invalid);
    CHECK(with([](CutOptions& o) { o.fragments = limits::kMaxFragments + 1; }) ==
          ErrorKind::invalid);
    CHECK(with([](CutOptions& o) { o.fragment_seconds = 0.5; }) == ErrorKind::invalid);
    CHECK(with([](CutOptions& o) { o.replicas = 0; }) == ErrorKind::invalid);

    write(folder / "two\nlines.txt", text("content"));
    const Error error = refused(folder / "two\nlines.txt", folder / "cut");
    CHECK(error.text.find("--name") != std::string::npos);
    CutOptions named;
    named.name = "lines";
    const CutReport report = cut(folder / "two\nlines.txt", folder / "cut", named);
    CHECK(report.manifest.name == "lines");
    CHECK(report.manifest.source.name == "two_lines.txt");
}

TEST_CASE("a full disk is told of, and nothing is left on it") {
    const Folder folder;
    const fs::path disk = folder / "disk";
    fs::create_directory(disk);
    if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=300k") != 0) {
        MESSAGE("skipped: this user may not mount a small disk");
        return;
    }
    const Result<CutReport> report =
        cut_file(sample(), disk / "cut", {}, [](const CutProgress&) { return true; });
    const bool is_empty = fs::is_empty(disk / "cut");
    const CutReport elsewhere = cut(sample(), folder / "cut");
    const Status joined = join_folder(elsewhere.folder, disk / "out.mp4", std::nullopt, false);
    const bool clean = is_empty && !fs::exists(disk / "out.mp4");
    ::umount2(disk.c_str(), MNT_DETACH);
    REQUIRE_FALSE(report);
    CHECK(report.error().kind == ErrorKind::full);
    CHECK(report.error().text.find("free some space") != std::string::npos);
    REQUIRE_FALSE(joined);
    CHECK(joined.error().kind == ErrorKind::full);
    CHECK(clean);
}

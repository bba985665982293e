// Videos: what comes out of cut and join is the source's picture and sound, exactly.
#include "tests/player/cut/media.hpp"

#include <cmath>
#include <cstdlib>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::media;

namespace {

double seconds(std::int64_t time, const TrackPackets& track) {
    return static_cast<double>(time) * track.num / track.den;
}

// Checks all but the shift, and returns it: seconds that the source is later. Pictures are where
// they were; sound, whose times MP4 counts in samples, to the sample.
double check_same(const std::filesystem::path& source, const std::filesystem::path& joined,
                  Kind kind) {
    const TrackPackets before = packets_of(source, kind);
    const TrackPackets after = packets_of(joined, kind);
    REQUIRE(before.packets.size() > 1);
    REQUIRE(after.packets.size() == before.packets.size());
    const double exact = kind == Kind::audio ? 1.01 / after.den : 1e-9;
    const double shift =
        seconds(before.packets[0].pts, before) - seconds(after.packets[0].pts, after);
    const auto differs = [&](std::int64_t was, std::int64_t is) {
        return std::abs(seconds(was, before) - seconds(is, after) - shift) > exact;
    };
    int wrong_times = 0;
    int wrong_decoding_times = 0;
    int wrong_payloads = 0;
    int wrong_keys = 0;
    for (std::size_t i = 0; i < before.packets.size(); ++i) {
        const Packet& was = before.packets[i];
        const Packet& is = after.packets[i];
        wrong_times += differs(was.pts, is.pts);
        wrong_decoding_times += was.dts && differs(*was.dts, *is.dts);
        wrong_payloads += was.payload != is.payload;
        wrong_keys += was.key != is.key;
    }
    CHECK(wrong_times == 0);
    CHECK(wrong_decoding_times == 0);
    CHECK(wrong_payloads == 0);
    CHECK(wrong_keys == 0);
    return shift;
}

// Cuts `source`, and compares it with what comes out: as a whole, and fragment by fragment.
CutReport check_comes_out_exact(const Folder& folder, const std::filesystem::path& source,
                                const CutOptions& options = {}) {
    CAPTURE(source.string());
    CutReport report = cut(source, folder / "cut", options);
    for (const std::string& note : report.notes)
        INFO(note);
    REQUIRE(report.manifest.kind == AssetKind::video);
    CHECK(report.manifest.source.hash == sha256(bytes_of(source)));
    const std::filesystem::path joined = folder / "joined.mp4";
    join(report, joined);
    const double shift = check_same(source, joined, Kind::video);
    const bool has_audio = report.manifest.source.kept.size() == 2;
    if (has_audio) CHECK(std::abs(check_same(source, joined, Kind::audio) - shift) < 0.0005);
    const std::vector<std::string> pictures = pictures_of(source);
    CHECK_FALSE(pictures.empty());
    CHECK((pictures_of(joined) == pictures));
    if (!report.manifest.media->closed_gop) return report;
    std::vector<std::string> alone;
    for (FragmentIndex i; i.value < report.manifest.fragments.size(); ++i.value) {
        const std::filesystem::path part = folder / ("part" + std::to_string(i.value) + ".mp4");
        join(report, part, i);
        const std::vector<std::string> some = pictures_of(part);
        alone.insert(alone.end(), some.begin(), some.end());
    }
    CHECK((alone == pictures));
    return report;
}

struct Expect {
    const char* codecs;
    bool closed = true;
    bool audio = true;
};

void check_exact(const Folder& folder, const std::filesystem::path& source, const Expect& expect) {
    CAPTURE(source.string());
    const CutReport report = check_comes_out_exact(folder, source);
    const Media& facts = *report.manifest.media;
    CHECK(facts.codecs == expect.codecs);
    CHECK(facts.closed_gop == expect.closed);
    CHECK(facts.width == 320);
    CHECK(facts.height == 180);
    CHECK(facts.duration_us > 11'900'000);
    CHECK(facts.duration_us < 12'100'000);
    CHECK(report.manifest.fragments.size() == 6);
    CHECK(report.manifest.source.kept.size() == (expect.audio ? 2 : 1));
}

const std::string kCopy = " -map 0 -c copy";

std::filesystem::path repacked(const Folder& folder, const std::string& name,
                               const std::filesystem::path& from, const std::string& more = "") {
    return make(folder / name, "-i '" + from.string() + "'" + kCopy + " " + more);
}

}  // namespace

TEST_CASE("h264 and aac come out exact from every container") {
    const Folder folder;
    const Expect expect{"avc1.64000c,mp4a.40.2"};
    check_exact(folder, sample(), expect);
    for (const char* name : {"a.mkv", "a.mov", "a.ts"}) {
        const Folder own;
        check_exact(own, repacked(own, name, sample()), expect);
    }
}

TEST_CASE(
    "h264 and aac come out exact from an mp4 with its index in front, and from fragmented mp4") {
    const Expect expect{"avc1.64000c,mp4a.40.2"};
    const Folder front;
    check_exact(front, repacked(front, "front.mp4", sample(), "-movflags faststart"), expect);
    const Folder fragmented;
    check_exact(fragmented,
                repacked(fragmented, "fragmented.mp4", sample(),
                         "-movflags frag_keyframe+empty_moov+delay_moov"),
                expect);
}

TEST_CASE("open groups of pictures come out exact, and are told of") {
    const std::string encode =
        kInputs + kH264 + "-x264-params open-gop=1:keyint=50:scenecut=0 -c:a aac";
    const Folder mp4;
    const auto open = make(mp4 / "open.mp4", encode);
    check_exact(mp4, open, {"avc1.64000c,mp4a.40.2", false});
    const Folder ts;
    check_exact(ts, repacked(ts, "open.ts", open), {"avc1.64000c,mp4a.40.2", false});
    CHECK(has_note(cut(open, mp4 / "again"), "groups of pictures are open"));
}

TEST_CASE("hevc comes out exact, closed and open, from mkv and ts") {
    for (const bool closed : {true, false}) {
        const Folder mkv;
        const Folder ts;
        const auto source = make(mkv / "hevc.mkv",
                                 kInputs +
                                     "-c:v libx265 -preset ultrafast -pix_fmt yuv420p -x265-params "
                                     "log-level=error:keyint=50:open-gop=" +
                                     (closed ? "0" : "1") + " -c:a aac");
        check_exact(mkv, source, {"hvc1.1.6.L60.90,mp4a.40.2", closed});
        check_exact(ts, repacked(ts, "hevc.ts", source), {"hvc1.1.6.L60.90,mp4a.40.2", closed});
    }
}

TEST_CASE("vp9 with opus, av1 with opus, and h264 with flac come out exact") {
    const Folder vp9;
    check_exact(
        vp9,
        make(vp9 / "a.webm", kInputs + "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 50 "
                                       "-c:a libopus"),
        {"vp09.00.11.08,opus"});
    const Folder av1;
    check_exact(av1,
                make(av1 / "a.mkv", kInputs + "-c:v libaom-av1 -usage realtime -cpu-used 8 -g 50 "
                                              "-keyint_min 50 -c:a libopus"),
                {"av01.0.00M.08,opus"});
    const Folder flac;
    check_exact(flac, make(flac / "a.mkv", kInputs + kH264 + "-c:a flac"), {"avc1.64000c,flac"});
}

// What remains of the whitelist: each picture and each sound in each container that carries them.
TEST_CASE("every picture and every sound comes out exact from every container that carries it") {
    const Folder folder;
    const std::string picture_of[][2] = {
        {"h264", kH264},
        {"hevc",
         "-c:v libx265 -preset ultrafast -pix_fmt yuv420p -x265-params "
         "log-level=error:keyint=50:open-gop=0 "},
        {"vp9", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 50 "},
        {"av1", "-c:v libaom-av1 -usage realtime -cpu-used 8 -g 50 -keyint_min 50 "}};
    for (const auto& [picture, encode] : picture_of)
        make(folder / (picture + ".mkv"), kInputs + "-map 0 -t 6 " + encode);
    make(folder / "aac.mkv", kInputs + "-map 1 -t 6 -c:a aac");
    make(folder / "opus.mkv", kInputs + "-map 1 -t 6 -c:a libopus");
    make(folder / "flac.mkv", kInputs + "-map 1 -t 6 -c:a flac");

    const auto try_it = [&](const std::string& picture, const std::string& sound,
                            const std::string& container) {
        const Folder own;
        const auto track = [&](const std::string& name) {
            return "-i '" + (folder / (name + ".mkv")).string() + "' ";
        };
        const auto source = make(own / (picture + "-" + sound + "." + container),
                                 track(picture) + track(sound) + "-c copy -strict -2");
        const CutReport report = check_comes_out_exact(own, source);
        CHECK(report.manifest.fragments.size() == 3);
        CHECK(report.manifest.media->closed_gop);
    };
    for (const char* picture : {"h264", "hevc", "vp9", "av1"})
        for (const char* sound : {"aac", "opus", "flac"})
            for (const char* container : {"mp4", "mkv"})
                try_it(picture, sound, container);
    for (const char* picture : {"h264", "hevc"})
        for (const char* sound : {"aac", "opus"})
            try_it(picture, sound, "ts");
    for (const char* picture : {"vp9", "av1"})
        try_it(picture, "opus", "webm");
}

TEST_CASE("times that are not even come out exact") {
    const auto try_it = [](const char* name, const std::string& arguments) {
        const Folder folder;
        (void)check_comes_out_exact(folder, make(folder / name, arguments));
    };
    const std::string copy = "-i '" + sample().string() + "' -map 0 -c copy ";
    const std::string sound = "-c:a aac ";
    try_it("ntsc.mp4", "-f lavfi -i testsrc2=s=320x180:r=30000/1001:d=12 " + kH264);
    try_it("ntsc.mkv", "-f lavfi -i testsrc2=s=320x180:r=24000/1001:d=12 " + kH264);
    const std::string jitter =
        kInputs + "-vf setpts='PTS+0.013/TB*mod(N\\,3)' -fps_mode passthrough " + kH264 + sound;
    try_it("jitter.mp4", jitter + "-video_track_timescale 90000");
    try_it("jitter.mkv", jitter);
    try_it("pauses.mp4",
           kInputs + "-vf select='lt(mod(n\\,100)\\,60)' -fps_mode passthrough " + kH264 + sound);
    try_it("pyramid.mp4", kInputs + kH264 + "-bf 6 -x264-params b-pyramid=normal " + sound);
    try_it("interlaced.ts", kInputs + kH264 + "-flags +ildct+ilme " + sound);
    try_it("surround.mp4", kInputs + kH264 + sound + "-ac 6 -ar 48000");
    try_it("late.mp4", copy + "-output_ts_offset 100");
    try_it("late.ts", copy + "-output_ts_offset 30000");
    // A TS clock has 33 bits: it passes zero after 95,443.7 s.
    try_it("wraps.ts", copy + "-output_ts_offset 95437");
}

TEST_CASE("a video without sound comes out exact") {
    const Folder folder;
    check_exact(folder, make(folder / "mute.mp4", kInputs + "-map 0 " + kH264),
                {"avc1.64000c", true, false});
}

TEST_CASE("sound that begins seconds after the picture, or before it, stays where it was") {
    for (const char* option : {"-itsoffset 3.5 -i", "-itsoffset -0.7 -i"}) {
        const Folder folder;
        const std::string file = "'" + sample().string() + "'";
        const auto source = make(folder / "late.mkv", "-i " + file + " " + option + " " + file +
                                                          " -map 0:v -map 1:a -c copy -t 12");
        const CutReport report = cut(source, folder / "cut");
        REQUIRE(report.manifest.kind == AssetKind::video);
        join(report, folder / "joined.mp4");
        const double shift = check_same(source, folder / "joined.mp4", Kind::video);
        CHECK(check_same(source, folder / "joined.mp4", Kind::audio) ==
              doctest::Approx(shift).epsilon(0.0005));
    }
}

TEST_CASE("key-frame ranges cover each fragment, begin with a key frame and are a second long") {
    const Folder folder;
    const auto source =
        make(folder / "dense.mp4", kInputs + "-c:v libx264 -preset veryfast -g 5 -c:a aac");
    const CutReport report = cut(source, folder / "cut");
    CHECK(report.manifest.fragments.size() == 10);
    std::size_t ranges = 0;
    std::uint64_t duration = 0;
    for (const FragmentInfo& fragment : report.manifest.fragments) {
        std::uint64_t end = 0;
        for (const KeyRange& range : fragment.ranges) {
            CHECK(range.offset == end);
            CHECK(range.duration_us >= 1'000'000);
            end += range.length;
            duration += range.duration_us;
        }
        CHECK(end == fragment.size);
        ranges += fragment.ranges.size();
    }
    CHECK(ranges == 12);
    CHECK(duration == report.manifest.media->duration_us);
}

TEST_CASE("fragments are as many as asked for, or of the length asked for") {
    const Folder folder;
    const auto source =
        make(folder / "dense.mp4", kInputs + "-c:v libx264 -preset veryfast -g 25 -c:a aac");
    CutOptions options;
    options.fragments = 3;
    const CutReport three = cut(source, folder / "cut", options);
    REQUIRE(three.manifest.fragments.size() == 3);
    for (const FragmentInfo& fragment : three.manifest.fragments)
        CHECK(fragment.duration_us == 4'000'000);
    options.fragments.reset();
    options.fragment_seconds = 2.0;
    CHECK(cut(source, folder / "cut", options).manifest.fragments.size() == 6);
}

// Films of one's own: FRAGCAST_FILMS=FOLDER media_tests -tc="films*"
TEST_CASE("films from elsewhere come out exact") {
    const char* films = std::getenv("FRAGCAST_FILMS");
    if (films == nullptr) return;
    for (const auto& film : std::filesystem::directory_iterator(films)) {
        const Folder folder;
        if (cut(film.path(), folder / "look").manifest.kind == AssetKind::video)
            (void)check_comes_out_exact(folder, film.path());
    }
}

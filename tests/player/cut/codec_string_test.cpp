#include "player/cut/codec_string.hpp"

#include "messages/wire/ids.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

Bytes bytes(const std::string& hex) {
    return from_hex(hex).value();
}

Bytes box(const std::string& type, const Bytes& body) {
    const auto size = static_cast<std::uint32_t>(body.size() + 8);
    Bytes out;
    for (int shift = 24; shift >= 0; shift -= 8)
        out.push_back(static_cast<std::uint8_t>(size >> shift));
    out.insert(out.end(), type.begin(), type.end());
    out.insert(out.end(), body.begin(), body.end());
    return out;
}

// A track whose sample entry of `type`, after `header` bytes, holds one box.
Bytes track(const std::string& type, std::size_t header, const std::string& name,
            const std::string& configuration) {
    Bytes entry(header);
    const Bytes inner = box(name, bytes(configuration));
    entry.insert(entry.end(), inner.begin(), inner.end());
    Bytes table(8);
    const Bytes whole = box(type, entry);
    table.insert(table.end(), whole.begin(), whole.end());
    return box("trak", box("mdia", box("minf", box("stbl", box("stsd", table)))));
}

Bytes init_of(const std::vector<Bytes>& tracks) {
    Bytes movie = box("mvhd", Bytes(100));
    for (const Bytes& one : tracks)
        movie.insert(movie.end(), one.begin(), one.end());
    Bytes out = box("ftyp", Bytes(16));
    const Bytes moov = box("moov", movie);
    out.insert(out.end(), moov.begin(), moov.end());
    return out;
}

Bytes video(const std::string& type, const std::string& name, const std::string& configuration) {
    return track(type, 78, name, configuration);
}
Bytes sound(const std::string& type, const std::string& name, const std::string& configuration) {
    return track(type, 28, name, configuration);
}

std::string named(const Bytes& one) {
    return codecs_of_init(init_of({one})).value_or("nothing");
}

// version and flags, then ES, decoder configuration and AudioSpecificConfig descriptors.
std::string esds(const std::string& config) {
    const auto size = [](std::size_t n) {
        const auto byte = static_cast<std::uint8_t>(n);
        return to_hex(&byte, 1);
    };
    const std::size_t n = config.size() / 2;
    return "00000000"
           "03"
           "808080" +
           size(n + 20) +
           "000200"
           "04" +
           size(n + 15) +
           "40150000000000000000000000"
           "05" +
           size(n) + config;
}

}  // namespace

TEST_CASE("codec strings are read from the decoder configurations") {
    CHECK(named(video("avc1", "avcC", "0164001fffe10000")) == "avc1.64001f");
    CHECK(named(video("avc1", "avcC", "0142c01effe10000")) == "avc1.42c01e");
    CHECK(named(video("hvc1", "hvcC", "0101600000009000000000003cf000")) == "hvc1.1.6.L60.90");
    CHECK(named(video("hvc1", "hvcC", "01224000000000000000000078f000")) == "hvc1.2.2.H120");
    CHECK(named(video("vp09", "vpcC",
                      "0100000000"
                      "1f80")) == "vp09.00.31.08");
    CHECK(named(video("vp09", "vpcC",
                      "0100000002"
                      "29a0")) == "vp09.02.41.10");
    CHECK(named(video("av01", "av1C", "81050c00")) == "av01.0.05M.08");
    CHECK(named(video("av01", "av1C", "812de000")) == "av01.1.13H.12");
    CHECK(named(sound("mp4a", "esds", esds("1210"))) == "mp4a.40.2");
    CHECK(named(sound("mp4a", "esds", esds("2b92"))) == "mp4a.40.5");
    CHECK(named(sound("mp4a", "esds", esds("f94640"))) == "mp4a.40.42");
    CHECK(named(sound("Opus", "dOps", "00")) == "opus");
    CHECK(named(sound("fLaC", "dfLa", "00")) == "flac");
}

TEST_CASE("tracks are named in their order, and one that is not known makes no list") {
    const Bytes avc = video("avc1", "avcC", "0164001fffe10000");
    const Bytes aac = sound("mp4a", "esds", esds("1210"));
    CHECK(codecs_of_init(init_of({avc, aac})) == "avc1.64001f,mp4a.40.2");
    CHECK_FALSE(codecs_of_init(init_of({avc, sound("ac-3", "dac3", "00")})));
    CHECK_FALSE(codecs_of_init(init_of({})));
    CHECK_FALSE(codecs_of_init({}));
}

TEST_CASE("damaged bytes make no list and are never read past") {
    const Bytes whole = init_of({video("hvc1", "hvcC", "0101600000009000000000003cf000"),
                                 sound("mp4a", "esds", esds("1210"))});
    for (std::size_t n = 0; n < whole.size(); ++n) {
        const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
        CHECK_FALSE(codecs_of_init(part));
    }
    for (std::size_t i = 0; i < whole.size(); ++i) {
        Bytes wrong = whole;
        wrong[i] = 0xFF;
        (void)codecs_of_init(wrong);  // whatever it says, a sanitizer has nothing to say
    }
}

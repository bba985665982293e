#include "player/cut/codec_string.hpp"

#include <array>
#include <cstdio>
#include <string_view>

namespace fragcast {

namespace {

using Span8 = std::span<const std::uint8_t>;

// Bytes from the front, big endian. Reading past the end yields zeros and is remembered.
class Cursor {
public:
    explicit Cursor(Span8 data) : data_(data) {}
    bool ok() const { return ok_; }
    std::size_t left() const { return data_.size(); }
    Span8 rest() const { return data_; }

    Span8 take(std::size_t n) {
        if (n > data_.size()) {
            ok_ = false;
            data_ = {};
            return {};
        }
        const Span8 out = data_.first(n);
        data_ = data_.subspan(n);
        return out;
    }
    std::uint32_t number(std::size_t bytes) {
        std::uint32_t value = 0;
        for (const std::uint8_t byte : take(bytes))
            value = value << 8 | byte;
        return value;
    }

private:
    Span8 data_;
    bool ok_ = true;
};

struct Box {
    std::string_view type;
    Span8 body;
};

std::optional<Box> next_box(Cursor& in) {
    constexpr std::uint32_t kHeader = 8;
    const std::uint32_t size = in.number(4);
    const Span8 type = in.take(4);
    if (!in.ok() || size < kHeader) return std::nullopt;
    const Span8 body = in.take(size - kHeader);
    if (!in.ok()) return std::nullopt;
    return Box{{reinterpret_cast<const char*>(type.data()), type.size()}, body};
}

std::optional<Span8> find_box(Span8 data, std::string_view type) {
    Cursor in(data);
    while (in.left() > 0) {
        const std::optional<Box> box = next_box(in);
        if (!box) return std::nullopt;
        if (box->type == type) return box->body;
    }
    return std::nullopt;
}

template <class... Values>
std::string format(const char* pattern, Values... values) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), pattern, values...);
    return text.data();
}

// AVCDecoderConfigurationRecord: version, profile, constraints, level.
std::string avc(Cursor in) {
    in.take(1);
    const std::uint32_t profile_level = in.number(3);
    return in.ok() ? format("avc1.%06x", profile_level) : "";
}

std::uint32_t reversed(std::uint32_t bits) {
    std::uint32_t out = 0;
    for (int i = 0; i < 32; ++i)
        out |= ((bits >> i) & 1U) << (31 - i);
    return out;
}

// HEVCDecoderConfigurationRecord, written as ISO/IEC 14496-15 annex E says.
std::string hevc(Cursor in) {
    in.take(1);
    const std::uint32_t first = in.number(1);
    const std::uint32_t compatibility = in.number(4);
    Span8 constraints = in.take(6);
    const std::uint32_t level = in.number(1);
    if (!in.ok()) return "";
    constexpr std::array kSpaces = {"", "A", "B", "C"};
    std::string out = format("hvc1.%s%u.%x.%c%u", kSpaces[first >> 6], first & 31U,
                             reversed(compatibility), (first & 32U) != 0 ? 'H' : 'L', level);
    while (!constraints.empty() && constraints.back() == 0)
        constraints = constraints.first(constraints.size() - 1);
    for (const std::uint8_t byte : constraints)
        out += format(".%x", static_cast<unsigned>(byte));
    return out;
}

// VPCodecConfigurationRecord, in a full box.
std::string vp9(Cursor in) {
    in.take(4);
    const std::uint32_t profile = in.number(1);
    const std::uint32_t level = in.number(1);
    const std::uint32_t depth = in.number(1) >> 4;
    return in.ok() ? format("vp09.%02u.%02u.%02u", profile, level, depth) : "";
}

// AV1CodecConfigurationRecord.
std::string av1(Cursor in) {
    in.take(1);
    const std::uint32_t profile_level = in.number(1);
    const std::uint32_t flags = in.number(1);
    if (!in.ok()) return "";
    const bool high = (flags & 0x40U) != 0;
    const unsigned depth = !high ? 8 : (flags & 0x20U) != 0 ? 12 : 10;
    return format("av01.%u.%02u%c.%02u", profile_level >> 5, profile_level & 31U,
                  (flags & 0x80U) != 0 ? 'H' : 'M', depth);
}

// The body of the next descriptor of MPEG-4 systems if it has this tag.
Span8 descriptor(Cursor& in, std::uint32_t tag) {
    if (in.number(1) != tag) return {};
    std::uint32_t size = 0;
    for (int i = 0; i < 4; ++i) {
        const std::uint32_t byte = in.number(1);
        size = size << 7 | (byte & 0x7FU);
        if ((byte & 0x80U) == 0) break;
    }
    return in.take(size);
}

// esds: ES_Descriptor (3) holds DecoderConfigDescriptor (4), which holds the AudioSpecificConfig
// (5).
std::string mpeg4_audio(Cursor in) {
    in.take(4);
    Cursor stream(descriptor(in, 3));
    stream.take(2);
    const std::uint32_t flags = stream.number(1);
    if ((flags & 0x80U) != 0) stream.take(2);
    if ((flags & 0x40U) != 0) stream.take(stream.number(1));
    if ((flags & 0x20U) != 0) stream.take(2);
    Cursor decoder(descriptor(stream, 4));
    const std::uint32_t object = decoder.number(1);
    decoder.take(12);
    Cursor config(descriptor(decoder, 5));
    const std::uint32_t bits = config.number(2);
    if (!config.ok() || object != 0x40) return "";
    const std::uint32_t type = bits >> 11;
    return format("mp4a.40.%u", type == 31 ? 32 + ((bits >> 5) & 63U) : type);
}

struct SampleEntry {
    std::string_view type;
    std::size_t header;  // bytes before the boxes within
    std::string_view configuration;
    std::string (*name)(Cursor);
};
constexpr std::size_t kVisual = 78;
constexpr std::size_t kSound = 28;
constexpr std::array kEntries = {
    SampleEntry{"avc1", kVisual, "avcC", avc},
    SampleEntry{"hvc1", kVisual, "hvcC", hevc},
    SampleEntry{"vp09", kVisual, "vpcC", vp9},
    SampleEntry{"av01", kVisual, "av1C", av1},
    SampleEntry{"mp4a", kSound, "esds", mpeg4_audio},
    SampleEntry{"Opus", kSound, "dOps", [](Cursor) { return std::string("opus"); }},
    SampleEntry{"fLaC", kSound, "dfLa", [](Cursor) { return std::string("flac"); }},
};

std::string name_of_sample_entry(const Box& entry) {
    for (const SampleEntry& known : kEntries) {
        if (entry.type != known.type || entry.body.size() < known.header) continue;
        const auto configuration = find_box(entry.body.subspan(known.header), known.configuration);
        return configuration ? known.name(Cursor(*configuration)) : "";
    }
    return "";
}

std::string name_of_track(Span8 track) {
    std::optional<Span8> box = track;
    for (const char* type : {"mdia", "minf", "stbl", "stsd"}) {
        box = find_box(*box, type);
        if (!box) return "";
    }
    Cursor entries(*box);
    entries.take(8);  // version, flags, count
    const std::optional<Box> entry = next_box(entries);
    return entry ? name_of_sample_entry(*entry) : "";
}

}  // namespace

std::optional<std::string> codecs_of_init(std::span<const std::uint8_t> init) {
    const std::optional<Span8> movie = find_box(init, "moov");
    if (!movie) return std::nullopt;
    std::string out;
    Cursor in(*movie);
    while (in.left() > 0) {
        const std::optional<Box> box = next_box(in);
        if (!box) return std::nullopt;
        if (box->type != "trak") continue;
        const std::string name = name_of_track(box->body);
        if (name.empty()) return std::nullopt;
        if (!out.empty()) out += ',';
        out += name;
    }
    if (out.empty()) return std::nullopt;
    return out;
}

}  // namespace fragcast

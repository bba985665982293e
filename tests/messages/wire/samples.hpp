// Messages and manifests for the tests: every field different from its default, always the same.
#pragma once

#include "messages/wire/message.hpp"

#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

namespace fragcast::testing {

// Fills fields with a running number, so that no two of a message are alike.
class Filler {
public:
    template <class T>
    void operator()(const char*, T& value, std::uint64_t = 0) {
        fill(value);
    }

    template <class T>
    requires requires(T& record, Filler& visit) { T::fields(record, visit); }
    void fill(T& record) { T::fields(record, *this); }
    void fill(bool& value) { value = true; }
    template <std::integral T>
    void fill(T& value) {
        value = static_cast<T>(++next_);
    }
    template <class Tag, class Rep>
    void fill(Number<Tag, Rep>& number) {
        fill(number.value);
    }
    template <class Tag, std::size_t N>
    void fill(Id<Tag, N>& id) {
        ++next_;
        for (std::size_t i = 0; i < N; ++i)
            id.bytes[i] = static_cast<std::uint8_t>(next_ + i);
    }
    void fill(std::string& text) { text = "é" + std::to_string(++next_); }
    void fill(Bytes& bytes) { bytes.assign(32, static_cast<std::uint8_t>(++next_)); }
    void fill(Span& span) {
        ++next_;
        span = {next_, next_ + 3};
    }
    void fill(RangeSet& set) {
        ++next_;
        set = {{next_, next_ + 3}, {next_ + 300, next_ + 301}};
    }
    void fill(AssetKind& kind) { kind = AssetKind::video; }
    void fill(Found& found) { found = Found::settling; }
    void fill(OfferReason& reason) { reason = OfferReason::repair; }
    template <class T>
    void fill(std::vector<T>& list) {
        list.resize(2);
        for (T& item : list)
            fill(item);
    }

private:
    std::uint32_t next_ = 0;
};

inline Message sample_message(Kind kind) {
    Filler filler;
    Message message;
    filler.fill(message.header.sender);
    message.header.epoch.value = 0x0102030405060708;
    message.header.sequence.value = 300;
    message.body = *empty_body(kind);
    std::visit([&](auto& body) { filler.fill(body); }, message.body);
    return message;
}

// `fragments` of two key ranges each (a video), or of one chunk and a bit (a file).
inline Manifest sample_manifest(AssetKind kind, std::uint32_t fragments = 3) {
    Filler filler;
    Manifest manifest;
    manifest.name = "A film é.mp4";
    manifest.kind = kind;
    manifest.replicas = 2;
    manifest.mime = kind == AssetKind::video ? "video/mp4" : "text/plain";
    manifest.source = {
        "film.mkv", 123456789, {}, {{"video", "h264", ""}}, {{"audio", "aac", "fra"}}};
    filler.fill(manifest.source.hash);
    for (std::uint32_t i = 0; i < fragments; ++i) {
        FragmentInfo fragment;
        fragment.size = limits::kChunkBytes + 1 + i;
        filler.fill(fragment.hash);
        if (kind == AssetKind::video) {
            fragment.duration_us = 4'000'000;
            fragment.ranges = {{0, 1000, 1'500'000}, {1000, fragment.size - 1000, 2'500'000}};
        }
        manifest.fragments.push_back(fragment);
    }
    if (kind == AssetKind::video)
        manifest.media = Media{4'000'000ULL * fragments,
                               "avc1.64001f,mp4a.40.2",
                               1280,
                               720,
                               2'500'000,
                               true,
                               Bytes(700, 7)};
    return manifest;
}

}  // namespace fragcast::testing

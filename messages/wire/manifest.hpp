// Any thread: value types.
//
// The immutable description of an asset (PROTOCOL.md, "Manifest"). Its id is the SHA-256 of its
// encoded body. There is one encoding only of a manifest, and any other is refused: equal manifests
// have equal ids. `fields` list what is encoded, in order (as in records.hpp).
#pragma once

#include "messages/wire/ids.hpp"
#include "messages/wire/limits.hpp"
#include "messages/wire/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fragcast {

enum class AssetKind : std::uint8_t { video = 1, file = 2 };
const char* name_of(AssetKind kind);  // "video", "file"

// A run of moof+mdat that begins with a key frame: bytes [offset, offset+length) of its fragment.
// The offset is not encoded: ranges have no gaps, so it is the sum of the lengths before.
struct KeyRange {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    std::uint64_t duration_us = 0;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("length", self.length, limits::kMaxFragmentBytes);
        visit("duration_us", self.duration_us, limits::kMaxDurationUs);
    }
    bool operator==(const KeyRange&) const = default;
};

struct FragmentInfo {
    std::uint64_t size = 0;         // bytes
    std::uint64_t duration_us = 0;  // 0 for a file
    Digest hash;                    // SHA-256 of the proof
    std::vector<KeyRange> ranges;   // of a video: at least one, gapless, in order

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("size", self.size, limits::kMaxFragmentBytes);
        visit("duration_us", self.duration_us, limits::kMaxDurationUs);
        visit("hash", self.hash);
        visit("ranges", self.ranges, limits::kMaxKeyRangesPerAsset);
    }
    bool operator==(const FragmentInfo&) const = default;
};

struct Track {
    std::string kind;      // video, audio, subtitle, data, attachment
    std::string codec;     // ffmpeg's name: h264, aac, subrip …
    std::string language;  // ISO 639-2 or empty

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("kind", self.kind, limits::kMaxNameBytes);
        visit("codec", self.codec, limits::kMaxNameBytes);
        visit("language", self.language, limits::kMaxNameBytes);
    }
    bool operator==(const Track&) const = default;
};

struct Source {
    std::string name;  // file name as given, without folders
    std::uint64_t size = 0;
    Digest hash;  // SHA-256 of the source file
    std::vector<Track> kept;
    std::vector<Track> dropped;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("name", self.name, limits::kMaxNameBytes);
        visit("size", self.size);
        visit("hash", self.hash);
        visit("kept", self.kept, limits::kMaxTracks);
        visit("dropped", self.dropped, limits::kMaxTracks);
    }
    bool operator==(const Source&) const = default;
};

// What a player must know of a video.
struct Media {
    std::uint64_t duration_us = 0;
    std::string codecs;  // RFC 6381: "avc1.64001f,mp4a.40.2"
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::uint64_t bandwidth = 0;  // peak bits per second over key ranges
    bool closed_gop = false;      // every fragment decodes alone
    Bytes init;                   // ftyp + moov

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("duration_us", self.duration_us, limits::kMaxDurationUs);
        visit("codecs", self.codecs, limits::kMaxTextBytes);
        visit("width", self.width);
        visit("height", self.height);
        visit("bandwidth", self.bandwidth);
        visit("closed_gop", self.closed_gop);
        visit("init", self.init, limits::kMaxInitBytes);
    }
    bool operator==(const Media&) const = default;
};

struct Manifest {
    std::string name;
    AssetKind kind = AssetKind::file;
    std::uint32_t replicas = 2;  // R, wanted copies of each fragment
    std::string mime;            // video/mp4 for a video; of a file as far as known
    Source source;
    std::optional<Media> media;  // exactly when kind is video
    std::vector<FragmentInfo> fragments;

    std::uint64_t size() const;                          // sum over fragments
    std::uint64_t offset_of(FragmentIndex index) const;  // where the fragment starts in the asset

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("name", self.name, limits::kMaxNameBytes);
        visit("kind", self.kind);
        visit("replicas", self.replicas, limits::kMaxReplicas);
        visit("mime", self.mime, limits::kMaxNameBytes);
        visit("source", self.source);
        visit("media", self.media);
        visit("fragments", self.fragments, limits::kMaxFragments);
    }
    bool operator==(const Manifest&) const = default;
};

// The lists, sizes and names within their limits, ranges gapless, names of valid UTF-8 without
// control characters or '/': what every reader may rely on.
Status check(const Manifest& manifest);

// Refuse what check() refuses; reading also more than kMaxManifestBytes and any second spelling.
Result<Bytes> encode_manifest(const Manifest& manifest);
Result<Manifest> decode_manifest(const std::uint8_t* data, std::size_t size);
AssetId id_of_manifest(const Bytes& body);

// A valid name for people: UTF-8, 1 to kMaxNameBytes bytes, no control characters, no '/', not "."
// or
// "..". Says what is wrong.
Status check_name(std::string_view name);
// Turns any name into [a-z0-9-]{1,32} for paths: "My Film (1).mp4" -> "my-film-1-mp4"; "asset" if
// nothing is left.
std::string slug_of(std::string_view name);

// --- chunk arithmetic: nobody else divides by kChunkBytes ---------------------------------------
std::uint32_t chunk_count(std::uint64_t fragment_size);
std::uint32_t chunk_length(std::uint64_t fragment_size, ChunkIndex chunk);
std::uint64_t chunk_offset(ChunkIndex chunk);
// Chunks that touch bytes [begin, end) of a fragment.
Span chunks_of_bytes(std::uint64_t begin, std::uint64_t end);

// The proof of a fragment: its chunks' hashes in order, 32 bytes each.
using Proof = std::vector<Digest>;
Digest hash_of_proof(const Proof& proof);
Bytes proof_bytes(const Proof& proof);
// Right length for the fragment, and hashes to what the manifest says; else why not.
Result<Proof> check_proof(const FragmentInfo& fragment, const std::uint8_t* data, std::size_t size);

}  // namespace fragcast

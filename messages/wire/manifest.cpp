#include "messages/wire/manifest.hpp"

#include "messages/wire/hash.hpp"
#include "messages/wire/utf8.hpp"

#include <algorithm>

namespace fragcast {

using namespace limits;

const char* name_of(AssetKind kind) {
    return kind == AssetKind::video ? "video" : "file";
}

std::uint64_t Manifest::size() const {
    return offset_of(FragmentIndex{static_cast<std::uint32_t>(fragments.size())});
}

std::uint64_t Manifest::offset_of(FragmentIndex index) const {
    const std::size_t end = std::min<std::size_t>(index.value, fragments.size());
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < end; ++i)
        sum += fragments[i].size;
    return sum;
}

namespace {

Error invalid(std::string text) {
    return fail(ErrorKind::invalid, std::move(text));
}

// C0, DEL and C1: what makes a terminal do things.
bool has_control_characters(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<std::uint8_t>(text[i]);
        if (byte < 0x20 || byte == 0x7F) return true;
        if (byte == 0xC2 && i + 1 < text.size() && static_cast<std::uint8_t>(text[i + 1]) < 0xA0)
            return true;
    }
    return false;
}

Status check_text(const std::string& text, const char* what, std::size_t limit) {
    if (text.size() > limit)
        return invalid(what + (" is longer than " + std::to_string(limit)) + " bytes");
    if (!valid_utf8(text)) return invalid(what + std::string(" is not UTF-8"));
    if (has_control_characters(text)) return invalid(what + std::string(" has control characters"));
    return Done{};
}

Status check_tracks(const std::vector<Track>& tracks) {
    if (tracks.size() > kMaxTracks)
        return invalid("more than " + std::to_string(kMaxTracks) + " tracks are listed");
    for (const Track& track : tracks)
        for (const std::string* text : {&track.kind, &track.codec, &track.language})
            if (Status status = check_text(*text, "a track's description", kMaxNameBytes); !status)
                return status;
    return Done{};
}

Status check_source(const Source& source) {
    if (const Status status = check_name(source.name); !status)
        return invalid("the source's name: " + status.error().text);
    if (Status status = check_tracks(source.kept); !status) return status;
    return check_tracks(source.dropped);
}

Status check_media(const Media& media) {
    if (media.init.empty() || media.init.size() > kMaxInitBytes)
        return invalid("the init segment is empty or longer than " + std::to_string(kMaxInitBytes) +
                       " bytes");
    if (media.duration_us > kMaxDurationUs) return invalid("the video lasts too long");
    return check_text(media.codecs, "the list of codecs", kMaxTextBytes);
}

std::string fragment_name(std::size_t index) {
    return "fragment " + std::to_string(index);
}

Status check_ranges(const FragmentInfo& fragment, std::size_t index) {
    std::uint64_t end = 0;
    for (const KeyRange& range : fragment.ranges) {
        if (range.offset != end || range.length == 0 || range.length > kMaxFragmentBytes)
            return invalid(fragment_name(index) + " has key-frame ranges with a gap or overlap");
        if (range.duration_us > kMaxDurationUs)
            return invalid(fragment_name(index) + " has a key-frame range that lasts too long");
        end += range.length;
    }
    if (end != fragment.size)
        return invalid(fragment_name(index) + " is not covered by its key-frame ranges");
    return Done{};
}

Status check_fragment(const FragmentInfo& fragment, std::size_t index, AssetKind kind) {
    if (fragment.size == 0 || fragment.size > kMaxFragmentBytes)
        return invalid(fragment_name(index) + " is empty or larger than " +
                       std::to_string(kMaxFragmentBytes) + " bytes");
    if (fragment.duration_us > kMaxDurationUs)
        return invalid(fragment_name(index) + " lasts too long");
    if (kind == AssetKind::video) return check_ranges(fragment, index);
    if (!fragment.ranges.empty() || fragment.duration_us != 0)
        return invalid(fragment_name(index) + " of a file has key-frame ranges or a duration");
    return Done{};
}

Status check_fragments(const Manifest& manifest) {
    if (manifest.fragments.empty() || manifest.fragments.size() > kMaxFragments)
        return invalid("there are " + std::to_string(manifest.fragments.size()) +
                       " fragments, and there must be 1 to " + std::to_string(kMaxFragments));
    std::size_t ranges = 0;
    for (std::size_t i = 0; i < manifest.fragments.size(); ++i) {
        ranges += manifest.fragments[i].ranges.size();
        if (ranges > kMaxKeyRangesPerAsset)
            return invalid("there are more than " + std::to_string(kMaxKeyRangesPerAsset) +
                           " key-frame ranges");
        if (Status status = check_fragment(manifest.fragments[i], i, manifest.kind); !status)
            return status;
    }
    return Done{};
}

}  // namespace

Status check(const Manifest& manifest) {
    if (Status status = check_name(manifest.name); !status) return status;
    if (manifest.kind != AssetKind::video && manifest.kind != AssetKind::file)
        return invalid("the asset is neither video nor file");
    if (manifest.replicas == 0 || manifest.replicas > kMaxReplicas)
        return invalid(std::to_string(manifest.replicas) +
                       " copies are wanted, and it must be 1 to " + std::to_string(kMaxReplicas));
    if (Status status = check_text(manifest.mime, "the media type", kMaxNameBytes); !status)
        return status;
    if (Status status = check_source(manifest.source); !status) return status;
    if (manifest.media.has_value() != (manifest.kind == AssetKind::video))
        return invalid("media facts are missing from a video, or stand in a file");
    if (manifest.media)
        if (Status status = check_media(*manifest.media); !status) return status;
    return check_fragments(manifest);
}

Status check_name(std::string_view name) {
    if (name.empty()) return invalid("a name must not be empty");
    if (name.size() > kMaxNameBytes)
        return invalid("a name of " + std::to_string(name.size()) + " bytes is too long; " +
                       std::to_string(kMaxNameBytes) + " are allowed");
    if (!valid_utf8(name)) return invalid("a name must be UTF-8");
    if (has_control_characters(name))
        return invalid("a name must not have control characters, such as a line break");
    if (name.find('/') != std::string_view::npos) return invalid("a name must not have a '/'");
    if (name == "." || name == "..") return invalid("'.' and '..' are no names");
    return Done{};
}

std::string slug_of(std::string_view name) {
    constexpr std::size_t kMaxSlug = 32;
    std::string slug;
    for (const char c : name) {
        const bool upper = c >= 'A' && c <= 'Z';
        const bool plain = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (plain)
            slug += upper ? static_cast<char>(c - 'A' + 'a') : c;
        else if (!slug.empty() && slug.back() != '-')
            slug += '-';
        if (slug.size() == kMaxSlug) break;
    }
    while (!slug.empty() && slug.back() == '-')
        slug.pop_back();
    return slug.empty() ? "asset" : slug;
}

std::uint32_t chunk_count(std::uint64_t fragment_size) {
    return static_cast<std::uint32_t>((fragment_size + kChunkBytes - 1) / kChunkBytes);
}

std::uint32_t chunk_length(std::uint64_t fragment_size, ChunkIndex chunk) {
    const std::uint64_t offset = chunk_offset(chunk);
    if (offset >= fragment_size) return 0;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(kChunkBytes, fragment_size - offset));
}

std::uint64_t chunk_offset(ChunkIndex chunk) {
    return std::uint64_t{chunk.value} * kChunkBytes;
}

Span chunks_of_bytes(std::uint64_t begin, std::uint64_t end) {
    if (begin >= end) return {};
    return {static_cast<std::uint32_t>(begin / kChunkBytes), chunk_count(end)};
}

Bytes proof_bytes(const Proof& proof) {
    Bytes out;
    out.reserve(proof.size() * Digest::kBytes);
    for (const Digest& hash : proof)
        out.insert(out.end(), hash.bytes.begin(), hash.bytes.end());
    return out;
}

Digest hash_of_proof(const Proof& proof) {
    return sha256(proof_bytes(proof));
}

Result<Proof> check_proof(const FragmentInfo& fragment, const std::uint8_t* data,
                          std::size_t size) {
    const std::size_t chunks = chunk_count(fragment.size);
    if (size != chunks * Digest::kBytes)
        return invalid("a proof of " + std::to_string(size) + " bytes for " +
                       std::to_string(chunks) + " chunks");
    if (sha256({data, size}) != fragment.hash)
        return invalid("the proof is not the one that the manifest names");
    Proof proof(chunks);
    for (Digest& hash : proof) {
        std::copy_n(data, Digest::kBytes, hash.bytes.begin());
        data += Digest::kBytes;
    }
    return proof;
}

}  // namespace fragcast

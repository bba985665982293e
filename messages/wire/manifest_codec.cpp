// Any thread. The one encoding of a manifest's body (PROTOCOL.md, "Manifest").
#include "messages/wire/hash.hpp"
#include "messages/wire/pack.hpp"

#include <algorithm>
#include <cassert>

namespace fragcast {

namespace {

constexpr std::uint8_t kManifestVersion = 1;

msgpack::unpack_limit manifest_limit() {
    using namespace limits;
    return msgpack::unpack_limit(kMaxKeyRangesPerAsset, 0, kMaxTextBytes, kMaxInitBytes, 0,
                                 kMaxBodyDepth);
}

Bytes packed(const Manifest& manifest) {
    Bytes out;
    pack::BytesSink sink{out};
    pack::Writer writer(sink);
    writer.array(1 + pack::field_count(manifest));
    writer("version", kManifestVersion);
    Manifest::fields(manifest, writer);
    return out;
}

void set_offsets(Manifest& manifest) {
    for (FragmentInfo& fragment : manifest.fragments) {
        std::uint64_t offset = 0;
        for (KeyRange& range : fragment.ranges) {
            range.offset = offset;
            offset += range.length;
        }
    }
}

}  // namespace

Result<Bytes> encode_manifest(const Manifest& manifest) {
    if (const Status status = check(manifest); !status) return status.error();
    Bytes body = packed(manifest);
    assert(body.size() <= limits::kMaxManifestBytes);  // follows from what check() allows
    return body;
}

Result<Manifest> decode_manifest(const std::uint8_t* data, std::size_t size) {
    const auto invalid = [](const std::string& why) {
        return fail(ErrorKind::invalid, "this is no valid manifest: " + why);
    };
    const std::span bytes(data, size);
    if (size > limits::kMaxManifestBytes)
        return invalid("it is longer than " + std::to_string(limits::kMaxManifestBytes) + " bytes");
    const pack::Unpacked unpacked(bytes, manifest_limit());
    if (!unpacked.fault().empty()) return invalid("it " + unpacked.fault());

    pack::Reader reader = unpacked.reader();
    std::uint8_t version = 0;
    reader("version", version);
    if (reader.ok() && version != kManifestVersion)
        return fail(ErrorKind::invalid, "the manifest has version " + std::to_string(version) +
                                            ", and this program reads version " +
                                            std::to_string(kManifestVersion) + "; update it");
    Manifest manifest;
    Manifest::fields(manifest, reader);
    if (!reader.ok()) return invalid(reader.fault());
    set_offsets(manifest);
    if (const Status status = check(manifest); !status) return invalid(status.error().text);
    // Another spelling of the same manifest would be another id for the same thing.
    if (!std::ranges::equal(packed(manifest), bytes))
        return invalid("it is not encoded in the one way that is allowed");
    return manifest;
}

AssetId id_of_manifest(const Bytes& body) {
    const Digest digest = sha256(body);
    return AssetId{digest.bytes};
}

}  // namespace fragcast

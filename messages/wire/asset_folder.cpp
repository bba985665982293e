#include "messages/wire/asset_folder.hpp"

#include "messages/wire/pack.hpp"

#include <algorithm>

namespace fragcast {

std::string asset_folder_name(std::string_view name, const AssetId& id, std::size_t digits) {
    return slug_of(name) + '-' + id.text().substr(0, digits);
}

bool folder_named_for(std::string_view folder, const AssetId& id) {
    const auto dash = folder.rfind('-');
    if (dash == std::string_view::npos) return false;
    const std::string_view digits = folder.substr(dash + 1);
    return digits.size() >= 8 && id.text().starts_with(digits);
}

namespace {

std::string numbered(const Manifest& manifest, FragmentIndex index, const char* suffix) {
    const std::size_t last = manifest.fragments.empty() ? 0 : manifest.fragments.size() - 1;
    const std::size_t digits = std::max<std::size_t>(3, std::to_string(last).size());
    const std::string number = std::to_string(index.value);
    return std::string(digits - std::min(digits, number.size()), '0') + number + suffix;
}

constexpr std::uint8_t kEnvelopeVersion = 1;

msgpack::unpack_limit envelope_limit() {
    using namespace limits;
    return msgpack::unpack_limit(64, 64, kMaxTextBytes, kMaxManifestBytes, kMaxTextBytes,
                                 kMaxBodyDepth);
}

}  // namespace

std::string fragment_file(const Manifest& manifest, FragmentIndex index) {
    return numbered(manifest, index, manifest.kind == AssetKind::video ? ".m4s" : ".bin");
}

std::string proof_file(const Manifest& manifest, FragmentIndex index) {
    return numbered(manifest, index, ".proof");
}

std::string partial_file(const Manifest& manifest, FragmentIndex index) {
    return numbered(manifest, index, ".partial");
}

Bytes encode_envelope(const ManifestEnvelope& envelope) {
    Bytes out;
    out.reserve(envelope.body.size() + 64);
    pack::BytesSink sink{out};
    pack::Writer writer(sink);
    writer.array(1 + pack::field_count(envelope));
    writer("version", kEnvelopeVersion);
    ManifestEnvelope::fields(envelope, writer);
    return out;
}

Result<ManifestEnvelope> decode_envelope(const std::uint8_t* data, std::size_t size) {
    const auto invalid = [](const std::string& why) {
        return fail(ErrorKind::invalid, "this is no manifest file: it " + why);
    };
    const pack::Unpacked unpacked({data, size}, envelope_limit());
    if (!unpacked.fault().empty()) return invalid(unpacked.fault());
    pack::Reader reader = unpacked.reader();
    std::uint8_t version = 0;
    reader("version", version);
    if (reader.ok() && version != kEnvelopeVersion)
        return fail(ErrorKind::invalid, "the manifest file has version " + std::to_string(version) +
                                            ", and this program reads version " +
                                            std::to_string(kEnvelopeVersion) + "; update it");
    ManifestEnvelope envelope;
    ManifestEnvelope::fields(envelope, reader);
    if (!reader.ok()) return invalid("is damaged: " + reader.fault());
    if (envelope.body.empty()) return invalid("has no body");
    return envelope;
}

}  // namespace fragcast

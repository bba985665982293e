// Any thread: pure names, no disk.
//
// How an asset lies on disk (peer/store/STORE.md): the same folder whether `fragcast split` or a
// peer wrote it. Fragment numbers have as many digits as the asset's largest needs, three at least.
//
//   <slug>-<id8>/manifest      the envelope: body, publisher, signature
//                init.mp4      of a video: ftyp + moov, as in the manifest
//                000.m4s       fragment 0 of a video; 000.bin of a file
//                000.proof     its chunk hashes
//                000.partial   an unfinished fragment, sparse, at full size
#pragma once

#include "messages/wire/manifest.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace fragcast {

inline constexpr const char* kManifestFile = "manifest";
inline constexpr const char* kInitFile = "init.mp4";

// "film-3fa91c02"; `digits` of the id, more than 8 where two would collide.
std::string asset_folder_name(std::string_view name, const AssetId& id, std::size_t digits = 8);
// Whether a folder may be that asset's by its name: it ends in 8 digits of the id, or more.
bool folder_named_for(std::string_view folder, const AssetId& id);
std::string fragment_file(const Manifest& manifest, FragmentIndex index);
std::string proof_file(const Manifest& manifest, FragmentIndex index);
std::string partial_file(const Manifest& manifest, FragmentIndex index);

// The envelope of a manifest: the body as it was hashed, and beside it who published it. Both are
// empty until signing is in.
struct ManifestEnvelope {
    Bytes body;
    Bytes publisher;  // public key
    Bytes signature;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("body", self.body, limits::kMaxManifestBytes);
        visit("publisher", self.publisher, limits::kMaxSignatureBytes);
        visit("signature", self.signature, limits::kMaxSignatureBytes);
    }
    bool operator==(const ManifestEnvelope&) const = default;
};
Bytes encode_envelope(const ManifestEnvelope& envelope);
Result<ManifestEnvelope> decode_envelope(const std::uint8_t* data, std::size_t size);

}  // namespace fragcast

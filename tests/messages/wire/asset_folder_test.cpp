#include "messages/wire/asset_folder.hpp"

#include "tests/messages/wire/samples.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::testing;

namespace {

Result<ManifestEnvelope> decoded(const Bytes& file) {
    return decode_envelope(file.data(), file.size());
}

}  // namespace

TEST_CASE("files of an asset are named by kind and number") {
    const Manifest video = sample_manifest(AssetKind::video, 10);
    CHECK(fragment_file(video, FragmentIndex{7}) == "007.m4s");
    CHECK(proof_file(video, FragmentIndex{7}) == "007.proof");
    CHECK(partial_file(video, FragmentIndex{0}) == "000.partial");
    const Manifest file = sample_manifest(AssetKind::file, 1001);
    CHECK(fragment_file(file, FragmentIndex{7}) == "0007.bin");
    CHECK(fragment_file(file, FragmentIndex{1000}) == "1000.bin");
    CHECK(fragment_file(sample_manifest(AssetKind::file, 1000), FragmentIndex{999}) == "999.bin");
}

TEST_CASE("a folder is a slug and the beginning of the id") {
    AssetId id;
    id.bytes.fill(0x3F);
    CHECK(asset_folder_name("../My film", id) == "my-film-3f3f3f3f");
    CHECK(asset_folder_name("film", id, 12) == "film-3f3f3f3f3f3f");
}

TEST_CASE("an envelope keeps the body as it was hashed") {
    ManifestEnvelope envelope{*encode_manifest(sample_manifest(AssetKind::video)), Bytes(32, 1),
                              Bytes(64, 2)};
    Bytes file = encode_envelope(envelope);
    const auto back = decoded(file);
    REQUIRE(back);
    CHECK(*back == envelope);
    for (std::size_t size = 0; size < file.size(); ++size)
        CHECK_FALSE(decode_envelope(file.data(), size));
    file[1] = 2;
    CHECK(decoded(file).error().text ==
          "the manifest file has version 2, and this program reads version 1; update it");
}

TEST_CASE("an envelope without a body, or beyond its limits, is refused") {
    CHECK_FALSE(decoded(encode_envelope({})));
    CHECK_FALSE(decoded({}));
    CHECK_FALSE(decoded({'h', 'e', 'l', 'l', 'o'}));
    const auto with_key = [&](std::size_t size) {
        Bytes file(4 + 100 + 2 + size + 2);
        file[0] = 0x94;
        file[1] = 1;
        file[2] = file[104] = file[106 + size] = 0xC4;
        file[3] = 100;
        file[105] = static_cast<std::uint8_t>(size);
        return file;
    };
    CHECK(decoded(with_key(limits::kMaxSignatureBytes)));
    CHECK_FALSE(decoded(with_key(limits::kMaxSignatureBytes + 1)));
}

TEST_CASE("asset folder: its name ends in eight digits of the id at least") {
    AssetId id;
    id.bytes[0] = 0x3f;
    id.bytes[3] = 0xa9;
    CHECK(asset_folder_name("film", id) == "film-3f0000a9");
    for (const char* good : {"film-3f0000a9", "a-b-3f0000a900", "-3f0000a9"})
        CHECK_MESSAGE(folder_named_for(good, id), good);
    for (const char* bad :
         {"film-3f0000a", "film-3f0000a8", "film3f0000a9", "", "film-", "3f0000a9"})
        CHECK_MESSAGE(!folder_named_for(bad, id), bad);
    CHECK(folder_named_for("film-" + id.text(), id));
    CHECK_FALSE(folder_named_for("film-" + id.text() + "0", id));
}

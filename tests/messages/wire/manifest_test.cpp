#include "messages/wire/manifest.hpp"

#include "messages/wire/hash.hpp"
#include "messages/wire/records.hpp"
#include "tests/messages/wire/samples.hpp"

#include <functional>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::testing;

namespace {

Result<Manifest> decoded_manifest(const Bytes& body) {
    return decode_manifest(body.data(), body.size());
}

}  // namespace

TEST_CASE("a manifest comes back as it was written, and its id is its body's hash") {
    for (const AssetKind kind : {AssetKind::video, AssetKind::file}) {
        const Manifest manifest = sample_manifest(kind);
        const auto body = encode_manifest(manifest);
        REQUIRE(body);
        const auto back = decoded_manifest(*body);
        REQUIRE(back);
        CHECK(*back == manifest);
        CHECK(id_of_manifest(*body).bytes == sha256(*body).bytes);
        CHECK(*encode_manifest(*back) == *body);
    }
}

TEST_CASE("the ids of manifests are pinned: a change here makes every asset another one") {
    CHECK(id_of_manifest(*encode_manifest(sample_manifest(AssetKind::video))).text() ==
          "6ef29f0bbec2947c5d8cd9cf32fb98a1eb6fadf8b546642b57265f369d53653c");
    CHECK(id_of_manifest(*encode_manifest(sample_manifest(AssetKind::file))).text() ==
          "70138bd833c266ff150b168c933bb4b7562314ce69ba6fb448db65b9a7b3ee6c");
}

TEST_CASE("every prefix of a manifest is refused, and so is anything after it") {
    Bytes body = *encode_manifest(sample_manifest(AssetKind::video));
    for (std::size_t size = 0; size < body.size(); ++size)
        CHECK_FALSE(decode_manifest(body.data(), size));
    body.push_back(0xC0);
    CHECK_FALSE(decoded_manifest(body));
}

TEST_CASE("no byte of a manifest can change without another manifest coming out") {
    const Manifest manifest = sample_manifest(AssetKind::video);
    const Bytes body = *encode_manifest(manifest);
    for (std::size_t i = 0; i < body.size(); ++i) {
        for (const int flip : {0x01, 0x10, 0x80}) {
            Bytes changed = body;
            changed[i] = static_cast<std::uint8_t>(changed[i] ^ flip);
            const auto result = decoded_manifest(changed);
            if (result) CHECK_FALSE(*result == manifest);
        }
    }
}

TEST_CASE("a second spelling of the same manifest is refused") {
    Bytes body = *encode_manifest(sample_manifest(AssetKind::file));
    REQUIRE(body[1] == 1);  // the version, in one byte; 0xCC 1 is the same number in two
    body.insert(body.begin() + 1, 0xCC);
    CHECK(decoded_manifest(body).error().text ==
          "this is no valid manifest: it is not encoded in the one way that is allowed");
}

TEST_CASE("a later version is refused and says what to do") {
    Bytes body = *encode_manifest(sample_manifest(AssetKind::file));
    body[1] = 2;
    CHECK(decoded_manifest(body).error().text ==
          "the manifest has version 2, and this program reads version 1; update it");
}

TEST_CASE("check() refuses what no reader could rely on") {
    const auto refused = [](AssetKind kind, const std::function<void(Manifest&)>& spoil) {
        Manifest manifest = sample_manifest(kind);
        REQUIRE(check(manifest));
        spoil(manifest);
        CHECK_FALSE(encode_manifest(manifest));
        const Status status = check(manifest);
        REQUIRE_FALSE(status);
        return status.error().text;
    };
    const auto video = [&](auto spoil) { return refused(AssetKind::video, spoil); };
    const auto file = [&](auto spoil) { return refused(AssetKind::file, spoil); };

    video([](Manifest& m) { m.name = "../x"; });
    video([](Manifest& m) { m.source.name = ""; });
    video([](Manifest& m) { m.replicas = 0; });
    video([](Manifest& m) { m.replicas = limits::kMaxReplicas + 1; });
    video([](Manifest& m) { m.mime = "a\nb"; });
    video([](Manifest& m) { m.mime.assign(limits::kMaxNameBytes + 1, 'a'); });
    video([](Manifest& m) { m.kind = static_cast<AssetKind>(9); });
    video([](Manifest& m) { m.media.reset(); });
    video([](Manifest& m) { m.media->init.clear(); });
    video([](Manifest& m) { m.media->init.resize(limits::kMaxInitBytes + 1); });
    video([](Manifest& m) { m.media->duration_us = limits::kMaxDurationUs + 1; });
    video([](Manifest& m) { m.media->codecs = "\xff"; });
    video([](Manifest& m) { m.source.kept.resize(limits::kMaxTracks + 1); });
    video([](Manifest& m) { m.source.dropped.resize(limits::kMaxTracks + 1); });
    video([](Manifest& m) { m.source.dropped[0].language.assign(256, 'x'); });
    video([](Manifest& m) { m.fragments.clear(); });
    video([](Manifest& m) { m.fragments[1].ranges.clear(); });
    video([](Manifest& m) { m.fragments[1].size += 1; });
    video([](Manifest& m) { m.fragments[1].duration_us = limits::kMaxDurationUs + 1; });
    video([](Manifest& m) { m.fragments[1].ranges[1].duration_us = limits::kMaxDurationUs + 1; });
    video([](Manifest& m) { m.fragments[0].size = 0; });
    file([](Manifest& m) { m.media = Media{}; });
    file([](Manifest& m) { m.fragments[0].duration_us = 1; });
    file([](Manifest& m) { m.fragments[0].ranges = {{0, m.fragments[0].size, 0}}; });
    file([](Manifest& m) { m.fragments[0].size = limits::kMaxFragmentBytes + 1; });
    file([](Manifest& m) { m.fragments.resize(limits::kMaxFragments + 1, m.fragments[0]); });
    CHECK(video([](Manifest& m) { m.fragments[2].ranges[1].offset += 1; }) ==
          "fragment 2 has key-frame ranges with a gap or overlap");
}

TEST_CASE("the largest numbers of fragments and key ranges fit, one more does not") {
    Manifest file = sample_manifest(AssetKind::file, 1);
    file.fragments.resize(limits::kMaxFragments, file.fragments[0]);
    CHECK(encode_manifest(file));

    Manifest video = sample_manifest(AssetKind::video, 1);
    FragmentInfo& fragment = video.fragments[0];
    fragment.ranges.clear();
    for (std::uint64_t i = 0; i < limits::kMaxKeyRangesPerAsset; ++i)
        fragment.ranges.push_back({i * 16000, 16000, 1'000'000});
    fragment.size = limits::kMaxKeyRangesPerAsset * 16000ULL;
    const auto body = encode_manifest(video);
    REQUIRE(body);
    CHECK(decoded_manifest(*body));
    fragment.ranges.push_back({fragment.size, 1, 1});
    fragment.size += 1;
    CHECK_FALSE(encode_manifest(video));
}

TEST_CASE("the largest manifest that the other limits allow is within 4 MiB; more is not read") {
    Manifest manifest = sample_manifest(AssetKind::video, 1);
    const KeyRange range{0, 70000, limits::kMaxDurationUs};
    FragmentInfo fragment{4 * range.length, limits::kMaxDurationUs, {}, {4, range}};
    for (std::size_t i = 0; i < 4; ++i)
        fragment.ranges[i].offset = i * range.length;
    manifest.fragments.assign(limits::kMaxKeyRangesPerAsset / 4, fragment);
    REQUIRE(manifest.fragments.size() == limits::kMaxFragments);
    manifest.media->init.resize(limits::kMaxInitBytes);
    const std::string text(limits::kMaxNameBytes, 'x');
    manifest.name = manifest.mime = manifest.source.name = text;
    manifest.source.kept.assign(limits::kMaxTracks, {text, text, text});
    manifest.source.dropped = manifest.source.kept;
    const auto body = encode_manifest(manifest);
    REQUIRE(body);
    CHECK(body->size() < limits::kMaxManifestBytes);
    const auto back = decoded_manifest(*body);
    REQUIRE(back);
    CHECK(*back == manifest);
    CHECK(decoded_manifest(Bytes(limits::kMaxManifestBytes + 1, 0x90)).error().text ==
          "this is no valid manifest: it is longer than 4194304 bytes");
}

TEST_CASE("names are for people and never dangerous") {
    for (const char* name : {"film", "A film é.mp4", "a", "...", "..a", "-rf", "a:b", " "})
        CHECK(check_name(name));
    CHECK(check_name(std::string(255, 'x')));
    for (const std::string& name :
         {std::string(), std::string("a/b"), std::string("."), std::string(".."),
          std::string("a\nb"), std::string("a\0b", 3), std::string("\x1b[2J"), std::string("\x7f"),
          std::string("\xC2\x9b"), std::string("\xff"), std::string(256, 'x'), std::string("/etc")})
        CHECK_FALSE(check_name(name));
    CHECK(check_name("a\nb").error().text ==
          "a name must not have control characters, such as a line break");
}

TEST_CASE("a slug is safe in a path, whatever the name") {
    CHECK(slug_of("My Film (1).mp4") == "my-film-1-mp4");
    CHECK(slug_of("../../etc/passwd") == "etc-passwd");
    CHECK(slug_of("") == "asset");
    CHECK(slug_of("\xE6\x98\xA0\xE7\x94\xBB") == "asset");
    CHECK(slug_of("--a--") == "a");
    CHECK(slug_of(std::string(100, 'X')) == std::string(32, 'x'));
    CHECK(slug_of(std::string(31, 'x') + " y") == std::string(31, 'x'));
}

TEST_CASE("chunk arithmetic agrees at the edges") {
    const std::uint64_t chunk = limits::kChunkBytes;
    CHECK(chunk_count(0) == 0);
    CHECK(chunk_count(1) == 1);
    CHECK(chunk_count(chunk) == 1);
    CHECK(chunk_count(chunk + 1) == 2);
    CHECK(chunk_count(limits::kMaxFragmentBytes) == limits::kMaxChunksPerFragment);
    CHECK(chunk_length(chunk + 1, ChunkIndex{0}) == chunk);
    CHECK(chunk_length(chunk + 1, ChunkIndex{1}) == 1);
    CHECK(chunk_length(chunk + 1, ChunkIndex{2}) == 0);
    CHECK(chunk_offset(ChunkIndex{4095}) == 4095 * chunk);
    CHECK(chunks_of_bytes(0, 1) == Span{0, 1});
    CHECK(chunks_of_bytes(chunk - 1, chunk + 1) == Span{0, 2});
    CHECK(chunks_of_bytes(chunk, 2 * chunk) == Span{1, 2});
    CHECK(chunks_of_bytes(7, 7).empty());
}

TEST_CASE("an asset's size and offsets are sums over its fragments") {
    const Manifest manifest = sample_manifest(AssetKind::video);
    const std::uint64_t chunk = limits::kChunkBytes;
    CHECK(manifest.size() == 3 * chunk + 6);
    CHECK(manifest.offset_of(FragmentIndex{0}) == 0);
    CHECK(manifest.offset_of(FragmentIndex{2}) == 2 * chunk + 3);
    const AssetRecord record = record_of(AssetId{}, manifest);
    CHECK(record.size == manifest.size());
    CHECK(record.fragments == 3);
    CHECK(record.duration_us == 12'000'000);
    CHECK(record.name == manifest.name);
}

TEST_CASE("a proof is taken only when it hashes to what the manifest says") {
    Proof proof(2);
    proof[1].bytes.fill(9);
    FragmentInfo fragment{limits::kChunkBytes + 5ULL, 0, hash_of_proof(proof), {}};
    Bytes bytes = proof_bytes(proof);
    CHECK(bytes.size() == 64);
    const auto good = check_proof(fragment, bytes.data(), bytes.size());
    REQUIRE(good);
    CHECK(*good == proof);
    CHECK_FALSE(check_proof(fragment, bytes.data(), 32));
    CHECK_FALSE(check_proof(fragment, bytes.data(), 63));
    bytes[40] ^= 1;
    CHECK_FALSE(check_proof(fragment, bytes.data(), bytes.size()));
    fragment.size = limits::kChunkBytes;
    bytes[40] ^= 1;
    CHECK_FALSE(check_proof(fragment, bytes.data(), bytes.size()));
}

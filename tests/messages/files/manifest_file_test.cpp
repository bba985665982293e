#include "messages/files/manifest_file.hpp"

#include "messages/wire/asset_folder.hpp"
#include "tests/support/memory_files.hpp"
#include "tests/support/store_asset.hpp"

#include <doctest/doctest.h>

using namespace fragcast;

TEST_CASE("manifest file: read with its id; else the error names the file") {
    test::MemoryFiles files;
    const auto asset = test::make_store_asset("film", {1000});
    files.put_folder("/film");
    CHECK(read_manifest(files, "/film").error() ==
          fail(ErrorKind::not_found, "/film holds no asset: /film/manifest is missing"));
    ManifestEnvelope envelope;
    envelope.body = asset.body;
    const Bytes whole = encode_envelope(envelope);
    files.put("/film/manifest", whole);
    const auto read = read_manifest(files, "/film");
    REQUIRE(read);
    CHECK(read->id == asset.id);
    CHECK(*read->manifest == asset.manifest);
    CHECK(*read->body == asset.body);
    // A power cut in the middle of it, and what is no manifest.
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, whole.size() - 1}) {
        files.put("/film/manifest", Bytes(whole.begin(), whole.begin() + static_cast<long>(size)));
        const Error error = read_manifest(files, "/film").error();
        CHECK(error.kind == ErrorKind::invalid);
        CHECK(error.text.starts_with("/film/manifest: "));
    }
    files.put("/film/manifest", Bytes(limits::kMaxManifestBytes + 4097));
    CHECK(read_manifest(files, "/film").error().kind == ErrorKind::invalid);
}

TEST_CASE("asset folder: the first name that is free, and where that asset is already") {
    test::MemoryFiles files;
    const auto asset = test::make_store_asset("film", {1000});
    const auto other = test::make_store_asset("other", {2000});
    files.put_folder("/out");
    const auto named = [&](std::size_t digits) {
        return std::filesystem::path("/out") / asset_folder_name("film", asset.id, digits);
    };
    const auto place = [&] { return place_for(files, "/out", "film", asset.id); };
    const auto hold = [&](std::size_t digits, const Bytes& body) {
        ManifestEnvelope envelope;
        envelope.body = body;
        files.put_folder(named(digits));
        files.put(named(digits) / kManifestFile, encode_envelope(envelope));
    };
    CHECK(place().free == named(8));
    CHECK(place().taken.empty());
    files.put_folder(named(8));  // an empty folder is in nobody's way
    CHECK(place().free == named(8));
    hold(8, other.body);
    CHECK(place().free == named(12));
    CHECK(place().taken.empty());
    files.put(named(12), Bytes(1));
    CHECK(place().free == named(16));
    hold(16, asset.body);
    CHECK(place().free == named(20));
    CHECK(place().taken == named(16));
    for (std::size_t digits = 20; digits <= 64; digits += 4)
        files.put(named(digits), Bytes(1));
    CHECK(place().free.empty());
    CHECK(place().taken == named(16));
}

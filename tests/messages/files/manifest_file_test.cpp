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

// join_folder against folders that are whole, damaged and incomplete. Cut by size: no ffmpeg
// needed.
#include "messages/wire/asset_folder.hpp"
#include "player/cut/cutter.hpp"
#include "tests/player/cut/temp_folder.hpp"

#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

using namespace fragcast;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kSize = 3 * 700'000;  // three fragments of three chunks

std::string content() {
    std::string out(kSize, '\0');
    std::uint32_t state = 7;
    for (char& c : out)
        c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
    return out;
}

struct Asset {
    TempFolder folder;
    fs::path cut;
    fs::path output = folder / "out.bin";

    Asset() {
        std::ofstream(folder / "data.bin", std::ios::binary) << content();
        CutOptions options;
        options.fragments = 3;
        const Result<CutReport> report = cut_file(folder / "data.bin", folder / "cut", options,
                                                  [](const CutProgress&) { return true; });
        REQUIRE(report);
        cut = report->folder;
    }
    Status join(std::optional<FragmentIndex> only = std::nullopt, bool replace = false) const {
        return join_folder(cut, output, only, replace);
    }
    std::string joined() const {
        std::ifstream in(output, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    }
    void change_byte(const std::string& name, std::streamoff at) const {
        std::fstream file(cut / name, std::ios::binary | std::ios::in | std::ios::out);
        file.seekg(at);
        const char was = static_cast<char>(file.get());
        file.seekp(at);
        file.put(static_cast<char>(was ^ 1));
        REQUIRE(file.good());
    }
    // The error, after checking that nothing of the output is left.
    Error refused(std::optional<FragmentIndex> only = std::nullopt) const {
        const Status status = join(only);
        REQUIRE_FALSE(status);
        std::size_t entries = 0;
        for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder.path()))
            ++entries;
        CHECK(entries == 2);  // data.bin and cut
        return status.error();
    }
};

bool has(const Error& error, const std::string& part) {
    return error.text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a joined file is its source, and a part of it is its part") {
    const Asset asset;
    REQUIRE(asset.join());
    CHECK((asset.joined() == content()));
    REQUIRE(asset.join(FragmentIndex{1}, true));
    const auto size = fs::file_size(asset.cut / "000.bin");
    CHECK((asset.joined() == content().substr(size, fs::file_size(asset.cut / "001.bin"))));
}

TEST_CASE("an existing output is replaced only when told to") {
    const Asset asset;
    std::ofstream(asset.output) << "mine";
    const Status status = asset.join();
    REQUIRE_FALSE(status);
    CHECK(status.error().kind == ErrorKind::exists);
    CHECK(has(status.error(), "--force"));
    CHECK(asset.joined() == "mine");
    REQUIRE(asset.join(std::nullopt, true));
    CHECK((asset.joined() == content()));
}

TEST_CASE("a folder or device is no output, even when told to replace") {
    const Asset asset;
    const Status folder = join_folder(asset.cut, asset.folder.path(), std::nullopt, true);
    REQUIRE_FALSE(folder);
    CHECK(folder.error().kind == ErrorKind::invalid);
    const Status device = join_folder(asset.cut, "/dev/null", std::nullopt, true);
    REQUIRE_FALSE(device);
    CHECK(device.error().kind == ErrorKind::invalid);
}

TEST_CASE("a damaged chunk is named, and nothing is written") {
    const Asset asset;
    asset.change_byte("001.bin", limits::kChunkBytes + 5);
    const Error error = asset.refused();
    CHECK(error.kind == ErrorKind::invalid);
    CHECK(has(error, "fragment 1, chunk 1 is damaged"));
    CHECK(has(error, "001.bin"));
    REQUIRE(asset.join(FragmentIndex{0}));
}

TEST_CASE("without a right proof file the damaged fragment is named, and a sound one still joins") {
    const Asset asset;
    asset.change_byte("001.proof", 3);
    REQUIRE(asset.join());
    fs::remove(asset.output);
    asset.change_byte("001.bin", 5);
    CHECK(has(asset.refused(), "fragment 1 is damaged"));
    fs::remove(asset.cut / "001.proof");
    CHECK(has(asset.refused(), "fragment 1 is damaged"));
}

TEST_CASE("missing and wrong-sized fragments are named") {
    const Asset asset;
    fs::resize_file(asset.cut / "002.bin", 10);
    CHECK(has(asset.refused(), "fragment 2"));
    fs::remove(asset.cut / "002.bin");
    const Error error = asset.refused();
    CHECK(error.kind == ErrorKind::not_found);
    CHECK(has(error, "fragment 2 of 3 is missing"));
    CHECK(has(asset.refused(FragmentIndex{7}), "there is no fragment 7; the last one is 2"));
}

TEST_CASE("a folder without a manifest, or with a damaged one, is refused") {
    const Asset asset;
    fs::resize_file(asset.cut / "manifest", 30);
    CHECK(asset.refused().kind == ErrorKind::invalid);
    fs::remove(asset.cut / "manifest");
    const Error error = asset.refused();
    CHECK(error.kind == ErrorKind::not_found);
    CHECK(has(error, "holds no asset"));
}

// Which pieces of an asset the bytes of a media request are.
#include "peer/http/media_extent.hpp"

#include "messages/wire/limits.hpp"

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

constexpr std::uint64_t kWholeChunk = limits::kChunkBytes;

// Sizes of fragments; an init segment of 100 bytes makes it a video.
std::shared_ptr<const Manifest> manifest_of(std::vector<std::uint64_t> sizes, bool video) {
    auto manifest = std::make_shared<Manifest>();
    for (const auto size : sizes) {
        manifest->fragments.emplace_back();
        manifest->fragments.back().size = size;
    }
    if (video) {
        manifest->media.emplace();
        manifest->media->init.resize(100);
    }
    return manifest;
}

std::vector<MediaPiece> pieces(const std::shared_ptr<const Manifest>& manifest,
                               const MediaExtent& extent, std::uint64_t begin, std::uint64_t end) {
    std::vector<MediaPiece> all;
    MediaCursor cursor(manifest, extent, {begin, end, true});
    while (const auto piece = cursor.next())
        all.push_back(*piece);
    return all;
}

MediaPiece chunk(std::uint32_t fragment, std::uint32_t index, std::uint64_t begin,
                 std::uint64_t end) {
    return {false, {fragment}, {index}, begin, end};
}
MediaPiece init(std::uint64_t begin, std::uint64_t end) {
    return {true, {}, {}, begin, end};
}

}  // namespace

TEST_CASE("media extent: a whole video is its init segment and every chunk in order") {
    const auto film = manifest_of({kWholeChunk + 10, 5}, true);
    const auto whole = MediaExtent::whole(*film);
    CHECK(size_of(*film, whole) == 100 + kWholeChunk + 15);
    CHECK(pieces(film, whole, 0, size_of(*film, whole)) ==
          std::vector{init(0, 100), chunk(0, 0, 0, kWholeChunk), chunk(0, 1, 0, 10),
                      chunk(1, 0, 0, 5)});
}

TEST_CASE("media extent: a file has no init segment") {
    const auto file = manifest_of({7, 3}, false);
    const auto whole = MediaExtent::whole(*file);
    CHECK(size_of(*file, whole) == 10);
    CHECK(pieces(file, whole, 6, 8) == std::vector{chunk(0, 0, 6, 7), chunk(1, 0, 0, 1)});
}

TEST_CASE("media extent: a range begins and ends inside chunks") {
    const auto film = manifest_of({3 * kWholeChunk}, true);
    const auto one = MediaExtent::fragment({0}, false);
    CHECK(pieces(film, one, kWholeChunk - 1, 2 * kWholeChunk + 1) ==
          std::vector{chunk(0, 0, kWholeChunk - 1, kWholeChunk), chunk(0, 1, 0, kWholeChunk),
                      chunk(0, 2, 0, 1)});
    CHECK(pieces(film, one, kWholeChunk, kWholeChunk + 1) == std::vector{chunk(0, 1, 0, 1)});
}

TEST_CASE("media extent: a range may end in the init segment, or begin right after it") {
    const auto film = manifest_of({50, 60}, true);
    const auto whole = MediaExtent::whole(*film);
    CHECK(pieces(film, whole, 10, 20) == std::vector{init(10, 20)});
    CHECK(pieces(film, whole, 99, 101) == std::vector{init(99, 100), chunk(0, 0, 0, 1)});
    CHECK(pieces(film, whole, 100, 101) == std::vector{chunk(0, 0, 0, 1)});
    CHECK(pieces(film, whole, 150, 210) == std::vector{chunk(1, 0, 0, 60)});
}

TEST_CASE("media extent: a fragment alone begins with the init segment") {
    const auto film = manifest_of({50, 60}, true);
    const auto second = MediaExtent::fragment({1}, true);
    CHECK(size_of(*film, second) == 160);
    CHECK(pieces(film, second, 0, 160) == std::vector{init(0, 100), chunk(1, 0, 0, 60)});
}

TEST_CASE("media extent: every split of a resource gives the same bytes") {
    const auto film = manifest_of({kWholeChunk + 3, 2 * kWholeChunk, 1}, true);
    const auto whole = MediaExtent::whole(*film);
    const std::uint64_t size = size_of(*film, whole);
    for (const std::uint64_t cut :
         {std::uint64_t{1}, std::uint64_t{99}, std::uint64_t{100}, kWholeChunk + 99,
          kWholeChunk + 103, 3 * kWholeChunk + 103, size - 1}) {
        CAPTURE(cut);
        std::uint64_t covered = 0;
        for (const auto& [begin, end] : {std::pair{std::uint64_t{0}, cut}, std::pair{cut, size}})
            for (const auto& piece : pieces(film, whole, begin, end)) {
                CHECK(piece.begin < piece.end);
                covered += piece.end - piece.begin;
            }
        CHECK(covered == size);
    }
}

TEST_CASE("media extent: nothing of nothing") {
    const auto film = manifest_of({50}, true);
    CHECK(pieces(film, MediaExtent::whole(*film), 10, 10).empty());
}

// Manifests that come part by part: what is whole, whose fault it is where not, and what the begun
// ones may cost.
#include "peer/swarm/fetch/manifest_parts.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

constexpr LinkId kFromAnna{1};
constexpr LinkId kFromBert{2};
constexpr std::uint64_t kPart = limits::kManifestPartBytes;

AssetId part_asset(std::uint32_t number) {
    AssetId id;
    id.bytes[0] = static_cast<std::uint8_t>(number);
    id.bytes[1] = static_cast<std::uint8_t>(number >> 8);
    return id;
}

struct Desk {
    ManifestParts parts;
    Time now{};

    // What comes of it: "more", "whole", "nonsense", "lost".
    std::string add(std::uint32_t number, std::uint64_t offset, std::uint64_t bytes,
                    std::uint64_t total, LinkId from = kFromAnna) {
        const Bytes body(bytes, static_cast<std::uint8_t>(number));
        const auto out = parts.add({part_asset(number), offset, total, from}, body, now);
        CHECK(parts.size() <= limits::kMaxManifestsBegun);
        CHECK(parts.bytes() <= limits::kMaxManifestBytesBegun);
        if (const auto* whole = std::get_if<Bytes>(&out)) {
            CHECK(whole->size() == total);
            CHECK(std::all_of(whole->begin(), whole->end(), [&](std::uint8_t byte) {
                return byte == static_cast<std::uint8_t>(number);
            }));
            return "whole";
        }
        if (const auto* trouble = std::get_if<ManifestParts::Trouble>(&out))
            return *trouble == ManifestParts::Trouble::lost ? "lost" : "nonsense";
        return "more";
    }
    std::string begin(std::uint32_t number, LinkId from) {
        return add(number, 0, kPart, 2 * kPart, from);
    }
    std::string end(std::uint32_t number, LinkId from) {
        return add(number, kPart, kPart, 2 * kPart, from);
    }
};

}  // namespace

TEST_CASE("manifest parts: in order from one sender they are whole, and nothing is left") {
    Desk desk;
    CHECK(desk.add(1, 0, 10, 10) == "whole");
    CHECK(desk.add(2, 0, 10, 25) == "more");
    CHECK(desk.add(3, 0, 5, 9) == "more");
    CHECK(desk.add(2, 10, 10, 25) == "more");
    CHECK(desk.add(3, 5, 4, 9) == "whole");
    CHECK(desk.add(2, 20, 5, 25) == "whole");
    CHECK(desk.parts.size() == 0);
    CHECK(desk.parts.bytes() == 0);
}

TEST_CASE("manifest parts: what is not the next part is nonsense, and ends what was begun") {
    Desk desk;
    REQUIRE(desk.add(1, 0, 10, 30) == "more");
    SUBCASE("a gap") {
        CHECK(desk.add(1, 20, 10, 30) == "nonsense");
    }
    SUBCASE("the same again") {
        CHECK(desk.add(1, 5, 10, 30) == "nonsense");
    }
    SUBCASE("another length") {
        CHECK(desk.add(1, 10, 10, 31) == "nonsense");
    }
    SUBCASE("beyond the end") {
        CHECK(desk.add(1, 10, 21, 30) == "nonsense");
    }
    SUBCASE("nothing") {
        CHECK(desk.add(1, 10, 0, 30) == "nonsense");
    }
    SUBCASE("another sender") {
        CHECK(desk.add(1, 10, 10, 30, kFromBert) == "nonsense");
    }
    CHECK(desk.parts.size() == 0);
    CHECK(desk.parts.bytes() == 0);
    CHECK(desk.add(1, 10, 10, 30) == "lost");
    CHECK(desk.add(2, 0, 10, limits::kMaxManifestBytes + 1) == "nonsense");
}

TEST_CASE("manifest parts: a first part begins it anew, from anybody") {
    Desk desk;
    CHECK(desk.add(1, 0, 10, 30) == "more");
    CHECK(desk.add(1, 0, 10, 20, kFromBert) == "more");
    CHECK(desk.add(1, 10, 10, 20, kFromBert) == "whole");
    CHECK(desk.parts.bytes() == 0);
}

TEST_CASE("manifest parts: who begins many loses its oldest, and nobody else's") {
    Desk desk;
    REQUIRE(desk.begin(500, kFromBert) == "more");
    for (std::uint32_t i = 1; i <= limits::kMaxManifestsBegunByOne + 2; ++i)
        CHECK(desk.begin(i, kFromAnna) == "more");
    CHECK(desk.parts.size() == limits::kMaxManifestsBegunByOne + 1);
    CHECK(desk.end(1, kFromAnna) == "lost");
    CHECK(desk.end(2, kFromAnna) == "lost");
    CHECK(desk.end(3, kFromAnna) == "whole");
    CHECK(desk.end(500, kFromBert) == "whole");
}

TEST_CASE("manifest parts: the bytes of one sender, and of all, are bounded") {
    Desk desk;
    constexpr std::uint64_t kAll = limits::kMaxManifestBytes;
    const auto fill = [&](std::uint32_t number, LinkId from) {  // all but its last part
        for (std::uint64_t offset = 0; offset + kPart < kAll; offset += kPart)
            CHECK(desk.add(number, offset, kPart, kAll, from) == "more");
    };
    SUBCASE("of one") {
        REQUIRE(desk.begin(500, kFromBert) == "more");
        for (std::uint32_t i = 1; i <= 5; ++i) {
            fill(i, kFromAnna);
            CHECK(desk.parts.bytes() <= limits::kMaxManifestBytesBegunByOne + kPart);
        }
        CHECK(desk.end(500, kFromBert) == "whole");
        CHECK(desk.add(1, kAll - kPart, kPart, kAll) == "lost");
        CHECK(desk.add(5, kAll - kPart, kPart, kAll) == "whole");
    }
    SUBCASE("of all") {
        constexpr std::uint32_t kFit = limits::kMaxManifestBytesBegun / kAll;
        for (std::uint32_t i = 1; i <= kFit + 3; ++i)
            fill(i, LinkId{i});
        CHECK(desk.add(1, kAll - kPart, kPart, kAll, LinkId{1}) == "lost");
        CHECK(desk.add(kFit + 3, kAll - kPart, kPart, kAll, LinkId{kFit + 3}) == "whole");
    }
}

TEST_CASE("manifest parts: their number is bounded, the oldest goes") {
    Desk desk;
    for (std::uint32_t i = 1; i <= limits::kMaxManifestsBegun + 1; ++i)
        CHECK(desk.add(i, 0, 10, 20, LinkId{i}) == "more");
    CHECK(desk.parts.size() == limits::kMaxManifestsBegun);
    CHECK(desk.add(1, 10, 10, 20, LinkId{1}) == "lost");
    CHECK(desk.add(2, 10, 10, 20, LinkId{2}) == "whole");
}

TEST_CASE("manifest parts: what got no further part for long is thrown away with the next") {
    Desk desk;
    desk.begin(1, kFromAnna);
    desk.now += limits::kRequestTimeout / 2;
    desk.begin(2, kFromBert);
    desk.now += limits::kRequestTimeout / 2;
    desk.begin(3, kFromBert);
    CHECK(desk.parts.size() == 2);
    CHECK(desk.end(1, kFromAnna) == "lost");
    CHECK(desk.end(2, kFromBert) == "whole");
}

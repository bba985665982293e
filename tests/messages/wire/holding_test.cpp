#include "messages/wire/holding.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

constexpr std::uint32_t kSize = 60;
using Bitmap = std::vector<bool>;

Bitmap bitmap_of(const RangeSet& set) {
    Bitmap bits(kSize);
    for (const Span& span : set.spans())
        for (std::uint32_t i = span.begin; i < span.end; ++i)
            bits[i] = true;
    return bits;
}

bool well_formed(const RangeSet& set) {
    std::uint32_t free_from = 0;
    for (const Span& span : set.spans()) {
        if (span.empty() || span.begin < free_from) return false;
        free_from = span.end + 1;
    }
    return true;
}

class Chance {
public:
    explicit Chance(unsigned seed) : random_(seed) {}
    std::uint32_t below(std::uint32_t end) { return static_cast<std::uint32_t>(random_() % end); }
    Span span() {
        const std::uint32_t begin = below(kSize);
        return {begin, std::min(kSize, begin + below(8))};
    }
    RangeSet set() {
        RangeSet out;
        for (std::uint32_t n = below(12); n > 0; --n)
            out.add(span());
        return out;
    }

private:
    std::mt19937 random_;
};

}  // namespace

TEST_CASE("a set of ranges does what a bitmap does, whatever happens to it") {
    for (unsigned seed = 1; seed <= 30; ++seed) {
        CAPTURE(seed);
        Chance chance(seed);
        RangeSet set;
        Bitmap bits(kSize);
        for (int step = 0; step < 400; ++step) {
            const std::uint32_t what = chance.below(8);
            if (what < 6) {
                const bool adds = what % 2 == 0;
                const Span span = what < 4 ? chance.span() : Span{step % kSize, step % kSize + 1};
                if (what < 4)
                    adds ? set.add(span) : set.remove(span);
                else
                    adds ? set.add(span.begin) : set.remove(span.begin);
                std::fill(bits.begin() + span.begin, bits.begin() + std::max(span.begin, span.end),
                          adds);
            } else {
                const RangeSet other = chance.set();
                what == 6 ? set.add(other) : set.remove(other);
                const Bitmap others = bitmap_of(other);
                for (std::uint32_t i = 0; i < kSize; ++i)
                    if (others[i]) bits[i] = what == 6;
            }
            REQUIRE(well_formed(set));
            REQUIRE(bitmap_of(set) == bits);
        }
    }
}

TEST_CASE("questions to a set agree with the bitmap") {
    Chance chance(7);
    for (int round = 0; round < 2000; ++round) {
        const RangeSet a = chance.set();
        const RangeSet b = chance.set();
        const Bitmap bits_a = bitmap_of(a);
        const Bitmap bits_b = bitmap_of(b);
        const Bitmap common = bitmap_of(a.common(b));
        const std::uint32_t end = chance.below(kSize + 1);
        const Bitmap missing = bitmap_of(a.missing(end));
        REQUIRE(well_formed(a.common(b)));
        REQUIRE(well_formed(a.missing(end)));
        for (std::uint32_t i = 0; i < kSize; ++i) {
            REQUIRE(a.contains(i) == bits_a[i]);
            REQUIRE(common[i] == (bits_a[i] && bits_b[i]));
            REQUIRE(missing[i] == (i < end && !bits_a[i]));
        }
        const Span span = chance.span();
        bool all = true;
        for (std::uint32_t i = span.begin; i < span.end; ++i)
            all = all && bits_a[i];
        REQUIRE(a.contains(span) == all);
        REQUIRE(a.count() ==
                static_cast<std::uint64_t>(std::count(bits_a.begin(), bits_a.end(), true)));
        const auto last = std::find(bits_a.rbegin(), bits_a.rend(), true);
        REQUIRE(a.end() == static_cast<std::uint32_t>(bits_a.rend() - last));
    }
}

TEST_CASE("a set may be added to and taken from itself") {
    RangeSet set{{1, 3}, {5, 6}};
    set.add(set);
    CHECK(set == RangeSet{{1, 3}, {5, 6}});
    set.remove(set);
    CHECK(set.empty());
}

TEST_CASE("ranges read as people write them") {
    CHECK(RangeSet{}.text() == "-");
    CHECK(RangeSet{{0, 4}, {7, 8}, {9, 13}}.text() == "0-3,7,9-12");
    CHECK(RangeSet::up_to(3) == RangeSet{{0, 3}});
    CHECK(RangeSet::up_to(0).empty());
    const RangeSet whole{{0, 0xFFFFFFFF}};
    CHECK(whole.count() == 0xFFFFFFFF);
    CHECK(whole.missing(0xFFFFFFFF).empty());
}

TEST_CASE("what people write is read back, and nothing else is") {
    const auto read = [](std::string_view text) { return RangeSet::parse(text, 20); };
    for (const RangeSet& set : {RangeSet{}, RangeSet{{0, 4}, {7, 8}, {9, 13}}, RangeSet{{19, 20}}})
        CHECK(read(set.text()) == set);
    CHECK(read("7,0-3,2-5") == RangeSet{{0, 6}, {7, 8}});
    for (const char* text : {"", ",", "1,", ",1", "a", "1-", "-1", "3-2", "20", "0-20", "1 ", " 1",
                             "1--2", "1,,2", "99999999999", "0x1", "1;2", "+1"})
        CHECK_FALSE(read(text).has_value());
}

TEST_CASE("a root depends on what is held whole and on nothing else") {
    AssetId film;
    film.bytes[0] = 1;
    AssetId song;
    song.bytes[0] = 2;
    const RangeSet some{{0, 4}, {7, 8}};
    const StateDigest root = root_of(std::map<AssetId, RangeSet>{{film, some}});
    CHECK(root == root_of(std::map<AssetId, RangeSet>{{film, some}, {song, {}}}));
    CHECK(root != root_of(std::map<AssetId, RangeSet>{{film, some}, {song, {{0, 1}}}}));
    CHECK(root != root_of(std::map<AssetId, RangeSet>{{song, some}}));
    CHECK(root != root_of(std::map<AssetId, RangeSet>{{film, {{0, 4}, {6, 8}}}}));
    CHECK(root == root_of(std::map<AssetId, StateDigest>{{film, digest_of(film, some)}}));
}

#include "player/cut/cut_plan.hpp"

#include "messages/wire/limits.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::limits;

namespace {

constexpr std::int64_t kSecondUs = 1'000'000;
constexpr std::uint64_t kMiB = 1 << 20;

// The figures below are these.
static_assert(kMinKeyRange == 1s && kMaxKeyRange == 30s && kMaxKeyRangeBytes == 64 * kMiB);
static_assert(kDefaultFragments == 10);

// Key frames at these seconds, each followed by one packet of so many bytes.
std::vector<PlannedRange> collect(const std::vector<double>& seconds, double end,
                                  std::uint64_t bytes = 1000) {
    const auto us = [](double s) { return static_cast<std::int64_t>(std::llround(s * 1e6)); };
    RangeCollector collector(us(seconds.at(0)));
    std::uint64_t packet = 0;
    for (const double second : seconds) {
        collector.on_key_frame(packet++, us(second));
        collector.on_packet(bytes);
    }
    return collector.finish(us(seconds.at(0)), us(end));
}

std::vector<double> starts(const std::vector<PlannedRange>& ranges) {
    std::vector<double> out;
    for (const PlannedRange& range : ranges)
        out.push_back(static_cast<double>(range.start_us) / 1e6);
    return out;
}

std::vector<PlannedRange> even(std::uint32_t count, double step, std::uint64_t bytes) {
    std::vector<PlannedRange> out;
    for (std::uint32_t i = 0; i < count; ++i)
        out.push_back({i, static_cast<std::int64_t>(i * step * 1e6), bytes});
    return out;
}

std::vector<std::uint32_t> plan(const std::vector<PlannedRange>& ranges, double end,
                                const FragmentWish& wish = {}) {
    const auto cuts = plan_video(ranges, static_cast<std::int64_t>(end * 1e6), wish);
    if (!cuts) FAIL(cuts.error().text);
    return *cuts;
}

std::uint64_t largest(const std::vector<PlannedRange>& ranges, std::vector<std::uint32_t> cuts) {
    cuts.push_back(static_cast<std::uint32_t>(ranges.size()));
    std::uint64_t most = 0;
    for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
        std::uint64_t sum = 0;
        for (std::uint32_t r = cuts[i]; r < cuts[i + 1]; ++r)
            sum += ranges[r].bytes;
        most = std::max(most, sum);
    }
    return most;
}

using Cuts = std::vector<std::uint32_t>;
using Starts = std::vector<double>;

}  // namespace

TEST_CASE("ranges begin at key frames, a second apart at least") {
    CHECK(starts(collect({0, 2, 4}, 6)) == Starts{0, 2, 4});
    CHECK(starts(collect({0, 0.4, 0.8, 1.2, 1.6, 2.0, 2.4}, 4)) == Starts{0, 1.2, 2.4});
    CHECK(starts(collect({5, 6, 7}, 8)) == Starts{0, 1, 2});
}

TEST_CASE("a last range that is too short joins the one before") {
    CHECK(starts(collect({0, 2, 4}, 4.5)) == Starts{0, 2});
    CHECK(starts(collect({0}, 0.2)) == Starts{0});
    const auto joined = collect({0, 2}, 2.1);
    REQUIRE(joined.size() == 1);
    CHECK(joined[0].bytes > 2000);
}

TEST_CASE("a range knows its first packet, and never counts fewer bytes than there will be") {
    const auto ranges = collect({0, 0.5, 1.5}, 9);
    REQUIRE(ranges.size() == 2);
    CHECK(ranges[1].first_packet == 2);
    CHECK(ranges[0].bytes >= 2000);
}

TEST_CASE("more key frames than a manifest may list: short ranges are joined, evenly") {
    RangeCollector collector(0);
    const std::uint64_t count = 5ULL * kMaxKeyRangesPerAsset;
    for (std::uint64_t i = 0; i < count; ++i) {
        collector.on_key_frame(i, static_cast<std::int64_t>(i) * kSecondUs);
        collector.on_packet(10);
    }
    const auto ranges = collector.finish(0, static_cast<std::int64_t>(count) * kSecondUs);
    CHECK(ranges.size() <= kMaxKeyRangesPerAsset);
    CHECK(ranges.size() > kMaxKeyRangesPerAsset / 2);
    for (std::size_t i = 1; i < ranges.size(); ++i)
        CHECK(ranges[i].start_us - ranges[i - 1].start_us == 8 * kSecondUs);
}

TEST_CASE("ten fragments by default, fewer only where there are fewer ranges") {
    CHECK(plan(even(20, 2, 1000), 40) == Cuts{0, 2, 4, 6, 8, 10, 12, 14, 16, 18});
    CHECK(plan(even(3, 2, 1000), 6) == Cuts{0, 1, 2});
    CHECK(plan(even(10, 3, 1000), 30).size() == 10);
    CHECK(plan(even(1, 2, 1000), 2) == Cuts{0});
}

TEST_CASE("uneven key frames still make as many fragments as there can be") {
    // All key frames early, then all late: time alone would give two fragments.
    CHECK(plan(collect({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 39}, 40), 40).size() == 10);
    CHECK(plan(collect({0, 29, 30, 31, 32, 33, 34, 35, 36, 37}, 40), 40).size() == 10);
}

TEST_CASE("a fragment begins at the key frame nearest to its even place") {
    FragmentWish two;
    two.fragments = 2;
    CHECK(plan(collect({0, 4, 7}, 10), 10, two) == Cuts{0, 1});
    CHECK(plan(collect({0, 2, 7}, 10), 10, two) == Cuts{0, 2});
}

TEST_CASE("fragments are as many as asked for, or about as long") {
    FragmentWish wish;
    wish.fragments = 7;
    CHECK(plan(even(100, 2, 1000), 200, wish).size() == 7);
    wish = {};
    wish.seconds = 20;
    CHECK(plan(even(100, 2, 1000), 200, wish).size() == 10);
    wish.seconds = 1000;
    CHECK(plan(even(100, 2, 1000), 200, wish).size() == 1);
}

TEST_CASE("as many more fragments as keep each within 64 MiB, unless a number was asked for") {
    const auto ranges = even(3600, 2, 5 * kMiB / 2);
    const Cuts cuts = plan(ranges, 7200);
    CHECK(largest(ranges, cuts) <= kGoodFragmentBytes);
    CHECK(cuts.size() >= 3600 * 5 / 2 / 64);
    CHECK(cuts.size() < 3600 * 5 / 2 / 64 * 5 / 4);
    FragmentWish wish;
    wish.fragments = 10;
    CHECK(plan(ranges, 7200, wish).size() == 10);
    wish.fragments = 4;
    CHECK(largest(ranges, plan(ranges, 7200, wish)) <= kMaxFragmentBytes);
}

TEST_CASE("fragments stay within 64 MiB where sizes are as uneven as can be") {
    auto ranges = even(50, 2, kMiB);
    for (std::size_t i = 0; i < ranges.size(); i += 7)
        ranges[i].bytes = 64 * kMiB;
    CHECK(largest(ranges, plan(ranges, 100)) <= kGoodFragmentBytes);
}

TEST_CASE("the largest video: the fragments grow before they become too many") {
    const auto ranges = even(kMaxKeyRangesPerAsset, 30, 60 * kMiB);
    const Cuts cuts = plan(ranges, kMaxKeyRangesPerAsset * 30.0);
    CHECK(cuts.size() <= kMaxFragments);
    CHECK(largest(ranges, cuts) <= kMaxFragmentBytes);
}

TEST_CASE("too long or too large between two key frames: not as a video") {
    const auto why = [](const std::vector<PlannedRange>& ranges, double end) {
        const auto cuts = plan_video(ranges, static_cast<std::int64_t>(end * 1e6), {});
        return cuts ? std::string() : cuts.error().text;
    };
    CHECK(why(collect({0, 30}, 60), 60).empty());
    CHECK(why(collect({0, 30.5}, 60), 60) ==
          "there are 30.5 s between two key frames at 0.0 s, more than 30.0 s");
    CHECK(why(collect({0, 5}, 36), 36).find("31.0 s between two key frames at 5.0 s") !=
          std::string::npos);
    CHECK(why(even(2, 2, 64 * kMiB), 4).empty());
    CHECK(why(even(2, 2, 65 * kMiB), 4).find("65 MiB between two key frames") != std::string::npos);
}

TEST_CASE("wishes out of their limits are refused") {
    FragmentWish both;
    both.fragments = 3;
    both.seconds = 3;
    CHECK_FALSE(check(both));
    CHECK_FALSE(check(FragmentWish{0, {}}));
    CHECK(check(FragmentWish{kMaxFragments, {}}));
    CHECK_FALSE(check(FragmentWish{kMaxFragments + 1, {}}));
    CHECK_FALSE(check(FragmentWish{{}, 0.9}));
    CHECK_FALSE(check(FragmentWish{{}, std::nan("")}));
    CHECK_FALSE(check(FragmentWish{{}, std::numeric_limits<double>::infinity()}));
    CHECK(check(FragmentWish{{}, 1.0}));
}

namespace {

std::vector<std::uint64_t> sizes(std::uint64_t size, const FragmentWish& wish = {}) {
    const auto out = plan_file(size, wish);
    if (!out) FAIL(out.error().text);
    CHECK(std::accumulate(out->begin(), out->end(), std::uint64_t{0}) == size);
    CHECK(std::count(out->begin(), out->end(), 0U) == 0);
    return *out;
}

}  // namespace

TEST_CASE("a file is cut into ten, fewer only where there are fewer bytes") {
    CHECK(sizes(1) == std::vector<std::uint64_t>{1});
    CHECK(sizes(9).size() == 9);
    CHECK(sizes(1000) == std::vector<std::uint64_t>(10, 100));
    CHECK(sizes(100, {3, {}}) == std::vector<std::uint64_t>{33, 33, 34});
}

TEST_CASE("a large file is cut between chunks, each fragment within 64 MiB") {
    for (const std::uint64_t size :
         {std::uint64_t{10} * kChunkBytes, 700 * kMiB + 1, 12345 * kMiB + 678}) {
        const auto parts = sizes(size);
        for (std::size_t i = 0; i < parts.size(); ++i) {
            CHECK(parts[i] <= kGoodFragmentBytes);
            CHECK((i + 1 == parts.size() || parts[i] % kChunkBytes == 0));
        }
    }
    CHECK(sizes(700 * kMiB).size() == 11);
}

TEST_CASE("a file's fragments never exceed 1 GiB, and a file that is too large is refused") {
    for (const std::uint64_t size : {(2ULL << 30) - 1, (2ULL << 30) - 300'000, (2ULL << 30) + 1})
        for (const std::uint64_t part : sizes(size, {1, {}}))
            CHECK(part <= kMaxFragmentBytes);
    const std::uint64_t most = std::uint64_t{kMaxFragments} << 30;
    CHECK(sizes(most).size() == kMaxFragments);
    CHECK_FALSE(plan_file(most + 1, {}));
}

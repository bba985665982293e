// What is unfinished, and what of it neighbours were not told: a column for each chunk.
#include "peer/swarm/fetch/unfinished.hpp"

#include "tests/support/pictures.hpp"
#include "tests/support/turn_desk.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

namespace {

constexpr std::uint32_t kTold = 20;
const AssetId kUnfinishedFilm = pic::asset(1);
const AssetId kUnfinishedSong = pic::asset(2);

struct UnfinishedDesk : test::TurnDesk {
    Unfinished unfinished;

    Assembly& begin(const AssetId& asset, std::uint32_t index) {
        return unfinished.begin({asset, {index}}, std::uint64_t{kTold} * limits::kChunkBytes);
    }
    // Proven, and told of.
    void came(const AssetId& asset, std::uint32_t index, const std::string& row, Time now) {
        const RangeSet chunks = pic::columns(row);
        Assembly& assembly = *unfinished.change({asset, {index}});
        for (const Span& span : chunks.spans())
            for (std::uint32_t i = span.begin; i < span.end; ++i)
                assembly.stored({i}, {}, 1);
        unfinished.tell({asset, {index}}, chunks, now);
        CHECK(unfinished.broken() == nullptr);
    }
    std::vector<Have> news(Time now) {
        auto told = turn(now, [&](Turn& turn) { return unfinished.take_news(turn); });
        CHECK(unfinished.broken() == nullptr);
        return told;
    }
};

}  // namespace

TEST_CASE("unfinished: begun once, and ended once, whatever is still to tell") {
    UnfinishedDesk desk;
    CHECK_FALSE(desk.unfinished.any(kUnfinishedFilm));
    Assembly& begun = desk.unfinished.begin({kUnfinishedFilm, {2}}, 100);
    CHECK(&desk.unfinished.begin({kUnfinishedFilm, {2}}, 200) == &begun);
    CHECK(begun.size() == 100);
    desk.begin(kUnfinishedFilm, 5);
    desk.begin(kUnfinishedSong, 0);
    CHECK(desk.unfinished.count() == 3);
    CHECK(desk.unfinished.begun(kUnfinishedFilm).text() == "2,5");
    desk.came(kUnfinishedFilm, 5, "##", Time{0s});
    CHECK(desk.unfinished.proven(kUnfinishedFilm).size() == 1);
    CHECK(desk.unfinished.proven(kUnfinishedFilm).at({5}).text() == "0-1");
    const auto ended = desk.unfinished.end({kUnfinishedFilm, {5}});
    REQUIRE(ended);
    CHECK(ended->proven().count() == 2);
    CHECK_FALSE(desk.unfinished.end({kUnfinishedFilm, {5}}));
    CHECK(desk.unfinished.count_untold() == 0);
    CHECK(desk.news(Time{10s}).empty());
    CHECK(desk.unfinished.find({kUnfinishedFilm, {5}}) == nullptr);
    CHECK(desk.unfinished.end({kUnfinishedFilm, {2}}));
    CHECK_FALSE(desk.unfinished.any(kUnfinishedFilm));
    CHECK(desk.unfinished.any(kUnfinishedSong));
    CHECK(desk.unfinished.broken() == nullptr);
}

TEST_CASE("unfinished: whoever begins, may change or ends something of an asset is noted, once") {
    UnfinishedDesk desk;
    using Assets = std::set<AssetId>;
    const auto changed = [&] { return desk.unfinished.take_changed(); };
    CHECK(changed().empty());
    desk.begin(kUnfinishedFilm, 0);
    desk.begin(kUnfinishedFilm, 1);
    desk.begin(kUnfinishedSong, 0);
    CHECK(changed() == Assets{kUnfinishedFilm, kUnfinishedSong});
    CHECK(changed().empty());
    CHECK(desk.unfinished.find({kUnfinishedFilm, {0}}) != nullptr);
    CHECK(desk.unfinished.change({kUnfinishedFilm, {7}}) == nullptr);
    CHECK(changed().empty());
    desk.came(kUnfinishedFilm, 0, "#", Time{0s});
    CHECK(changed() == Assets{kUnfinishedFilm});
    desk.news(Time{10s});  // who was told what changes nothing of it
    CHECK(changed().empty());
    desk.unfinished.end({kUnfinishedSong, {3}});
    CHECK(changed().empty());
    desk.unfinished.end({kUnfinishedSong, {0}});
    CHECK(changed() == Assets{kUnfinishedSong});
}

TEST_CASE("unfinished: news of a few chunks waits for more of them, for so long") {
    UnfinishedDesk desk;
    desk.begin(kUnfinishedFilm, 0);
    desk.came(kUnfinishedFilm, 0, "##..................", Time{1s});
    CHECK(desk.news(Time{1s}).empty());
    CHECK(desk.wake == Time{1s} + limits::kPartialHaveEvery);
    desk.came(kUnfinishedFilm, 0, "...#................",
              Time{1s + 5ms});  // since the first of them
    CHECK(desk.news(Time{1s} + limits::kPartialHaveEvery - 1us).empty());
    const auto told = desk.news(Time{1s} + limits::kPartialHaveEvery);
    REQUIRE(told.size() == 1);
    REQUIRE(told[0].partial.size() == 1);
    CHECK(pic::picture(told[0].partial[0].chunks, kTold) == "##.#................");
    CHECK(desk.news(Time{10s}).empty());  // once
}

TEST_CASE("unfinished: news of many chunks does not wait") {
    UnfinishedDesk desk;
    desk.begin(kUnfinishedFilm, 0);
    const std::string most(limits::kPartialHaveChunks - 1, '#');
    desk.came(kUnfinishedFilm, 0, most, Time{1s});
    CHECK(desk.news(Time{1s}).empty());
    desk.came(kUnfinishedFilm, 0, std::string(most.size(), '.') + "#", Time{1s});
    CHECK(desk.news(Time{1s}).size() == 1);
}

TEST_CASE("unfinished: one message for each asset, and no more in it than it may have") {
    UnfinishedDesk desk;
    for (std::uint32_t i = 0; i < limits::kMaxPartials + 2; ++i) {
        desk.begin(kUnfinishedFilm, i);
        desk.came(kUnfinishedFilm, i, "#", Time{0s});
    }
    desk.begin(kUnfinishedSong, 0);
    desk.came(kUnfinishedSong, 0, "#", Time{0s});
    auto told = desk.news(Time{1s});
    REQUIRE(told.size() == 2);
    CHECK(told[0].asset == kUnfinishedFilm);
    CHECK(told[0].partial.size() == limits::kMaxPartials);
    CHECK(told[1].partial.size() == 1);
    CHECK(desk.wake == Time{1s});  // the rest at once
    told = desk.news(Time{1s});
    REQUIRE(told.size() == 1);
    CHECK(told[0].partial.size() == 2);
    CHECK(desk.unfinished.count_untold() == 0);
}

TEST_CASE("unfinished: news may be asked for at any time, and are told when they are due") {
    UnfinishedDesk desk;
    CHECK(desk.news(Time{1s}).empty());
    CHECK(desk.wake == kNever);
    desk.begin(kUnfinishedFilm, 0);
    desk.begin(kUnfinishedFilm, 1);
    desk.came(kUnfinishedFilm, 0, "#", Time{1s});
    CHECK(desk.news(Time{1s}).empty());
    desk.came(kUnfinishedFilm, 1, "#", Time{1s + 5ms});
    for (const Duration later : {6ms, 7ms, 8ms}) {
        CHECK(desk.news(Time{1s} + later).empty());
        CHECK(desk.wake == Time{1s} + limits::kPartialHaveEvery);
    }
    CHECK(desk.news(Time{1s} + limits::kPartialHaveEvery).size() == 1);
    CHECK(desk.wake == Time{1s + 5ms} + limits::kPartialHaveEvery);
    CHECK(desk.news(Time{1s + 5ms} + limits::kPartialHaveEvery).size() == 1);
    CHECK(desk.wake == kNever);
}

// When viewers and readers end, and how many there are (tests/peer/swarm/viewers_house.hpp says how
// it is written).
#include "tests/peer/swarm/viewers_house.hpp"

#include <set>
#include <vector>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

TEST_CASE("viewers: a reader ends with its viewer's interest, and only its own viewer's") {
    ViewersHouse house;
    house.play(kViewerAnna, 0);
    house.read(1, kViewerAnna, 1);
    house.read(2, kViewerBert, 1);
    house.read(3, kNoViewer, 2);
    house.need_manifest(4);
    CHECK(house.awaited() == ".oo.....................");
    CHECK(house.play(kViewerAnna, 20) == "");  // near enough
    house.of_asset = 1;
    CHECK(house.play(kViewerAnna, 0) == "a");
    CHECK(ViewersHouse::letters(house.viewers.readers_of(kViewerAnna)) == "a");
    CHECK(ViewersHouse::letters(house.viewers.readers_of(kViewerBert)) == "b");
    CHECK(ViewersHouse::letters(house.viewers.readers_of(kNoViewer)) == "");
    house.of_asset = 0;
    CHECK(house.viewers.end({1}) == pic::asset());
    CHECK(house.awaited() == ".oo.....................");
    CHECK(house.viewers.end({2}) == pic::asset());
    CHECK(house.awaited() == "..o.....................");
    house.check();
}

TEST_CASE("viewers: reads within 16 MiB of the playhead go on, before and after it") {
    constexpr std::uint32_t kNear = Viewers::kNearBytes / limits::kChunkBytes;
    ViewersHouse house(4 * kNear, 1s);
    house.read(1, kViewerAnna, 0);
    house.read(2, kViewerAnna, 1);
    house.read(3, kViewerAnna, 2 * kNear + 1);
    house.read(4, kViewerAnna, 2 * kNear + 2);
    CHECK(house.play(kViewerAnna, kNear + 1) == "ad");
    CHECK(house.play(kViewerAnna, kNear) == "cd");
    CHECK(house.play(kViewerAnna, kNear + 2) == "ab");
}

TEST_CASE("viewers: what came ends all who waited for it, and nobody else") {
    ViewersHouse house;
    house.read(1, kNoViewer, 5);
    house.read(2, kViewerAnna, 5);
    house.read(3, kViewerAnna, 6);
    house.need_manifest(4);
    house.of_asset = 1;
    house.need_manifest(5);
    house.of_asset = 0;
    CHECK(house.awaited() == ".....oo.................");
    CHECK(house.viewers.came(house.chunk(5)) == std::set<ReadId>{{1}, {2}});
    house.check();
    CHECK(house.awaited() == "......o.................");
    CHECK(house.viewers.came(house.chunk(5)).empty());
    CHECK(house.viewers.end({1}) == std::nullopt);
    CHECK(ViewersHouse::letters(house.viewers.manifest_came(pic::asset())) == "d");
    house.check();
    CHECK(ViewersHouse::letters(house.viewers.readers()) == "ce");
    CHECK(ViewersHouse::letters(house.viewers.readers_of_manifest(pic::asset(1))) == "e");
}

TEST_CASE("viewers: a neighbour's late chunks matter where somebody waits for one of them") {
    ViewersHouse house;
    house.read(1, kNoViewer, 6);
    CHECK(house.viewers.is_awaited(pic::fragment(1), pic::columns("..#.")));
    CHECK_FALSE(house.viewers.is_awaited(pic::fragment(1), pic::columns("##.#")));
    CHECK_FALSE(house.viewers.is_awaited(pic::fragment(2), pic::columns("..#.")));
    CHECK_FALSE(house.viewers.is_awaited(pic::fragment(1, 1), pic::columns("..#.")));
}

TEST_CASE("viewers: a reader is late at its deadline, and somebody comes to see that") {
    ViewersHouse house;
    house.read(1, kNoViewer, 0, 10s);
    CHECK(house.wake == house.now + 10s);
    house.need_manifest(2, 5s);
    const auto late = [&] {
        return house.turn([&](Turn& turn) {
            std::vector<ReadId> out;
            for (const auto& one : house.viewers.late(turn))
                out.push_back(one.read);
            return ViewersHouse::letters(out);
        });
    };
    CHECK(late() == "");
    CHECK(house.wake == house.now + 5s);
    house.now += 5s;
    CHECK(late() == "b");
    CHECK(house.wake == house.now + 5s);
    house.now += 5s;
    CHECK(late() == "ab");
}

TEST_CASE("viewers: a playhead is silent a minute after it was told; until then zones move") {
    ViewersHouse house;
    const auto silent = [&] {
        return house.turn([&](Turn& turn) { return house.viewers.silent(turn).size(); });
    };
    house.play(kViewerAnna, 0);
    CHECK(house.wake == house.now + 1s);
    house.now += 30s;
    house.play(kViewerBert, 0);
    house.now += limits::kPlayhead - 30s - 1us;
    CHECK(silent() == 0);
    CHECK(house.wake == house.now + 1us);
    house.now += 1us;
    CHECK(silent() == 1);
    CHECK(house.wake == house.now + 1s);
    house.play(kViewerAnna, 1);
    CHECK(silent() == 0);
}

TEST_CASE("viewers: one more than may be takes the place of who played shortest, and came first") {
    ViewersHouse house;
    for (std::uint64_t i = 1; i <= limits::kMaxViewers; ++i) {
        CHECK(house.viewers.in_the_way_of({i}) == std::nullopt);
        house.play({i}, 0);
        house.now += 1ms;
    }
    house.play({1}, 3);
    CHECK(house.viewers.in_the_way_of({7}) == std::nullopt);
    CHECK(house.viewers.in_the_way_of({limits::kMaxViewers + 1}) == ViewerId{2});
    house.viewers.gone({2});
    CHECK(house.viewers.in_the_way_of({limits::kMaxViewers + 1}) == std::nullopt);
}

TEST_CASE("viewers: who is invented takes the place of another such, not of who plays") {
    ViewersHouse house;
    house.play(kViewerAnna, 0);
    house.now += 10s;
    house.play(kViewerAnna, 2);
    for (std::uint64_t i = 100; i < 100 + 3 * limits::kMaxViewers; ++i) {
        house.now += 1ms;
        if (const auto out = house.viewers.in_the_way_of({i})) {
            CHECK(out != kViewerAnna);
            house.viewers.gone(*out);
        }
        house.play({i}, 0);
    }
    CHECK(house.viewers.count_playheads() == limits::kMaxViewers);
    CHECK(house.viewers.gone(kViewerAnna) == pic::asset(0));
}

TEST_CASE("viewers: so many readers wait, and no more") {
    Viewers viewers;
    Actions out;
    std::uint64_t requests = 0;
    Turn turn{Time{}, out, requests};
    for (std::uint64_t i = 1; i <= limits::kMaxReads; ++i) {
        REQUIRE_FALSE(viewers.full());
        viewers.wait({i}, kNoViewer, pic::chunk(0, static_cast<std::uint32_t>(i % 7)), kNever,
                     turn);
    }
    CHECK(viewers.full());
    CHECK(viewers.broken() == nullptr);
    CHECK(viewers.count_awaited() == 7);
    viewers.end({5});
    CHECK_FALSE(viewers.full());
}

// What viewers and readers need, and when (tests/peer/swarm/viewers_house.hpp says how it is
// written).
#include "tests/peer/swarm/viewers_house.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

TEST_CASE("viewers: from a playhead on all is wanted, and what a reader waits for") {
    ViewersHouse house;
    CHECK(house.wanted() == "......");
    house.play(kViewerAnna, 18);
    CHECK(house.wanted() == "....##");
    house.read(1, kNoViewer, 5);
    CHECK(house.wanted() == ".#..##");
    house.play(kViewerBert, 9);
    CHECK(house.wanted() == ".#####");
    CHECK(house.viewers.played_from(pic::asset()) == FragmentIndex{2});
    CHECK(house.viewers.gone(kViewerBert) == pic::asset());
    CHECK(house.viewers.gone(kViewerBert) == std::nullopt);
    CHECK(house.wanted() == ".#..##");
    house.viewers.stop_playing(pic::asset());
    CHECK(house.wanted() == ".#....");
    CHECK(house.viewers.end({1}) == pic::asset());
    CHECK(house.wanted() == "......");
}

TEST_CASE("viewers: of another film nothing is wanted") {
    ViewersHouse house;
    house.play(kViewerAnna, 0);
    house.read(1, kNoViewer, 5);
    house.of_asset = 1;
    CHECK(house.wanted() == "......");
    CHECK(house.needs() == pic::repeat('.', 24));
    house.viewers.stop_playing(pic::asset(1));
    house.of_asset = 0;
    CHECK(house.wanted() == "######");
}

TEST_CASE("viewers: what a reader waits for is urgent wherever it is, what is played by zones") {
    ViewersHouse house;
    house.read(1, kNoViewer, 2);
    CHECK(house.needs() == "..u.....................");
    house.play(kViewerAnna, 6);
    CHECK(house.needs() == "..u...uunnnnnnnnnnffffff");
    house.play(kViewerBert, 17);
    CHECK(house.needs() == "..u...uunnnnnnnnnuunnnnn");
    // What is here is not needed; a reader knows better.
    CHECK(house.needs("##.##.") == "..u.....nnnn........nnnn");
    // Readers come first.
    CHECK(house.all_needs().front().fragment == FragmentIndex{0});
    CHECK(house.all_needs().front().chunks == Span{2, 3});
}

TEST_CASE("viewers: a reader of nobody needs its chunk since it asked, the first one decides") {
    ViewersHouse house;
    house.now += 3s;
    house.read(1, kNoViewer, 9);
    house.now += 4s;
    house.read(2, kNoViewer, 9);
    CHECK(house.needed() == 3);
    house.viewers.end({1});
    CHECK(house.needed() == 7);
}

TEST_CASE("viewers: a viewer needs what it reads ahead when what comes before was played") {
    ViewersHouse house;
    house.play(kViewerAnna, 0);
    house.read(1, kViewerAnna, 3);
    CHECK(house.needed() == 15);
    // The same chunk for one who watches elsewhere: at once.
    house.now += 1s;
    house.read(2, kViewerBert, 3);
    CHECK(house.needed() == 1);
}

TEST_CASE("viewers: who reads on plays what came before first; who jumps needs it now") {
    ViewersHouse house;
    house.play(kViewerAnna, 0);
    for (const std::uint32_t column : {0U, 1U, 2U, 3U})
        house.read_here(kViewerAnna, column);
    house.now += 1s;
    SUBCASE("the next chunk after what was read") {
        house.play(kViewerAnna, 5);
        house.read(1, kViewerAnna, 6);
        CHECK(house.needed() == 30);
        // And on: also when it was told in between.
        house.read_here(kViewerAnna, 9);
        house.play(kViewerAnna, 10);
        CHECK(house.needed() == 30);
    }
    SUBCASE("beyond it") {
        house.play(kViewerAnna, 6);
        house.read(1, kViewerAnna, 7);
        CHECK(house.needed() == 6);
    }
    SUBCASE("back") {
        house.play(kViewerAnna, 2);
        house.play(kViewerAnna, 1);
        house.read(1, kViewerAnna, 2);
        CHECK(house.needed() == 6);
    }
    SUBCASE("what another film's reads say does not count") {
        house.of_asset = 1;
        house.read_here(kViewerAnna, 20);
        house.of_asset = 0;
        house.play(kViewerAnna, 20);
        house.read(1, kViewerAnna, 20);
        CHECK(house.needed() == 1);
    }
}

TEST_CASE("viewers: a move tells what its viewer played before") {
    ViewersHouse house;
    const auto move = [&](std::uint32_t asset) {
        return house.turn([&](Turn& turn) {
            return house.viewers.move(kViewerAnna, pic::asset(asset), {}, 0, {}, turn).before;
        });
    };
    CHECK(move(0) == pic::asset(0));
    CHECK(move(1) == pic::asset(0));
    CHECK(move(1) == pic::asset(1));
    CHECK(house.viewers.count_playheads() == 1);
}

TEST_CASE("viewers: who opens the page is counted, and plays nothing yet") {
    ViewersHouse house;
    house.viewers.entered();
    house.viewers.entered();
    CHECK(house.viewers.count_entered() == 2);
    CHECK(house.viewers.count_playheads() == 0);
}

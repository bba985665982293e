// Who plays and reads: a column for each chunk of a film that is cut into fragments of four.
// What is needed: 'u' urgent, 'n' near, 'f' far, '.' not at all. What readers wait for: 'o'.
// Readers are letters: 'a' is number 1.
#include "peer/swarm/viewers.hpp"

#include "tests/support/pictures.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

namespace {

constexpr std::uint32_t kCut = 4;
constexpr ViewerId kNoViewer{0};
constexpr ViewerId kViewerAnna{1};
constexpr ViewerId kViewerBert{2};

Manifest film_of(std::uint32_t width, Duration column) {
    Manifest out;
    out.kind = AssetKind::video;
    for (std::uint32_t begin = 0; begin < width; begin += kCut) {
        const std::uint64_t columns = std::min(kCut, width - begin);
        FragmentInfo fragment;
        fragment.size = columns * limits::kChunkBytes;
        fragment.duration_us = columns * static_cast<std::uint64_t>(column.count());
        out.fragments.push_back(fragment);
    }
    return out;
}

struct House {
    std::uint32_t width;
    Manifest film;
    Timeline timeline;
    Viewers viewers;
    Time now{1'000s};
    Time wake = kNever;
    std::uint32_t of_asset = 0;  // what is played and read from here on

    explicit House(std::uint32_t width_given = 24, Duration column = 5s)
        : width(width_given), film(film_of(width, column)), timeline(film) {}

    template <class Do>
    auto turn(Do what) {
        Actions out;
        std::uint64_t requests = 0;
        Turn turn{now, out, requests};
        auto result = what(turn);
        wake = turn.wake;
        check();
        return result;
    }
    void check() const {
        CHECK(viewers.broken() == nullptr);
        CHECK(viewers.readers().size() == viewers.count_readers());
        for (const std::uint32_t asset : {0U, 1U}) {
            const RangeSet wanted = viewers.wanted(pic::asset(asset), count());
            for (const ChunkRef& chunk : viewers.awaited(pic::asset(asset))) {
                CHECK(wanted.contains(chunk.fragment.value));
                CHECK(viewers.is_read(pic::asset(asset)));
                CHECK(viewers.is_awaited(chunk.of(), RangeSet{{chunk.chunk.value, ~0U}}));
            }
            CHECK(viewers.is_played(pic::asset(asset)) ==
                  (viewers.played_from(pic::asset(asset)) != std::nullopt));
        }
    }
    std::uint32_t count() const { return static_cast<std::uint32_t>(film.fragments.size()); }
    ChunkRef chunk(std::uint32_t column) const {
        return {pic::asset(of_asset), {column / kCut}, {column % kCut}};
    }
    // Those that are too far away now, as letters; they stay until they are ended.
    std::string play(ViewerId viewer, std::uint32_t column) {
        const ChunkRef at = chunk(column);
        const auto moved = turn([&](Turn& turn) {
            return viewers.move(viewer, at.asset, at.fragment, chunk_offset(at.chunk),
                                {&film, &timeline}, turn);
        });
        return letters(moved.left);
    }
    void read(std::uint64_t id, ViewerId viewer, std::uint32_t column, Duration wait = 25s) {
        turn([&](Turn& turn) {
            viewers.asked_for(viewer, chunk(column), film);
            viewers.wait({id}, viewer, chunk(column), now + wait, turn);
            return 0;
        });
    }
    void read_here(ViewerId viewer, std::uint32_t column) {
        viewers.asked_for(viewer, chunk(column), film);
    }
    void need_manifest(std::uint64_t id, Duration wait = 25s) {
        turn([&](Turn& turn) {
            viewers.wait_for_manifest({id}, pic::asset(of_asset), now + wait, turn);
            return 0;
        });
    }
    static std::string letters(const std::vector<ReadId>& reads) {
        std::string out;
        for (const ReadId read : reads)
            out += static_cast<char>('a' + read.value - 1);
        return out;
    }
    std::string awaited() const {
        std::string out(width, '.');
        for (const ChunkRef& chunk : viewers.awaited(pic::asset(of_asset)))
            out[chunk.fragment.value * kCut + chunk.chunk.value] = 'o';
        return out;
    }
    std::string wanted() const {
        return pic::picture(viewers.wanted(pic::asset(of_asset), count()), count());
    }
    std::vector<Timeline::Stretch> all_needs(const std::string& here = "") const {
        RangeSet lacking = RangeSet::up_to(count());
        lacking.remove(pic::columns(here));
        return viewers.needs(pic::asset(of_asset), timeline, lacking, now);
    }
    std::string needs(const std::string& here = "") const {
        std::string out(width, '.');
        for (const auto& need : all_needs(here))
            for (std::uint32_t i = need.chunks.begin; i < need.chunks.end; ++i) {
                char& cell = out[need.fragment.value * kCut + i];
                const char zone = "unf"[static_cast<int>(need.zone)];
                if (cell != 'u') cell = zone;
            }
        return out;
    }
    // Of the chunk that is waited for first: in so many seconds from the start of the test.
    std::int64_t needed() const {
        return std::chrono::duration_cast<std::chrono::seconds>(all_needs().at(0).deadline -
                                                                Time{1'000s})
            .count();
    }
};

}  // namespace

TEST_CASE("viewers: from a playhead on all is wanted, and what a reader waits for") {
    House house;
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
    House house;
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
    House house;
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
    House house;
    house.now += 3s;
    house.read(1, kNoViewer, 9);
    house.now += 4s;
    house.read(2, kNoViewer, 9);
    CHECK(house.needed() == 3);
    house.viewers.end({1});
    CHECK(house.needed() == 7);
}

TEST_CASE("viewers: a viewer needs what it reads ahead when what comes before was played") {
    House house;
    house.play(kViewerAnna, 0);
    house.read(1, kViewerAnna, 3);
    CHECK(house.needed() == 15);
    // The same chunk for one who watches elsewhere: at once.
    house.now += 1s;
    house.read(2, kViewerBert, 3);
    CHECK(house.needed() == 1);
}

TEST_CASE("viewers: who reads on plays what came before first; who jumps needs it now") {
    House house;
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

TEST_CASE("viewers: a reader ends with its viewer's interest, and only its own viewer's") {
    House house;
    house.play(kViewerAnna, 0);
    house.read(1, kViewerAnna, 1);
    house.read(2, kViewerBert, 1);
    house.read(3, kNoViewer, 2);
    house.need_manifest(4);
    CHECK(house.awaited() == ".oo.....................");
    CHECK(house.play(kViewerAnna, 20) == "");  // near enough
    house.of_asset = 1;
    CHECK(house.play(kViewerAnna, 0) == "a");
    CHECK(House::letters(house.viewers.readers_of(kViewerAnna)) == "a");
    CHECK(House::letters(house.viewers.readers_of(kViewerBert)) == "b");
    CHECK(House::letters(house.viewers.readers_of(kNoViewer)) == "");
    house.of_asset = 0;
    CHECK(house.viewers.end({1}) == pic::asset());
    CHECK(house.awaited() == ".oo.....................");
    CHECK(house.viewers.end({2}) == pic::asset());
    CHECK(house.awaited() == "..o.....................");
    house.check();
}

TEST_CASE("viewers: a move tells what its viewer played before") {
    House house;
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

TEST_CASE("viewers: reads within 16 MiB of the playhead go on, before and after it") {
    constexpr std::uint32_t kNear = Viewers::kNearBytes / limits::kChunkBytes;
    House house(4 * kNear, 1s);
    house.read(1, kViewerAnna, 0);
    house.read(2, kViewerAnna, 1);
    house.read(3, kViewerAnna, 2 * kNear + 1);
    house.read(4, kViewerAnna, 2 * kNear + 2);
    CHECK(house.play(kViewerAnna, kNear + 1) == "ad");
    CHECK(house.play(kViewerAnna, kNear) == "cd");
    CHECK(house.play(kViewerAnna, kNear + 2) == "ab");
}

TEST_CASE("viewers: what came ends all who waited for it, and nobody else") {
    House house;
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
    CHECK(House::letters(house.viewers.manifest_came(pic::asset())) == "d");
    house.check();
    CHECK(House::letters(house.viewers.readers()) == "ce");
    CHECK(House::letters(house.viewers.readers_of_manifest(pic::asset(1))) == "e");
}

TEST_CASE("viewers: a neighbour's late chunks matter where somebody waits for one of them") {
    House house;
    house.read(1, kNoViewer, 6);
    CHECK(house.viewers.is_awaited(pic::fragment(1), pic::columns("..#.")));
    CHECK_FALSE(house.viewers.is_awaited(pic::fragment(1), pic::columns("##.#")));
    CHECK_FALSE(house.viewers.is_awaited(pic::fragment(2), pic::columns("..#.")));
    CHECK_FALSE(house.viewers.is_awaited(pic::fragment(1, 1), pic::columns("..#.")));
}

TEST_CASE("viewers: a reader is late at its deadline, and somebody comes to see that") {
    House house;
    house.read(1, kNoViewer, 0, 10s);
    CHECK(house.wake == house.now + 10s);
    house.need_manifest(2, 5s);
    const auto late = [&] {
        return house.turn([&](Turn& turn) {
            std::vector<ReadId> out;
            for (const auto& one : house.viewers.late(turn))
                out.push_back(one.read);
            return House::letters(out);
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
    House house;
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
    House house;
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
    House house;
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

TEST_CASE("viewers: who opens the page is counted, and plays nothing yet") {
    House house;
    house.viewers.entered();
    house.viewers.entered();
    CHECK(house.viewers.count_entered() == 2);
    CHECK(house.viewers.count_playheads() == 0);
}

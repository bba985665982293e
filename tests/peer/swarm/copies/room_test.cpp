// The limit of the store: a row for us, a column for each fragment.
#include "peer/swarm/copies/room.hpp"

#include "messages/wire/limits.hpp"
#include "tests/peer/swarm/copies/cupboard.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

TEST_CASE("room: whole and withdrawn fragments count, unfinished ones whole while more comes") {
    struct Row {
        const char* ours;
        bool comes;
        std::uint64_t bytes;
    };
    constexpr std::uint64_t kTwo = limits::kChunkBytes + kEach;
    for (const Row& row :
         {Row{"......", true, 0}, Row{"##....", false, 2 * kEach}, Row{"#w....", false, 2 * kEach},
          Row{"..o...", true, kTwo}, Row{"..o...", false, limits::kChunkBytes},
          Row{"..p...", true, limits::kMinFragmentOnDisk},
          Row{"..p...", false, limits::kMinFragmentOnDisk},
          Row{"#wop..", true, 2 * kEach + kTwo + limits::kMinFragmentOnDisk}}) {
        CAPTURE(row.ours);
        CAPTURE(row.comes);
        Cupboard cupboard(100 * kEach);
        cupboard.count("##....", false, 1);
        cupboard.count(row.ours, row.comes);
        CHECK(cupboard.room.stock(pic::asset()) == row.bytes);
        CHECK(cupboard.room.stock() == row.bytes + 2 * kEach);
        cupboard.count("......", false);
        CHECK(cupboard.room.stock() == 2 * kEach);
        cupboard.room.forget(pic::asset(1));
        CHECK(cupboard.room.stock() == 0);
    }
}

TEST_CASE("room: a proof counts when it came, for what it is, and no more once chunks do") {
    Assembly one(limits::kMaxFragmentBytes, limits::kMaxChunksPerFragment);
    CHECK(Room::here(one) == 0);
    one.proof_asked(Time{});
    CHECK(Room::here(one) == 0);
    one.proof_came();
    CHECK(Room::here(one) == limits::kMaxChunksPerFragment * Digest::kBytes);
    one.proof_here({});
    CHECK(Room::here(one) == limits::kMaxChunksPerFragment * Digest::kBytes);
    one.storing({7});
    CHECK(Room::here(one) == limits::kChunkBytes);
}

TEST_CASE("room: each count replaces the one before, whatever came and went") {
    Cupboard cupboard(100 * kEach);
    for (std::uint32_t i = 0; i < kCupboardWidth; ++i)
        cupboard.manifest.fragments[i].size = kEach << i;  // each sum is of one set only
    for (const char* row :
         {"###...", "#.....", "#w..#.", "..wwww", "oo####", "......", ".#.#.#", "#.#.#."}) {
        CAPTURE(row);
        cupboard.count(row, true);
        cupboard.count(row, false);
    }
    // Without its manifest it takes nothing, and with it again what it takes.
    const RangeSet whole = pic::columns("##....");
    cupboard.room.count(pic::asset(), {nullptr, whole, {}, {}, false});
    CHECK(cupboard.room.stock() == 0);
    cupboard.count("##....", false);
}

TEST_CASE("room: what was kept for more that does not come any more lacks no more") {
    constexpr std::uint64_t kWhole = limits::kChunkBytes + kEach;
    Cupboard cupboard(2 * kWhole);
    cupboard.count("oo....", true);
    CHECK_FALSE(cupboard.room.fits(kEach, 0));
    cupboard.count("#o....", true, 1);  // another asset: that is no less
    cupboard.count("#.....", true, 1);
    CHECK(cupboard.room.lacks());
    cupboard.count("o.....", true);  // one of the two is gone, the other comes on
    CHECK(cupboard.room.lacks());
    cupboard.count("o.....", false);
    CHECK_FALSE(cupboard.room.lacks());
    CHECK_FALSE(cupboard.room.fits(kWhole, kWhole));
    cupboard.count("o.....", false);  // once
    CHECK(cupboard.room.take_needed() == limits::kChunkBytes + kEach);
}

TEST_CASE("room: what does not fit says how much lacks, unless it never could") {
    Cupboard cupboard(5 * kEach);
    cupboard.count("###...", false);
    CHECK(cupboard.room.fits(kEach, kEach));
    CHECK_FALSE(cupboard.room.lacks());
    CHECK_FALSE(cupboard.room.fits(5 * kEach + 1, 0));  // it never could
    CHECK_FALSE(cupboard.room.lacks());
    CHECK_FALSE(cupboard.room.fits(2 * kEach, 2 * kEach));
    CHECK_FALSE(cupboard.room.fits(kEach, 2 * kEach));  // less lacks
    CHECK(cupboard.room.lacks());
    CHECK(cupboard.room.take_needed() == 2 * kEach);
    CHECK_FALSE(cupboard.room.lacks());

    Cupboard endless(0);
    CHECK(endless.room.fits(~0ULL >> 1, 0));
    CHECK(endless.room.could_hold(~0ULL >> 1, 0));
    CHECK_FALSE(endless.room.full());
}

TEST_CASE("room: it is full at its limit, and could hold what may be evicted besides") {
    Cupboard cupboard(4 * kEach);
    cupboard.count("###...", false);
    CHECK_FALSE(cupboard.room.full());
    CHECK(cupboard.room.could_hold(kEach, 0));
    CHECK_FALSE(cupboard.room.could_hold(kEach + 1, 0));
    CHECK(cupboard.room.could_hold(2 * kEach, kEach));
    cupboard.count("####..", false);
    CHECK(cupboard.room.full());
}

TEST_CASE("room: kept is what was put or fetched on purpose, loose what came by the way") {
    struct Row {
        bool on_purpose;
        const char* before;  // of the fragment: '.' never here, 'l' loose, 'p' put
        const char* after;
        const char* marks;
    };
    for (const Row& row :
         {Row{true, ".", ".", ""}, Row{true, "l", ".", ""}, Row{true, "p", ".", ""},
          Row{false, ".", "l", "-2"}, Row{false, "l", "l", "-2"}, Row{false, "p", ".", ""}}) {
        CAPTURE(row.on_purpose);
        CAPTURE(row.before);
        Cupboard cupboard(5 * kEach);
        if (row.before[0] == 'l') cupboard.loose("..l...");
        if (row.before[0] == 'p')
            cupboard.with([&](Turn& turn) {
                cupboard.room.put(pic::asset(), RangeSet{{2, 3}}, turn);
            });
        cupboard.came(2, row.on_purpose);
        CHECK(cupboard.loose().substr(2, 1) == row.after);
        CHECK(cupboard.marks() == row.marks);
    }
}

TEST_CASE("room: who fetches or puts what is here keeps it, and the store is told once") {
    Cupboard cupboard(5 * kEach);
    cupboard.loose("lll#l.");
    const auto keep = [&](const char* row) {
        cupboard.with(
            [&](Turn& turn) { cupboard.room.keep(pic::asset(), pic::columns(row), turn); });
    };
    keep(".#.#..");
    CHECK(cupboard.loose() == "l.l.l.");
    CHECK(cupboard.marks() == "+1");
    keep(".#.#..");
    CHECK(cupboard.marks().empty());
    cupboard.with(
        [&](Turn& turn) { cupboard.room.put(pic::asset(), pic::columns("#....#"), turn); });
    CHECK(cupboard.loose() == "..l.l.");
    CHECK(cupboard.marks() == "+0");
    CHECK(cupboard.room.is_put(pic::asset()));
    cupboard.room.put_no_more(pic::asset());
    CHECK_FALSE(cupboard.room.is_put(pic::asset()));
    cupboard.came(5, false);
    CHECK(cupboard.loose() == "..l.ll");
}

TEST_CASE("room: what is taken, dropped, removed or forgotten is loose no more") {
    Cupboard cupboard(5 * kEach);
    const auto again = [&] {
        cupboard.loose("llllll");
        cupboard.with([&](Turn& turn) { cupboard.room.put(pic::asset(), RangeSet{{8, 9}}, turn); });
    };
    again();
    cupboard.room.taken(pic::asset(), RangeSet{{0, 2}, {8, 9}});
    CHECK(cupboard.loose() == "..llll");
    CHECK_FALSE(cupboard.room.is_put(pic::asset()));
    again();
    cupboard.room.dropped(pic::asset(), RangeSet{{1, 3}});
    CHECK(cupboard.loose() == "l..lll");
    CHECK(cupboard.room.is_put(pic::asset()));
    again();
    cupboard.room.removed(pic::asset());
    CHECK(cupboard.loose() == "......");
    CHECK(cupboard.room.is_put(pic::asset()));
    again();
    cupboard.count("######", false);
    cupboard.room.forget(pic::asset());
    CHECK(cupboard.loose() == "......");
    CHECK_FALSE(cupboard.room.is_put(pic::asset()));
    CHECK(cupboard.room.stock() == 0);
    for (const AssetId& nothing : {pic::asset(2), pic::asset(3)}) {
        cupboard.room.taken(nothing, RangeSet{{0, 2}});
        cupboard.room.dropped(nothing, RangeSet{{0, 2}});
        cupboard.room.removed(nothing);
        cupboard.room.forget(nothing);
        CHECK(cupboard.room.loose(nothing).empty());
    }
}

TEST_CASE("room: a full disk is said once, and tried again where nobody says that it is not") {
    Cupboard cupboard(0);
    const auto says = [&](bool room) {
        bool changed = false;
        cupboard.with([&](Turn& turn) { changed = cupboard.room.disk_says(room, turn); });
        return changed;
    };
    const auto tick = [&] {
        bool changed = false;
        cupboard.with([&](Turn& turn) { changed = cupboard.room.tick_disk(turn); });
        return changed;
    };
    CHECK_FALSE(says(true));
    CHECK_FALSE(tick());
    CHECK(says(false));
    CHECK_FALSE(cupboard.room.on_disk());
    cupboard.now += 1s;
    CHECK_FALSE(says(false));
    CHECK(cupboard.told("store.full") == 1);
    CHECK_FALSE(tick());
    CHECK(cupboard.wake == cupboard.now + limits::kMaxDialWait);
    cupboard.now += limits::kMaxDialWait;
    CHECK(tick());
    CHECK(cupboard.room.on_disk());
    CHECK(cupboard.told("store.room") == 1);
    CHECK_FALSE(tick());
    CHECK(says(false));
    CHECK(says(true));
}

TEST_CASE("room: a fragment counts for kMinFragmentOnDisk at least, whole, begun or on its way") {
    Cupboard cupboard(10 * limits::kMinFragmentOnDisk);
    for (FragmentInfo& one : cupboard.manifest.fragments)
        one.size = 1;
    cupboard.count("###w..", false);
    CHECK(cupboard.room.stock() == 4 * limits::kMinFragmentOnDisk);
    cupboard.manifest.fragments.back().size = limits::kMinFragmentOnDisk + 1;
    cupboard.count(".....#", false, 1);
    CHECK(cupboard.room.stock() == 5 * limits::kMinFragmentOnDisk + 1);
    CHECK(Room::on_disk(1) == limits::kMinFragmentOnDisk);
}

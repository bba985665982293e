// What goes where the store is full: a row for us, a row for each witness, a column for each
// fragment.
#include "messages/wire/limits.hpp"
#include "peer/swarm/copies/room.hpp"
#include "tests/peer/swarm/copies/cupboard.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

namespace {

// The first row is ours: 'l' loose, '#' kept, '>' somebody plays from there on. Then the witnesses.
struct StoreScene {
    std::string ours;
    std::vector<std::string> theirs;
    std::uint32_t replicas = 2;
    std::string responsible = "......";  // '#': we are
    std::uint32_t asset = 0;
};

// In order: "0:2 0:4".
std::string evictable_of(Cupboard& cupboard, const std::vector<StoreScene>& scenes,
                         bool copied = true) {
    std::vector<RangeSet> sets;
    sets.reserve(64);
    std::vector<Room::Held> held;
    for (const StoreScene& scene : scenes) {
        const pic::Line ours = pic::line(scene.ours);
        cupboard.loose(ours.cells, scene.asset);
        Room::Held one;
        one.asset = pic::asset(scene.asset);
        one.here = &sets.emplace_back(ours.columns("#l"));
        for (const std::uint32_t playhead : ours.playheads)
            one.played = std::min(one.played, playhead);
        one.replicas = scene.replicas;
        for (const std::string& row : scene.theirs)
            one.witnesses.push_back(&sets.emplace_back(pic::columns(row)));
        const RangeSet* responsible = &sets.emplace_back(pic::columns(scene.responsible));
        one.responsible = [responsible](std::uint32_t i) { return responsible->contains(i); };
        held.push_back(one);
    }
    std::string text;
    for (const FragmentRef& fragment : cupboard.room.evictable(held, copied)) {
        CHECK(cupboard.room.loose(fragment.asset).contains(fragment.index.value));
        text += (text.empty() ? "" : " ") + std::to_string(fragment.asset.bytes[3]) + ":" +
                std::to_string(fragment.index.value);
    }
    return text;
}

}  // namespace

TEST_CASE("room: only what is loose goes, of which R witnesses have a copy") {
    Cupboard cupboard(5 * kEach);
    CHECK(evictable_of(cupboard, {{"l#l#ll", {"######", "##....", "..##.."}}}) == "0:0 0:2");
    CHECK(evictable_of(cupboard, {{"l#l#ll", {"######", "##....", "..##.."}}}, false) == "0:4 0:5");
    CHECK(
        evictable_of(cupboard, {{.ours = "llll..", .theirs = {"####..", "####.."}, .replicas = 3}})
            .empty());
    CHECK(evictable_of(cupboard, {{.ours = "llll..", .theirs = {}}}).empty());
}

TEST_CASE("room: nothing goes that is played on to, or that we are responsible for") {
    Cupboard cupboard(5 * kEach);
    const std::vector<std::string> all{"######", "######"};
    CHECK(evictable_of(cupboard, {{"ll>llll", all}}) == "0:0 0:1");
    CHECK(evictable_of(cupboard, {{"l>lll>l.", all}}) == "0:0");
    CHECK(evictable_of(cupboard, {{"llllll", all, 2, "#.#..."}}) == "0:1 0:3 0:4 0:5");
    CHECK(evictable_of(cupboard, {{"llllll", {}, 2, "#.#..."}}, false) == "0:1 0:3 0:4 0:5");
}

TEST_CASE("room: the longest unused goes first; unused since the start is longest") {
    Cupboard cupboard(5 * kEach);
    const std::vector<std::string> all{"######", "######"};
    const auto used = [&](std::uint32_t fragment, Duration at, std::uint32_t asset = 0) {
        cupboard.room.used(pic::fragment(fragment, asset), cupboard.now + at);
    };
    used(0, 9s);
    used(1, 3s);
    used(3, 1s);
    used(0, 2s, 1);
    const std::vector<StoreScene> two{{.ours = "llll..", .theirs = all},
                                      {.ours = "ll....", .theirs = all, .asset = 1}};
    CHECK(evictable_of(cupboard, two) == "0:2 1:1 0:3 1:0 0:1 0:0");
    used(2, 10s);
    CHECK(evictable_of(cupboard, two) == "1:1 0:3 1:0 0:1 0:0 0:2");
    cupboard.room.dropped(pic::asset(), RangeSet{{2, 3}});
    CHECK(evictable_of(cupboard, two) == "0:2 1:1 0:3 1:0 0:1 0:0");
}

TEST_CASE("room: of one asset at a time, and no more than lacks") {
    Cupboard cupboard(5 * kEach);
    const std::vector<FragmentRef> order{pic::fragment(3, 1), pic::fragment(0), pic::fragment(1, 1),
                                         pic::fragment(5, 1)};
    const auto victims = [&](const std::vector<FragmentRef>& of, std::uint64_t lacking) {
        std::string text;
        cupboard.with([&](Turn& turn) {
            const auto out = cupboard.room.victims(
                of, lacking, [](const FragmentRef&) { return kEach; }, turn);
            if (out) text = std::to_string(out->asset.bytes[3]) + ":" + out->fragments.text();
        });
        return text;
    };
    CHECK(victims(order, 1) == "1:3");
    CHECK(victims(order, kEach + 1) == "1:1,3");
    CHECK(victims(order, 10 * kEach) == "1:1,3,5");
    CHECK(cupboard.told("store.limit") == 0);
    CHECK(victims({}, 1).empty());
    CHECK(victims({}, 1).empty());
    CHECK(cupboard.told("store.limit") == 1);  // and not again before something went
    CHECK(victims(order, 1) == "1:3");
    CHECK(victims({}, 1).empty());
    CHECK(cupboard.told("store.limit") == 2);
}

TEST_CASE("room: it looks once a second, where something lacks, and never while we stop") {
    Cupboard cupboard(5 * kEach);
    const auto look = [&](bool staying = true) {
        bool due = false;
        cupboard.with([&](Turn& turn) { due = cupboard.room.look(staying, turn); });
        return due;
    };
    CHECK_FALSE(look());
    CHECK(cupboard.wake == kNever);
    CHECK_FALSE(cupboard.room.fits(5 * kEach, kEach));
    CHECK_FALSE(look(false));
    const Time first = cupboard.now;
    CHECK(look());
    CHECK_FALSE(look());
    CHECK(cupboard.wake == first + Room::kLookEvery);
    cupboard.now += Room::kLookEvery;
    CHECK(look());
    CHECK(cupboard.room.lacks());
    cupboard.with([&](Turn& turn) { cupboard.room.wake(turn); });
    CHECK(cupboard.wake == cupboard.now + Room::kLookEvery);
    cupboard.room.take_needed();
    cupboard.with([&](Turn& turn) { cupboard.room.wake(turn); });
    CHECK(cupboard.wake == kNever);
    // What was put is more than the limit.
    cupboard.count("######", false);
    cupboard.now += Room::kLookEvery;
    CHECK(look());
    CHECK(cupboard.room.take_needed() == kEach);
}

TEST_CASE("room: after an eviction that dropped all it looks at once, else a second later") {
    for (const bool all : {true, false}) {
        Cupboard cupboard(kEach);
        CHECK_FALSE(cupboard.room.fits(kEach, kEach));
        cupboard.now += 10s;
        cupboard.room.evicted(all, cupboard.now);
        CHECK_FALSE(cupboard.room.lacks());  // it may fit by now
        CHECK_FALSE(cupboard.room.fits(kEach, kEach));
        cupboard.with([&](Turn& turn) { CHECK(cupboard.room.look(true, turn) == all); });
    }
}

TEST_CASE(
    "room: what others should have is passed on every half minute, and looked at in between") {
    Cupboard cupboard(kEach);
    CHECK_FALSE(cupboard.room.fits(kEach, kEach));
    CHECK(cupboard.room.pass_on(cupboard.now));
    cupboard.now += Room::kPassOnEvery - 1us;
    CHECK_FALSE(cupboard.room.pass_on(cupboard.now));
    cupboard.with([&](Turn& turn) { cupboard.room.wake(turn); });
    CHECK(cupboard.wake == cupboard.now + 2 * Room::kLookEvery);
    cupboard.now += 1us;
    CHECK(cupboard.room.pass_on(cupboard.now));
}

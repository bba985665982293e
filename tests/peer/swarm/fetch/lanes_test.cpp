// Whom chunks can be asked of: a row for each neighbour, a column for each chunk of one fragment.
#include "peer/swarm/fetch/lanes.hpp"

#include "messages/wire/limits.hpp"
#include "tests/support/pictures.hpp"
#include "tests/support/turn_desk.hpp"

#include <deque>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

namespace {

constexpr std::uint32_t kLaneColumns = 6;
const Time kNow{100s};
constexpr std::uint64_t kChunk = limits::kChunkBytes;

// Neighbours that claim rows of one fragment.
struct LaneScene : test::TurnDesk {
    std::deque<Neighbour> all;
    Availability::Claims who;

    Neighbour& add(char letter, const char* row) {
        Neighbour& n = all.emplace_back(pic::link(letter), false, "", kNow);
        PeerRecord record;
        record.id = pic::peer(letter);
        record.epoch = {1};
        n.on_hello(record, false, kNow);
        who[record.id].partial[pic::fragment().index] = pic::columns(row);
        return n;
    }
    Lanes lanes(Time now = kNow) {
        Lanes made;
        turn(now, [&](Turn& turn) {
            for (const Neighbour& n : all)
                made.add(n, turn);
        });
        return made;
    }
    // "a:##.... b:...###", of what can be asked; in brackets who has no room for it.
    std::string can(const char* free, bool urgent = false, Time now = kNow) {
        const Lanes made = lanes(now);
        const auto found = turn(now, [&](Turn& turn) {
            return made.of(pic::fragment(), who, pic::columns(free), urgent, turn);
        });
        std::string text;
        for (const Lane& lane : found) {
            const std::string row = std::string(1, pic::letter(lane.link())) + ":" +
                                    pic::picture(lane.can, kLaneColumns);
            text += (text.empty() ? "" : " ") + (lane.room > 0 ? row : "(" + row + ")");
            RangeSet beyond = lane.can;
            beyond.remove(pic::columns(free));
            CHECK(beyond.empty());
        }
        return text;
    }
};

// It gave so much per second until now: so it is asked for more at once.
void make_giver(Neighbour& n, std::uint64_t bytes_per_second) {
    for (Time now = kNow - 10s; now < kNow; now += 100ms) {
        n.asked(bytes_per_second / 10, now);
        n.answered(bytes_per_second / 10, now + 100ms);
    }
}

}  // namespace

TEST_CASE("lanes: each for what it claims of what is free") {
    LaneScene scene;
    scene.add('a', "##....");
    scene.add('b', ".####.");
    scene.add('c', ".....#");
    CHECK(scene.can("######") == "a:##.... b:.####. c:.....#");
    CHECK(scene.can("#...#.") == "a:#..... b:....#.");
    CHECK(scene.can("......").empty());
    scene.who.clear();
    CHECK(scene.can("######").empty());
}

TEST_CASE("lanes: who gave something wrong of the fragment is not asked for it again") {
    LaneScene scene;
    scene.add('a', "######").gave_wrong(pic::fragment());
    scene.add('b', "###...").gave_wrong(pic::fragment(1));
    CHECK(scene.can("######") == "b:###...");
}

TEST_CASE("lanes: what busy left to others is not asked there until the pause ends") {
    LaneScene scene;
    scene.add('a', "######").defer(pic::fragment(), pic::columns("###..."), 100ms, false, kNow);
    CHECK(scene.can("######") == "a:...###");
    CHECK(scene.wake == kNow + 100ms);
    CHECK(scene.can("###...").empty());
    CHECK(scene.wake == kNow + 100ms);
    CHECK(scene.can("######", false, kNow + 100ms) == "a:######");
}

TEST_CASE("lanes: who is passed over is asked for what nobody else has") {
    LaneScene scene;
    Neighbour& late = scene.add('a', "####..");
    late.pass_over(kNow);
    scene.add('b', ".##...");
    CHECK(scene.can("######") == "a:#..#.. b:.##...");
    CHECK(scene.wake == late.passed_until());
    CHECK(scene.can("######", false, late.passed_until()) == "a:####.. b:.##...");
    // Of two who are passed over neither keeps the other from anything.
    for (Neighbour& n : scene.all)
        n.pass_over(kNow);
    CHECK(scene.can("######") == "a:####.. b:.##...");
}

TEST_CASE("lanes: who pauses has no room, and is there again when it ends") {
    LaneScene scene;
    scene.add('a', "######").pause_until(kNow + 50ms);
    const Lanes paused = scene.lanes();
    CHECK(scene.wake == kNow + 50ms);
    CHECK_FALSE(paused.empty());
    CHECK_FALSE(paused.any_room(true));
    CHECK(scene.can("######") == "(a:######)");
    CHECK(scene.can("######", false, kNow + 50ms) == "a:######");
}

TEST_CASE("lanes: little room is for what is urgent, a full window for nothing") {
    LaneScene scene;
    Neighbour& n = scene.add('a', "######");
    make_giver(n, 40'000'000);
    const std::uint64_t whole = n.window() / kChunk;
    REQUIRE(whole > 2 * Lanes::kCalmRoom);
    n.asked((whole - Lanes::kCalmRoom) * kChunk, kNow);
    CHECK(scene.lanes().any_room(false));
    n.asked(kChunk, kNow);
    CHECK_FALSE(scene.lanes().any_room(false));
    CHECK(scene.lanes().any_room(true));
    CHECK(scene.can("######") == "(a:######)");
    CHECK(scene.can("######", true) == "a:######");
    n.asked((Lanes::kCalmRoom - 1) * kChunk, kNow);
    CHECK_FALSE(scene.lanes().any_room(true));
}

TEST_CASE("lanes: what is dealt takes from the room, and adds to the time") {
    LaneScene scene;
    make_giver(scene.add('a', "######"), 40'000'000);
    Lanes lanes = scene.lanes();
    Turn turn{kNow, scene.out, scene.requests};
    const auto lane = [&] {
        return lanes.of(pic::fragment(), scene.who, pic::columns("######"), true, turn).at(0);
    };
    const Lane before = lane();
    REQUIRE(before.room > 3);
    lanes.dealt({pic::link('b'), {0, 3}});  // not there
    CHECK(lane().room == before.room);
    lanes.dealt({pic::link('a'), {0, 3}});
    CHECK(lane().room == before.room - 3);
    CHECK(lane().queue_time == before.queue_time + 3 * before.chunk_time);
    lanes.dealt({pic::link('a'), {0, 10'000}});
    CHECK(lane().room == 0);
}

TEST_CASE("lanes: for a rescue, who gives has some room beyond its window, and nobody else") {
    LaneScene scene;
    Neighbour& giver = scene.add('a', "######");
    make_giver(giver, 1'000'000);
    giver.asked(giver.window(), kNow);
    Neighbour& mute = scene.add('b', "######");
    mute.asked(mute.window(), kNow);
    Lanes lanes = scene.lanes();
    CHECK_FALSE(lanes.any_room(true));
    lanes.widen(kNow);
    CHECK(lanes.any_room(true));
    Turn turn{kNow, scene.out, scene.requests};
    const auto all = lanes.of(pic::fragment(), scene.who, pic::columns("######"), true, turn);
    CHECK(all.at(0).room == Lanes::kRescueRoom);
    CHECK(all.at(1).room == 0);
    // Not while it pauses, and never more than may be on its way from one.
    giver.pause_until(kNow + 1s);
    lanes = scene.lanes();
    lanes.widen(kNow);
    CHECK_FALSE(lanes.any_room(true));
    lanes = scene.lanes(kNow + 1s);
    lanes.widen(kNow + 1s);
    CHECK(lanes.any_room(true));
    giver.asked(limits::kMaxInFlightBytes - giver.outstanding() - Lanes::kRescueRoom * kChunk + 1,
                kNow);
    lanes = scene.lanes(kNow + 1s);
    lanes.widen(kNow + 1s);
    CHECK_FALSE(lanes.any_room(true));
}

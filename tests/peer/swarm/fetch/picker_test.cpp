// What is asked of whom, as pictures: a row for us, a row for each neighbour, a column for each
// chunk of one fragment that plays for a second.
#include "peer/swarm/fetch/picker.hpp"

#include "peer/swarm/buses/availability.hpp"
#include "peer/swarm/fetch/timeline.hpp"
#include "tests/support/pictures.hpp"

#include <algorithm>
#include <deque>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

namespace {

struct PickScene {
    std::string ours;                 // '.' is wanted; no playhead: all of it, in `zone`
    std::vector<std::string> theirs;  // "###  queue 40ms, chunk 1ms, standing -2, room 8"
    Zone zone = Zone::far;
    std::uint32_t room = 64;  // of each neighbour, unless its row says otherwise
    std::uint64_t salt = 0;
};

std::vector<Work> works_of(const pic::Line& ours, const PickScene& scene) {
    Work all;
    all.fragment = pic::fragment();
    all.chunks = {0, ours.width()};
    all.zone = scene.zone;
    all.salt = scene.salt;
    if (ours.playheads.empty()) return {all};
    Manifest film;
    film.kind = AssetKind::video;
    film.fragments.resize(1);
    film.fragments[0].size = std::uint64_t{ours.width()} * limits::kChunkBytes;
    film.fragments[0].duration_us = ours.width() * 1'000'000ULL;
    std::vector<Work> out;
    for (const std::uint32_t playhead : ours.playheads)
        for (const auto& stretch : Timeline(film).stretches(
                 {0}, std::uint64_t{playhead} * limits::kChunkBytes, Time{}, Time{})) {
            Work work = all;
            work.chunks = stretch.chunks;
            work.zone = stretch.zone;
            work.deadline = stretch.deadline;
            out.push_back(work);
        }
    std::sort(out.begin(), out.end(), before);
    return out;
}

Neighbour of_standing(LinkId link, std::int64_t standing) {
    Neighbour n(link, false, "", Time{});
    if (standing < 0) n.blame(static_cast<std::int32_t>(-standing));
    while (n.standing() < standing)
        n.praise();
    return n;
}

// `all`: the neighbours that they are of, which outlive them.
std::vector<Lane> lanes_of(const PickScene& scene, std::deque<Neighbour>& all) {
    std::vector<Lane> lanes;
    for (const std::string& row : scene.theirs) {
        const pic::Line theirs = pic::line(row);
        Lane lane;
        lane.n = &all.emplace_back(of_standing(
            {lanes.size() + 1}, static_cast<std::int64_t>(theirs.number("standing", 0))));
        lane.can = theirs.columns();
        lane.room = static_cast<std::uint32_t>(theirs.number("room", scene.room));
        lane.queue_time = theirs.time("queue", 0ms);
        lane.chunk_time = theirs.time("chunk", 1ms);
        lanes.push_back(lane);
    }
    return lanes;
}

// What must hold of what one piece of work gave: `free` was free before, `lanes` are as before.
void check_picks(const Work& work, RangeSet free, std::vector<Lane> lanes,
                 const std::vector<Pick>& picks) {
    const std::map<Zone, std::uint32_t> longest{
        {Zone::urgent, 4}, {Zone::near, 8}, {Zone::far, 16}};
    for (const Pick& pick : picks) {
        Lane& lane = lanes.at(pick.link.value - 1);
        CAPTURE(pic::text(pick.chunks));
        CHECK_FALSE(pick.chunks.empty());
        CHECK(free.contains(pick.chunks));      // lacking, and asked of nobody else
        CHECK(lane.can.contains(pick.chunks));  // it claims them
        CHECK(pick.chunks.size() <= lane.room);
        CHECK(pick.chunks.size() <= longest.at(work.zone));
        free.remove(pick.chunks);
        lane.room -= pick.chunks.size();
    }
    for (const Lane& lane : lanes)  // nobody idle could have brought what is left
        CHECK((lane.room == 0 || lane.can.common(free).empty()));
}

std::vector<Pick> pick_from(const PickScene& scene) {
    const pic::Line ours = pic::line(scene.ours);
    RangeSet lacking = ours.columns(".");
    std::deque<Neighbour> all;
    std::vector<Lane> lanes = lanes_of(scene, all);
    std::vector<Pick> out;
    for (const Work& work : works_of(ours, scene)) {
        const RangeSet free = lacking.common(RangeSet{work.chunks});
        const std::vector<Lane> before_it = lanes;
        const std::vector<Pick> picks = deal(work, free, lanes);
        check_picks(work, free, before_it, picks);
        for (const Pick& pick : picks)
            lacking.remove(pick.chunks);
        out.insert(out.end(), picks.begin(), picks.end());
    }
    return out;
}

// In order: "b:2 a:3-6".
std::string in_order(const std::vector<Pick>& picks) {
    std::string out;
    for (const Pick& pick : picks)
        out += (out.empty() ? "" : " ") + std::string(1, pic::letter(pick.link)) + ":" +
               pic::text(pick.chunks);
    return out;
}

// Who was asked for each column.
std::string dealt(const PickScene& scene) {
    std::string out(pic::line(scene.ours).width(), '.');
    for (const Pick& pick : pick_from(scene))
        for (std::uint32_t i = pick.chunks.begin; i < pick.chunks.end; ++i)
            out[i] = pic::letter(pick.link);
    return out;
}

// A digit for each part of the order: zone, deadline, holders, begun (0) or not, salt, chunk.
Work drawn_work(const std::string& digits) {
    const auto digit = [&](std::size_t at) { return static_cast<std::uint32_t>(digits[at] - '0'); };
    Work work;
    work.zone = static_cast<Zone>(digit(0));
    work.deadline = Time{std::chrono::seconds(digit(1))};
    work.holders = digit(2);
    work.begun = digit(3) == 0;
    work.salt = digit(4);
    work.fragment = pic::fragment(digit(5));
    work.chunks = {digit(6), 9};
    return work;
}

}  // namespace

TEST_CASE("picker: the most urgent chunk goes to who will have it here soonest") {
    CHECK(in_order(pick_from({.ours = "##>....",
                              .theirs = {"######  queue 40ms", "###...  queue 2ms"},
                              .room = 1})) == "b:2 a:3");
}

TEST_CASE("picker: urgent before near before far, and the earliest deadline first") {
    CHECK(in_order(pick_from({.ours = "..>" + pic::repeat('.', 70),
                              .theirs = {pic::repeat('#', 72)},
                              .room = 100})) ==
          "a:2-5 a:6-9 a:10-11 a:12-19 a:20-27 a:28-35 a:36-43 a:44-51 a:52-59 a:60-61 a:62-71");
}

TEST_CASE("picker: two viewers' needs interleave by the time when each needs it") {
    const std::string a(90, '#');
    CHECK(in_order(pick_from({.ours = ">" + pic::repeat('.', 70) + ">" + pic::repeat('.', 20),
                              .theirs = {a},
                              .room = 24})) == "a:0-3 a:70-73 a:4-7 a:74-77 a:8-9 a:78-79 a:10-13");
}

TEST_CASE("picker: what is held or asked for already is asked of nobody") {
    CHECK(dealt({.ours = ">#.oo.#.", .theirs = {"#######"}}) == ".a..a.a");
    CHECK(dealt({.ours = "####", .theirs = {"####"}}) == "....");
}

TEST_CASE("picker: nobody is asked who has no room or not the chunk") {
    CHECK(dealt({.ours = "......", .theirs = {"######  room 0", "..##..", "......"}}) == "..bb..");
    CHECK(dealt({.ours = "......", .theirs = {}}) == "......");
}

TEST_CASE("picker: the longer queue comes later, and grows with what is asked now") {
    const std::vector<std::string> theirs{"########  chunk 10ms",
                                          "########  chunk 10ms, queue 15ms"};
    CHECK(in_order(pick_from({.ours = ">........", .theirs = theirs})) == "a:0-3 b:4-7");
    CHECK(dealt({.ours = "............",
                 .theirs = {"############  chunk 1ms", "############  chunk 7ms"},
                 .zone = Zone::urgent}) == "aaaaaaaabbbb");
}

TEST_CASE("picker: a point of bad standing counts as 20 ms, good standing only where all is even") {
    struct Row {
        const char* a;
        const char* b;
        const char* asked;
    };
    for (const Row& row :
         {Row{"#  standing -1", "#  queue 19ms", "b"}, Row{"#  standing -1", "#  queue 21ms", "a"},
          Row{"#  standing -5", "#  queue 99ms", "b"}, Row{"#  standing -5", "#  queue 101ms", "a"},
          Row{"#", "#  standing 1", "b"}, Row{"#", "#", "a"},
          Row{"#  queue 1ms, standing 100", "#", "b"},
          Row{"#  standing -1, queue 0ms", "#  queue 20ms", "b"}}) {
        CAPTURE(row.a);
        CAPTURE(row.b);
        CHECK(dealt({.ours = ".", .theirs = {row.a, row.b}}) == row.asked);
    }
}

TEST_CASE("picker: short runs where it is urgent, so that several bring them side by side") {
    const std::string all(32, '#');
    const std::string ours(32, '.');
    const auto deal_in = [&](Zone zone) {
        return dealt({.ours = ours, .theirs = {all, all}, .zone = zone});
    };
    CHECK(deal_in(Zone::urgent) == "aaaabbbbaaaabbbbaaaabbbbaaaabbbb");
    CHECK(deal_in(Zone::near) == "aaaaaaaabbbbbbbbaaaaaaaabbbbbbbb");
    CHECK(deal_in(Zone::far) == "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb");
}

TEST_CASE("picker: far ahead a neighbour is first asked for what only it has") {
    const std::vector<std::string> theirs{"########", "####....  queue 1ms"};
    CHECK(in_order(pick_from({.ours = "........", .theirs = theirs, .room = 4})) == "a:4-7 b:0-3");
    CHECK(in_order(pick_from(
              {.ours = "........", .theirs = theirs, .zone = Zone::near, .room = 4})) == "a:0-3");
}

TEST_CASE("picker: far ahead it begins at a place of chance, elsewhere in front") {
    CHECK(in_order(pick_from({.ours = "........", .theirs = {"########"}, .salt = 8 * 7 + 5})) ==
          "a:5-7 a:0-4");
    CHECK(in_order(pick_from(
              {.ours = "........", .theirs = {"########"}, .zone = Zone::near, .salt = 5})) ==
          "a:0-7");
}

TEST_CASE("picker: a run is the first at or after its start, else the first of all") {
    struct Row {
        const char* can;
        std::uint32_t start;
        std::uint32_t most;
        const char* run;
    };
    for (const Row& row :
         {Row{"..####..", 0, 9, "2-5"}, Row{"..####..", 3, 9, "3-5"}, Row{"..####..", 6, 9, "2-5"},
          Row{"##..####", 2, 2, "4-5"}, Row{"##..####", 0, 9, "0-1"}}) {
        CAPTURE(row.can);
        CAPTURE(row.start);
        CHECK(pic::text(choose_what(pic::columns(row.can), row.start, row.most)) == row.run);
    }
    CHECK(choose_what({}, 0, 9).empty());
}

TEST_CASE("picker: the order of preference is zone, deadline, holders, begun, salt, then the id") {
    const char* parts[] = {"zone", "deadline", "holders", "begun", "salt", "fragment", "chunks"};
    for (std::size_t part = 0; part < 7; ++part) {
        // Alike up to this part; better in it, and worse in all that follow.
        const std::string first = std::string(part, '1') + "0" + std::string(6 - part, '1');
        const std::string second = std::string(part, '1') + "1" + std::string(6 - part, '0');
        CAPTURE(parts[part]);
        CHECK(before(drawn_work(first), drawn_work(second)));
        CHECK_FALSE(before(drawn_work(second), drawn_work(first)));
    }
    CHECK_FALSE(before(drawn_work("1111111"), drawn_work("1111111")));
}

TEST_CASE("picker: of what nobody waits for, the rarest comes first") {
    Availability who;
    const auto order = [&](const std::vector<std::string>& rows) {
        for (char peer = 'a'; const std::string& row : rows)
            who.set_whole(pic::peer(peer++), pic::asset(), pic::columns(row));
        std::vector<Work> works(rows.front().size());
        for (std::uint32_t i = 0; i < works.size(); ++i) {
            works[i].fragment = pic::fragment(i);
            works[i].holders = who.holders(works[i].fragment);
        }
        std::sort(works.begin(), works.end(), before);
        std::string out;
        for (const Work& work : works)
            out += std::to_string(work.fragment.index.value);
        return out;
    };
    CHECK(order({"#####", "###.#", "#.#.#", "#....", "....."}) == "31240");
}

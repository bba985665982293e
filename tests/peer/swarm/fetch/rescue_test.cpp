// What of a late request is asked elsewhere: a column for each chunk of one fragment.
#include "peer/swarm/fetch/rescue.hpp"

#include "messages/wire/limits.hpp"
#include "tests/support/pictures.hpp"

#include <map>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

namespace {

constexpr std::uint32_t kRescueColumns = 6;
const Time kLate{100s};

Asked request_of(char letter, std::uint64_t number, const char* row) {
    Asked out;
    out.request = {number};
    out.link = pic::link(letter);
    out.fragment = pic::fragment();
    out.open = pic::columns(row);
    return out;
}

Neighbour linked(char letter) {
    Neighbour n(pic::link(letter), false, "", Time{});
    PeerRecord record;
    record.id = pic::peer(letter);
    record.epoch = {1};
    n.on_hello(record, false, Time{});
    return n;
}
// So many bytes per second, measured until a second before `kLate`.
Neighbour at_rate(char letter, std::uint64_t bytes_per_second) {
    Neighbour n = linked(letter);
    for (Time now = kLate - 11s; now < kLate - 1s; now += 100ms) {
        n.asked(bytes_per_second / 10, now);
        n.answered(bytes_per_second / 10, now + 100ms);
    }
    return n;
}

}  // namespace

TEST_CASE("rescue: a second is asked for what is lacking, and what no second was asked for") {
    Inflight open;
    const Asked first = request_of('a', 1, "####..");
    open.add(first);
    const auto once = [&](const char* lacking) {
        return pic::picture(rescues::once_asked(first, pic::columns(lacking), open),
                            kRescueColumns);
    };
    CHECK(once("######") == "####..");
    CHECK(once(".#.###") == ".#.#..");
    open.add(request_of('b', 2, ".##..."));
    CHECK(once("######") == "#..#..");
    CHECK(once(".##...") == "......");
}

TEST_CASE(
    "rescue: the second is another, not asked for it yet, and gives where the first is mute") {
    Inflight open;
    const Asked first = request_of('a', 1, "####..");
    open.add(first);
    open.add(request_of('b', 2, "##...."));
    std::string givers = "abc";
    const auto second = [&](bool mute, const char* can) {
        std::map<char, Neighbour> all;
        std::vector<Lane> lanes;
        for (const char letter : std::string("abcd")) {
            Neighbour& n = all.emplace(letter, linked(letter)).first->second;
            if (givers.find(letter) != std::string::npos) n.answered(0, kLate);
            lanes.push_back({&n, pic::columns(can)});
        }
        rescues::keep_second(lanes, first, mute, open);
        std::string out;
        for (const Lane& lane : lanes)
            out += pic::letter(lane.link());
        return out;
    };
    CHECK(second(false, "####..") == "cd");
    CHECK(second(false, "..##..") == "bcd");  // b was asked for other chunks
    CHECK(second(true, "..##..") == "bc");
    givers = "";
    CHECK(second(true, "..##..").empty());
}

TEST_CASE("rescue: an idle one takes over what it would have here much sooner") {
    const Asked asked = request_of('a', 1, "####..");
    Neighbour slow = at_rate('a', 50'000);
    slow.asked(4 * limits::kChunkBytes, kLate - 5s);
    const Holding claim{{}, {{pic::fragment().index, pic::columns(".#####")}}};
    const auto moved = [&](const Neighbour& idle, const Holding& claimed) {
        return pic::picture(rescues::worth_moving(asked, slow, idle, claimed, kLate),
                            kRescueColumns);
    };
    const Neighbour fast = at_rate('b', 5'000'000);
    CHECK(moved(fast, claim) == ".###..");
    CHECK(moved(fast, Holding{RangeSet{{0, 1}}, {}}) == "####..");  // it has it whole
    CHECK(moved(at_rate('b', 60'000), claim) == "......");          // hardly sooner
    CHECK(moved(at_rate('a', 5'000'000), claim) == "......");       // who was asked itself
    CHECK(moved(fast, {}) == "......");

    Neighbour other = at_rate('b', 5'000'000);
    other.asked(1, kLate);
    CHECK(moved(other, claim) == "......");  // it is not idle
    other = at_rate('b', 5'000'000);
    other.pause_until(kLate + 1s);
    CHECK(moved(other, claim) == "......");
    other = at_rate('b', 5'000'000);
    other.gave_wrong(asked.fragment);
    CHECK(moved(other, claim) == "......");
    other = at_rate('b', 5'000'000);
    other.defer(asked.fragment, pic::columns(".#...."), 1s, false, kLate);
    CHECK(moved(other, claim) == "..##..");
}

TEST_CASE("rescue: what is arriving stays, and what was taken over once is not again") {
    Asked asked = request_of('a', 1, "####..");
    Neighbour slow = at_rate('a', 50'000);
    slow.asked(5 * limits::kChunkBytes, kLate - 5s);
    slow.answered(limits::kChunkBytes, kLate - rescues::kArriving + 1us);
    const Neighbour fast = at_rate('b', 5'000'000);
    const Holding whole{RangeSet{{0, 1}}, {}};
    const auto moved = [&](Time now) {
        return pic::picture(rescues::worth_moving(asked, slow, fast, whole, now), kRescueColumns);
    };
    CHECK(moved(kLate) == ".###..");
    CHECK(moved(kLate + 1us) == "####..");
    asked.again = true;
    CHECK(moved(kLate + 1us) == "......");
}

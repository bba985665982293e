// When holders are looked for again, and whom busy neighbours named.
#include "peer/swarm/fetch/search.hpp"

#include "messages/wire/limits.hpp"
#include "tests/support/pictures.hpp"
#include "tests/support/turn_desk.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

namespace {

const AssetId kSought = pic::asset(1);

struct SearchDesk : test::TurnDesk {
    Search search;

    bool due(Time now) {
        CHECK(search.broken() == nullptr);
        return turn(now, [&](Turn& turn) { return search.due(kSought, turn); });
    }
    // "ask", "say" (and ask) or "-".
    std::string look(Time now, const Search::Around& around) {
        const auto step = turn(now, [&](Turn& turn) { return search.look(kSought, around, turn); });
        CHECK((step.ask || !step.say));
        CHECK(search.next(kSought) > now);
        CHECK(search.broken() == nullptr);
        return step.say ? "say" : step.ask ? "ask" : "-";
    }
};

constexpr Search::Around kLackingAtBus{true, true, false, false};
constexpr Search::Around kEnoughAtBus{false, true, false, false};

PeerRecord busy_named(char letter) {
    PeerRecord out;
    out.id = pic::peer(letter);
    out.exchange = std::string("tcp://") + letter;
    return out;
}

}  // namespace

TEST_CASE("search: waits twice as long each time, between its limits") {
    SearchDesk desk;
    desk.search.begin(kSought, Time{10s});
    CHECK(desk.due(Time{10s}));
    Time now{10s};
    Duration wait = limits::kLocateMin;
    for (int i = 0; i < 12; ++i) {
        CHECK(desk.look(now, kLackingAtBus) == (i == 0 ? "ask" : "say"));
        CHECK(desk.search.next(kSought) == now + wait);
        CHECK(desk.wake == now + wait);
        CHECK_FALSE(desk.due(now + wait - 1us));
        CHECK(desk.wake == now + wait);
        CHECK(desk.due(now + wait));
        now += wait;
        wait = std::min<Duration>(wait * 2, limits::kLocateMax);
    }
    CHECK(wait == limits::kLocateMax);
}

TEST_CASE(
    "search: asked once whatever is known, and no more while nobody lacks; then from the shortest "
    "wait") {
    SearchDesk desk;
    desk.search.begin(kSought, Time{});
    CHECK(desk.look(Time{}, kEnoughAtBus) == "ask");
    desk.look(Time{1s}, kLackingAtBus);
    desk.look(Time{3s}, kLackingAtBus);
    desk.search.answered(kSought, true);
    CHECK(desk.look(Time{9s}, kEnoughAtBus) == "-");
    CHECK(desk.search.next(kSought) == Time{9s} + Search::kLookEvery);
    CHECK_FALSE(desk.search.nobody(kSought));  // somebody came since
    desk.look(Time{10s}, kLackingAtBus);
    CHECK(desk.search.next(kSought) == Time{10s} + limits::kLocateMin);
}

TEST_CASE("search: friends are asked where no bus is, and nothing is said on a bus") {
    SearchDesk desk;
    desk.search.begin(kSought, Time{});
    CHECK(desk.look(Time{}, {true, false, false, false}) == "-");  // a bus is about to answer
    CHECK(desk.look(Time{1s}, {true, false, true, false}) == "ask");
    CHECK(desk.look(Time{3s}, {true, false, true, false}) == "ask");
    // Not asked of a bus yet: the first question there says nothing.
    CHECK(desk.look(Time{9s}, kLackingAtBus) == "ask");
    CHECK(desk.look(Time{20s}, kLackingAtBus) == "say");
}

TEST_CASE("search: one question at a time") {
    SearchDesk desk;
    desk.search.begin(kSought, Time{});
    CHECK(desk.look(Time{}, {true, true, false, true}) == "-");
    CHECK(desk.look(Time{1s}, kLackingAtBus) == "ask");
}

TEST_CASE("search: who is linked anew hastens it, and never delays it") {
    SearchDesk desk;
    desk.search.begin(kSought, Time{});
    desk.look(Time{}, kLackingAtBus);
    desk.search.hasten(kSought, Time{1ms});
    CHECK(desk.search.next(kSought) == Time{1ms});
    desk.search.hasten(kSought, Time{2s});
    CHECK(desk.search.next(kSought) == Time{1ms});
}

TEST_CASE("search: what was answered is known until it is wanted no more") {
    SearchDesk desk;
    CHECK_FALSE(desk.search.any_answer(kSought));
    desk.search.answered(kSought, true);
    CHECK(desk.search.broken() == nullptr);
    CHECK(desk.search.any_answer(kSought));
    CHECK(desk.search.nobody(kSought));
    desk.search.answered(kSought, false);
    CHECK_FALSE(desk.search.nobody(kSought));
    desk.search.begin(kSought, Time{});  // the answer to a question before counts
    CHECK(desk.look(Time{}, kEnoughAtBus) == "-");
    desk.search.stop(kSought);
    CHECK_FALSE(desk.search.any_answer(kSought));
}

TEST_CASE("search: a bus that is joined is asked at once, and who was named stays so") {
    SearchDesk desk;
    desk.search.begin(kSought, Time{});
    desk.look(Time{}, kLackingAtBus);
    desk.search.answered(kSought, true);
    desk.search.refer(kSought, {busy_named('b')}, {}, Time{});
    desk.search.begin_anew(kSought);
    CHECK(desk.due(Time{}));
    CHECK_FALSE(desk.search.any_answer(kSought));
    CHECK(desk.search.referrals(kSought).size() == 1);
    CHECK(desk.look(Time{}, kEnoughAtBus) == "ask");
}

TEST_CASE("search: busy names so many at most, for so long, and never ourselves") {
    SearchDesk desk;
    desk.search.begin(kSought, Time{});
    desk.search.refer(kSought, {busy_named('a'), busy_named('b')}, pic::peer('a'), Time{});
    REQUIRE(desk.search.referrals(kSought).size() == 1);
    desk.search.dialled(kSought, pic::peer('b'), {7});
    desk.search.dialled(kSought, pic::peer('c'), {8});  // nobody named it
    CHECK(desk.search.referrals(kSought).at(pic::peer('b')).dialling == LinkId{7});
    // Named again: it stays dialled, for longer.
    desk.search.refer(kSought, {busy_named('b')}, {}, Time{1s});
    CHECK(desk.search.referrals(kSought).at(pic::peer('b')).dialling == LinkId{7});
    CHECK(desk.search.referrals(kSought).at(pic::peer('b')).until ==
          Time{1s} + limits::kReferralKept);
    std::vector<PeerRecord> many;
    for (std::uint32_t i = 0; i < limits::kMaxReferred + 3; ++i)
        many.push_back(busy_named(static_cast<char>('c' + i)));
    desk.search.refer(kSought, many, {}, Time{2s});
    CHECK(desk.search.count_referrals() == limits::kMaxReferred);
    CHECK(desk.search.broken() == nullptr);
    CHECK(desk.search.referrals(kSought).contains(pic::peer('b')));
    desk.search.refer(kSought, {}, {}, Time{1s} + limits::kReferralKept);
    CHECK_FALSE(desk.search.referrals(kSought).contains(pic::peer('b')));
    desk.search.stop(kSought);
    CHECK(desk.search.count_referrals() == 0);
}

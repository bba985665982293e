// An epoch is somebody's word as well: how far ahead of the clocks it may be.
#include "tests/peer/swarm/alone.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::town;

TEST_SUITE_BEGIN("swarm: whose word");

namespace {

constexpr std::uint64_t kToday = 1'790'000'000;  // in seconds since 1970

}  // namespace

TEST_CASE("an epoch is at most a day ahead of the later clock, whoever tells it") {
    const TestAsset film = make_asset("film", 2, 4);
    Somebody just(1);
    just.record.epoch = Epoch{kToday + limits::kMaxEpochAhead};
    just.sequence = 1;
    Somebody far(2);
    far.record.epoch = Epoch{kToday + limits::kMaxEpochAhead + 60};
    far.sequence = 1;
    Alone here;
    here.swarm.on(facts::ClockRead{kToday}, here.now, here.out);
    const std::uint64_t before = here.counters()["refused_messages"];
    const auto refused = [&] { return here.counters()["refused_messages"] - before; };
    here.welcome({just.record, far.record});
    CHECK(here.record_of(just) == just.record);
    CHECK(here.record_of(far).id.is_zero());
    CHECK(refused() == 1);
    CHECK(here.reported("peer.epoch"));
    SUBCASE("in the word that somebody joined") {
        here.joined(far.record);
    }
    SUBCASE("in a list") {
        here.swarm.on(facts::QuestionAsked{ReadId{1}, ListPeers{}, false, here.now + 5s}, here.now,
                      here.out);
        for (const SendToBus& send : here.done<SendToBus>())
            if (const auto* list = std::get_if<ListPeers>(&send.body))
                here.bus_says(Peers{list->request, false, {far.record}, false});
    }
    SUBCASE("among holders") {
        here.swarm.on(
            facts::QuestionAsked{ReadId{1}, Locate{{}, film.id, {}, -1}, false, here.now + 5s},
            here.now, here.out);
        for (const SendToBus& send : here.done<SendToBus>())
            if (const auto* locate = std::get_if<Locate>(&send.body)) {
                Located located;
                located.request = locate->request;
                located.found = Found::ok;
                located.assets = {Alone::record_of(film)};
                located.holders = {{far.record, RangeSet::up_to(2)}};
                here.bus_says(located);
            }
    }
    SUBCASE("in an announcement") {
        here.announced(far.header(), FragmentAvailable{Alone::record_of(film), {{0, 2}}});
        here.announced(just.header(), FragmentAvailable{Alone::record_of(film), {{0, 2}}});
        CHECK(here.holding_of(just, film).count() == 2);
    }
    SUBCASE("in a hello, which ends the link") {
        const LinkId link = here.dialled_by(far);
        CHECK(here.said<Bye>(link).size() == 1);
        CHECK(here.said<Hello>(link).empty());
    }
    CHECK(refused() == 2);
    CHECK(here.record_of(far).id.is_zero());
    CHECK(here.holding_of(far, film).empty());
}

TEST_CASE(
    "the later clock is this machine's or the bus's; where neither is known nothing is refused") {
    struct Clocks {
        std::uint64_t own, bus_ms;
        bool known;
    };
    for (const Clocks& clocks : {Clocks{1000, kToday * 1000, true}, Clocks{kToday, 1000, true},
                                 Clocks{0, kToday * 1000, true}, Clocks{0, 1, false}}) {
        Somebody just(1);
        just.record.epoch = Epoch{kToday + limits::kMaxEpochAhead};
        Somebody far(2);
        far.record.epoch = Epoch{kToday + limits::kMaxEpochAhead + 60};
        Alone here;
        if (clocks.own != 0) here.swarm.on(facts::ClockRead{clocks.own}, here.now, here.out);
        here.bus_epoch = Epoch{clocks.bus_ms};
        here.welcome({just.record, far.record});
        CHECK(here.record_of(just) == just.record);
        CHECK(here.record_of(far).id.is_zero() == clocks.known);
        // They go on from what they said.
        here.now += 61s;
        here.joined(far.record);
        CHECK(here.record_of(far) == far.record);
    }
}

TEST_CASE("what neighbours tell of others' epochs is held to the same clock") {
    Somebody teller(1);
    Somebody far(2);
    far.record.epoch = Epoch{kToday + limits::kMaxEpochAhead + 60};
    Alone here(friends_only());
    here.swarm.on(facts::ClockRead{kToday}, here.now, here.out);
    const LinkId link = here.dialled_by(teller);
    here.say(link, teller, Peers{asked<ListPeers>(here, link), false, {far.record}, false});
    CHECK(here.record_of(far).id.is_zero());
    CHECK(here.counters()["refused_messages"] == 1);
    // A clock that is set right is taken as it is.
    here.swarm.on(facts::ClockRead{kToday + 3600}, here.now, here.out);
    const LinkId its = here.dialled_by(far);
    CHECK(here.said<Hello>(its).size() == 1);
}
TEST_SUITE_END();

// What becomes of offers (tests/peer/swarm/copies/offers_stall.hpp says how it is written).
#include "messages/wire/limits.hpp"
#include "tests/peer/swarm/copies/offers_stall.hpp"

#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

TEST_CASE("offers: without an answer it is made again after 5 s, and it says when") {
    OffersStall stall;
    stall.add('a', "##..");
    stall.add('b', "####");
    stall.add('c', "####");
    stall.reach('a');
    stall.now += 1s;
    stall.reach('b');
    stall.now += limits::kOfferAnswer - 1s - 1us;
    CHECK(stall.late() == "");
    CHECK(stall.wake == stall.now + 1us);
    stall.now += 1us;
    CHECK(stall.late() == "a");
    CHECK(stall.wake == stall.now + 1s);
    CHECK(stall.late() == "");
    CHECK(stall.unreached() == "ac");
    CHECK(stall.reach('a') == "a:##..");
    stall.answer('a', 3);
    stall.now += 60s;
    CHECK(stall.late() == "b");
    CHECK(stall.wake == kNever);
}

TEST_CASE("offers: an answer counts once, from whom it was asked of and under its number") {
    OffersStall stall;
    stall.add('a', "##..");
    CHECK_FALSE(stall.answer('a', 0));
    stall.reach('a');
    stall.add('b', "####", kOfferPublish, 1);
    stall.reach('b');
    for (const auto& [who, request] : {std::pair{'b', 1}, std::pair{'a', 2}, std::pair{'a', 0}})
        CHECK_FALSE(stall.answer(who, static_cast<std::uint64_t>(request), false));
    CHECK(stall.row() == "a ##.. .... L");
    CHECK(stall.answer('a', 1));
    CHECK_FALSE(stall.answer('a', 1, false));
    CHECK(stall.row() == "a ##.. .... LA");
    CHECK(stall.offers.hear(pic::link('b'), {{2}, true, {}}) == pic::asset(1));
}

TEST_CASE("offers: who refuses is not asked again, until more is offered") {
    OffersStall stall;
    stall.add('a', "##..");
    stall.reach('a');
    stall.answer('a', 1, false, "no room");
    CHECK(stall.row() == "a ##.. .... LAR");
    CHECK(stall.offers.views(pic::asset())[0].text == "no room");
    stall.offers.on_link_down(pic::link('a'));
    CHECK(stall.unreached() == "");
    CHECK(stall.reach('a') == "");
    stall.now += 60s;
    CHECK(stall.late() == "");
    stall.add('a', "..#.");
    CHECK(stall.reach('a') == "a:###.");
}

TEST_CASE("offers: what a peer says it has counts as far as it was offered") {
    OffersStall stall;
    stall.add('a', "##..");
    stall.add('a', ".##.", kOfferRepair);
    stall.add('a', "####", kOfferPublish, 1);
    stall.told('a', ".###");
    stall.told('b', "####");
    CHECK(stall.row(0) == "a ##.. .#.. ");
    CHECK(stall.row(1) == "a .##. .##. ");
    CHECK(stall.row(0, 1) == "a #### .... ");
    stall.told('a', "....");  // it dropped them
    CHECK(stall.row(0) == "a ##.. .... ");
    // Whom nothing lacks need not be reached.
    CHECK(stall.unreached() == "aaa");
    stall.told('a', "###.");
    CHECK(stall.unreached() == "a");
    CHECK(stall.reach('a') == "a:##.. a:.##.+ a1:####");  // where it is, it is told
}

TEST_CASE("offers: of our own accord they end when they were taken or refused, no others") {
    OffersStall stall;
    for (const OfferReason reason : {kOfferPublish, kOfferHandover, kOfferRepair})
        for (const char to : {'a', 'b', 'c'})
            stall.add(to, "##..", reason, static_cast<std::uint32_t>(reason));
    stall.told('a', "####", static_cast<std::uint32_t>(kOfferRepair));
    stall.reach('b');
    for (std::uint64_t request = 1; request <= 3; ++request)
        stall.answer('b', request, false);
    stall.end_repairs();
    CHECK(stall.row(0, 3) == "c ##.. .... ");
    CHECK(stall.row(1, 3) == "none");
    CHECK(stall.row(1, 1) == "b ##.. .... LAR");
    CHECK(stall.row(1, 2) == "b ##.. .... LAR");
    stall.told('c', "##..", 3);
    stall.end_repairs();
    CHECK_FALSE(stall.offers.contains(pic::asset(3)));
    CHECK(stall.offers.size() == 2);
}

TEST_CASE("offers: of our own accord they end with what made us offer, whoever did not answer") {
    OffersStall stall;
    stall.add('a', "##..", kOfferRepair);
    stall.add('b', "##..", kOfferRepair);
    stall.add('c', "##..");
    stall.reach('b');
    stall.answer('b', 1);
    stall.now += 1min;
    stall.add('d', "##..", kOfferRepair);
    stall.add('a', "###.", kOfferRepair);
    stall.now += limits::kRepairOffered - 1min;
    stall.wake = kNever;
    stall.end_repairs();
    CHECK(stall.wake == stall.now + 1min);
    CHECK(stall.unreached() == "acd");
    CHECK(stall.row(3) == "none");
    stall.now += 1min;
    stall.end_repairs();
    CHECK(stall.unreached() == "c");
}

TEST_CASE("offers: why somebody was not reached is said until the answer") {
    OffersStall stall;
    stall.add('a', "##..");
    stall.add('b', "##..");
    stall.offers.unreachable("tcp://a", "no route");
    CHECK(stall.offers.views(pic::asset())[0].text == "no route");
    CHECK(stall.offers.views(pic::asset())[1].text == "");
    stall.reach('a');
    stall.answer('a', 1);
    CHECK(stall.offers.views(pic::asset())[0].text == "");
}

TEST_CASE("offers: who was offered something so long ago and is silent is known") {
    OffersStall stall;
    for (const char to : {'a', 'b', 'c', 'd'})
        stall.add(to, "##..", to == 'd' ? kOfferPublish : kOfferHandover);
    for (const char to : {'a', 'b', 'd'})
        stall.reach(to);
    stall.answer('b', 2);
    const auto silent = [&](Duration since) {
        return stall.offers.silent(kOfferHandover, since, stall.now);
    };
    stall.now += 1499ms;
    CHECK(silent(1500ms).empty());
    stall.now += 1ms;
    CHECK(silent(1500ms) == std::vector{pic::peer('a')});
    stall.offers.on_link_down(pic::link('a'));
    CHECK(silent(1500ms).empty());
}

TEST_CASE("offers: what went there is counted with each, and all of an asset is forgotten") {
    OffersStall stall;
    stall.add('a', "##..");
    stall.add('b', "##..");
    stall.offers.sent(pic::asset(), pic::peer('a'), 100);
    stall.offers.sent(pic::asset(), pic::peer('a'), 20);
    stall.offers.sent(pic::asset(1), pic::peer('a'), 3);
    CHECK(stall.offers.views(pic::asset())[0].bytes_sent == 120);
    CHECK(stall.offers.views(pic::asset())[1].bytes_sent == 0);
    stall.offers.forget(pic::asset());
    CHECK(stall.offers.empty());
    CHECK(stall.reach('a') == "");
    CHECK(stall.offers.views(pic::asset()).empty());
}

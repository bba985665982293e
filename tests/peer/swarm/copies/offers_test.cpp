// What is offered, to whom and when (tests/peer/swarm/copies/offers_stall.hpp says how it is
// written).
#include "messages/wire/limits.hpp"
#include "peer/swarm/chance.hpp"
#include "tests/peer/swarm/copies/offers_stall.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

TEST_CASE("offers: what is put is offered once over a link, and again over the next") {
    OffersStall stall;
    CHECK(stall.offers.empty());
    stall.add('a', "##..");
    stall.add('b', "..##");
    CHECK(stall.unreached() == "ab");
    CHECK(stall.reach('a') == "a:##..");
    CHECK(stall.reach('a') == "");
    CHECK(stall.reach('c') == "");
    CHECK(stall.unreached() == "b");
    CHECK(stall.row() == "a ##.. .... L");
    stall.offers.on_link_down(pic::link('b'));
    CHECK(stall.reach('a') == "");
    stall.offers.on_link_down(pic::link('a'));
    CHECK(stall.row() == "a ##.. .... ");
    CHECK(stall.reach('a') == "a:##..");
}

TEST_CASE("offers: of each asset and for each reason there is one, and all that is due goes out") {
    OffersStall stall;
    stall.add('a', "#...", kOfferPublish, 1);
    stall.add('a', ".#..", kOfferRepair);
    stall.add('b', "..#.", kOfferHandover);
    stall.add('a', "...#", kOfferHandover);
    CHECK(stall.reach('a') == "a:.#..+ a:...#! a1:#...");
    CHECK(stall.reach('b') == "b:..#.!");
    CHECK(stall.offers.size() == 2);
}

TEST_CASE("offers: more of the same is one offer of all, of what is offered already nothing") {
    OffersStall stall;
    stall.add('a', "##..");
    stall.reach('a');
    stall.answer('a', 1);
    stall.add('a', ".#..");
    CHECK(stall.row() == "a ##.. .... LA");
    stall.add('a', ".##.");
    CHECK(stall.row() == "a ###. .... ");
    CHECK(stall.reach('a') == "a:###.");
    CHECK(stall.row(1) == "none");
}

TEST_CASE("offers: what it got for itself meanwhile counts when more is offered") {
    OffersStall stall;
    stall.add('a', "#...", kOfferPublish, 0, "####");  // it will tell when it is asked to
    CHECK(stall.row() == "a #... .... ");
    stall.add('a', ".##.", kOfferPublish, 0, "##.#");
    CHECK(stall.row() == "a ###. ##.. ");
    stall.add('a', "...#");  // it has nothing any more, and does not say so: as it was
    CHECK(stall.row() == "a #### ##.. ");
}

TEST_CASE("offers: who is not named again by the user is offered nothing any more") {
    OffersStall stall;
    for (const char to : {'a', 'b', 'c'})
        stall.add(to, "####");
    stall.add('b', "##..", kOfferHandover);
    stall.offers.withdraw_from_others(pic::asset(), {{offer_record('c'), {}}});
    stall.offers.withdraw_from_others(pic::asset(1), {});
    CHECK(stall.reach('a') == "");
    CHECK(stall.reach('b') == "b:##..!");
    CHECK(stall.reach('c') == "c:####");
    // With none left it is remembered until the next look.
    OffersStall empty;
    empty.add('a', "#...");
    empty.offers.withdraw_from_others(pic::asset(), {});
    CHECK(empty.offers.contains(pic::asset()));
    empty.end_repairs();
    CHECK(empty.offers.empty());
}

TEST_CASE("offers: whatever comes and goes, each is due, on its way, or over") {
    OffersStall stall;
    Chance chance(4);
    const auto some = [&] {
        std::string out(kOfferWidth, '.');
        for (char& cell : out)
            if (chance.below(2) == 0) cell = '#';
        return out;
    };
    for (int i = 0; i < 3000; ++i) {
        CAPTURE(i);
        const char who = static_cast<char>('a' + chance.below(3));
        const auto asset = static_cast<std::uint32_t>(chance.below(3));
        switch (chance.below(8)) {
            case 0:
                stall.add(who, some().c_str(), static_cast<OfferReason>(1 + chance.below(3)), asset,
                          some().c_str());
                break;
            case 1:
                stall.offers.on_link_down(pic::link(who));
                break;
            case 2:
                stall.answer(who, chance.below(stall.requests + 1), chance.below(2) == 0);
                break;
            case 3:
                stall.told(who, some().c_str(), asset);
                break;
            case 4:
                stall.late();
                break;
            case 5:
                stall.end_repairs();
                break;
            case 6:
                if (chance.below(9) == 0) stall.offers.forget(pic::asset(asset));
                break;
            default:
                stall.reach(who);
        }
        stall.check();
        stall.now += 300ms;
    }
}

TEST_CASE("offers: that something became due is said once, also when only its link is gone") {
    OffersStall stall;
    CHECK_FALSE(stall.offers.take_more());
    stall.add('a', "##..");
    CHECK(stall.offers.take_more());
    CHECK_FALSE(stall.offers.take_more());
    stall.add('a', "#...");  // is offered already
    CHECK_FALSE(stall.offers.take_more());
    stall.add('a', "###.");
    CHECK(stall.offers.take_more());
    stall.reach('a');
    stall.offers.on_link_down(pic::link('b'));
    CHECK_FALSE(stall.offers.take_more());
    stall.offers.on_link_down(pic::link('a'));
    CHECK(stall.offers.take_more());
}

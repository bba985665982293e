// What we offer to whom: a column for each fragment, letters are peers. An offer that goes out is
// "a:##.." to a, with the asset's number before it where it is not 0, and '!' behind it for a
// hand-over, '+' for what is passed on of our own accord.
#include "peer/swarm/copies/offers.hpp"

#include "messages/wire/limits.hpp"
#include "peer/swarm/chance.hpp"
#include "tests/support/pictures.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

namespace {

constexpr auto kPublish = OfferReason::publish;
constexpr auto kHandover = OfferReason::handover;
constexpr auto kRepair = OfferReason::repair;
constexpr std::uint32_t kOfferWidth = 4;

PeerRecord record(char letter) {
    PeerRecord out;
    out.id = pic::peer(letter);
    out.name = letter;
    out.exchange = std::string("tcp://") + letter;
    return out;
}

struct Stall {
    Offers offers;
    Time now{100s};
    std::uint64_t requests = 0;
    Time wake = kNever;

    void add(char to, const char* picture, OfferReason reason = kPublish, std::uint32_t asset = 0,
             const char* theirs = "") {
        const Holding holding{pic::columns(theirs), {}};
        offers.add(pic::asset(asset), {record(to), pic::columns(picture)}, reason,
                   holding.fragments.empty() ? nullptr : &holding, now);
        check();
    }
    // All that is due to it goes out over its link.
    std::string reach(char who) {
        std::string text;
        for (const AssetId& id : offers.due(pic::peer(who))) {
            AssetRecord asset;
            asset.id = id;
            Actions out;
            Turn turn{now, out, requests};
            offers.make(asset, pic::peer(who), pic::link(who), turn);
            CHECK(turn.wake == now + limits::kOfferAnswer);
            CHECK_FALSE(out.empty());
            for (const Action& action : out)
                text += (text.empty() ? "" : " ") + name(std::get<SendTo>(action));
        }
        CHECK(offers.due(pic::peer(who)).empty());
        check();
        return text;
    }
    static std::string name(const SendTo& said) {
        const Offer& offer = std::get<Offer>(said.body);
        std::string asset;
        for (std::uint32_t i = 1; i < 9; ++i)
            if (offer.asset.id == pic::asset(i)) asset = std::to_string(i);
        return pic::letter(said.link) + asset + ":" + pic::picture(offer.fragments, kOfferWidth) +
               (offer.reason == kHandover ? "!"
                : offer.reason == kRepair ? "+"
                                          : "");
    }
    // Whose offers are late, in order.
    std::string late() {
        std::string out;
        Actions none;
        Turn turn{now, none, requests};
        while (const auto peer = offers.take_late(turn))
            out += static_cast<char>(peer->bytes[0]);
        wake = turn.wake;
        CHECK(none.empty());
        check();
        return out;
    }
    void end_repairs() {
        Actions none;
        Turn turn{now, none, requests};
        offers.end_repairs(turn);
        wake = turn.wake;
        CHECK(none.empty());
        check();
    }
    bool answer(char who, std::uint64_t request, bool accepted = true, const char* text = "") {
        const auto of = offers.hear(pic::link(who), {{request}, accepted, text});
        check();
        return of.has_value();
    }
    void told(char who, const char* picture, std::uint32_t asset = 0) {
        offers.told(pic::asset(asset), pic::peer(who), {pic::columns(picture), {}});
        check();
    }
    std::string unreached() const {
        std::string out;
        for (const PeerRecord& to : offers.unreached())
            out += to.name;
        return out;
    }
    // Offered, held; then L linked, A answered, R refused.
    std::string row(std::size_t at = 0, std::uint32_t asset = 0) const {
        const auto views = offers.views(pic::asset(asset));
        if (at >= views.size()) return "none";
        const OfferingView& view = views[at];
        return view.to.name + " " + pic::picture(view.offered, kOfferWidth) + " " +
               pic::picture(view.held, kOfferWidth) + " " + (view.linked ? "L" : "") +
               (view.answered ? "A" : "") + (view.refused ? "R" : "");
    }
    void check() const {
        for (const AssetId& id : offers.assets()) {
            CHECK(offers.contains(id));
            for (const OfferingView& view : offers.views(id)) {
                CHECK(view.held.common(view.offered) == view.held);
                CHECK((!view.refused || view.answered));
                const auto due = offers.due(view.to.id);
                if (!view.linked && !view.refused)
                    CHECK(std::find(due.begin(), due.end(), id) != due.end());
            }
        }
        CHECK(offers.size() == offers.assets().size());
        CHECK(offers.empty() == (offers.size() == 0));
    }
};

}  // namespace

TEST_CASE("offers: what is put is offered once over a link, and again over the next") {
    Stall stall;
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
    Stall stall;
    stall.add('a', "#...", kPublish, 1);
    stall.add('a', ".#..", kRepair);
    stall.add('b', "..#.", kHandover);
    stall.add('a', "...#", kHandover);
    CHECK(stall.reach('a') == "a:.#..+ a:...#! a1:#...");
    CHECK(stall.reach('b') == "b:..#.!");
    CHECK(stall.offers.size() == 2);
}

TEST_CASE("offers: more of the same is one offer of all, of what is offered already nothing") {
    Stall stall;
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
    Stall stall;
    stall.add('a', "#...", kPublish, 0, "####");  // it will tell when it is asked to
    CHECK(stall.row() == "a #... .... ");
    stall.add('a', ".##.", kPublish, 0, "##.#");
    CHECK(stall.row() == "a ###. ##.. ");
    stall.add('a', "...#");  // it has nothing any more, and does not say so: as it was
    CHECK(stall.row() == "a #### ##.. ");
}

TEST_CASE("offers: who is not named again by the user is offered nothing any more") {
    Stall stall;
    for (const char to : {'a', 'b', 'c'})
        stall.add(to, "####");
    stall.add('b', "##..", kHandover);
    stall.offers.withdraw_from_others(pic::asset(), {{record('c'), {}}});
    stall.offers.withdraw_from_others(pic::asset(1), {});
    CHECK(stall.reach('a') == "");
    CHECK(stall.reach('b') == "b:##..!");
    CHECK(stall.reach('c') == "c:####");
    // With none left it is remembered until the next look.
    Stall empty;
    empty.add('a', "#...");
    empty.offers.withdraw_from_others(pic::asset(), {});
    CHECK(empty.offers.contains(pic::asset()));
    empty.end_repairs();
    CHECK(empty.offers.empty());
}

TEST_CASE("offers: without an answer it is made again after 5 s, and it says when") {
    Stall stall;
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
    Stall stall;
    stall.add('a', "##..");
    CHECK_FALSE(stall.answer('a', 0));
    stall.reach('a');
    stall.add('b', "####", kPublish, 1);
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
    Stall stall;
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
    Stall stall;
    stall.add('a', "##..");
    stall.add('a', ".##.", kRepair);
    stall.add('a', "####", kPublish, 1);
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
    Stall stall;
    for (const OfferReason reason : {kPublish, kHandover, kRepair})
        for (const char to : {'a', 'b', 'c'})
            stall.add(to, "##..", reason, static_cast<std::uint32_t>(reason));
    stall.told('a', "####", static_cast<std::uint32_t>(kRepair));
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
    Stall stall;
    stall.add('a', "##..", kRepair);
    stall.add('b', "##..", kRepair);
    stall.add('c', "##..");
    stall.reach('b');
    stall.answer('b', 1);
    stall.now += 1min;
    stall.add('d', "##..", kRepair);
    stall.add('a', "###.", kRepair);
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
    Stall stall;
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
    Stall stall;
    for (const char to : {'a', 'b', 'c', 'd'})
        stall.add(to, "##..", to == 'd' ? kPublish : kHandover);
    for (const char to : {'a', 'b', 'd'})
        stall.reach(to);
    stall.answer('b', 2);
    const auto silent = [&](Duration since) {
        return stall.offers.silent(kHandover, since, stall.now);
    };
    stall.now += 1499ms;
    CHECK(silent(1500ms).empty());
    stall.now += 1ms;
    CHECK(silent(1500ms) == std::vector{pic::peer('a')});
    stall.offers.on_link_down(pic::link('a'));
    CHECK(silent(1500ms).empty());
}

TEST_CASE("offers: what went there is counted with each, and all of an asset is forgotten") {
    Stall stall;
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

TEST_CASE("offers: whatever comes and goes, each is due, on its way, or over") {
    Stall stall;
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
    Stall stall;
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

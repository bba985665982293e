// Offers: a guest puts an asset into peers over connections that it dialled.
#include "tests/peer/swarm/alone.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::town;

TEST_SUITE_BEGIN("swarm: putting");

namespace {

SwarmOptions guest() {
    SwarmOptions options;
    options.self.guest = true;
    options.self.capacity = 0;
    return options;
}

void publish(Inhabitant& who, const TestAsset& asset, std::vector<Offering> offerings) {
    who.tell(facts::PublishAsked{asset.id, std::move(offerings)});
}

}  // namespace

TEST_CASE("a guest deals an asset out to two peers; each wants its part, and says when it has it") {
    Town town;
    const TestAsset film = make_asset("film", 6, 20);
    Inhabitant& p1 = town.add("p1");
    Inhabitant& p2 = town.add("p2");
    p1.start();
    p2.start();
    Inhabitant& put = town.add("put", guest());
    put.start({stored(film)});
    publish(put, film, {{p1.record(), RangeSet{{0, 3}}}, {p2.record(), RangeSet{{3, 6}}}});
    REQUIRE(town.wait([&] {
        const auto all = put.swarm().offerings(film.id);
        return all[0].held == all[0].offered && all[1].held == all[1].offered;
    }));
    CHECK(p1.swarm().holding(film.id).fragments == RangeSet{{0, 3}});
    CHECK(p2.swarm().holding(film.id).fragments == RangeSet{{3, 6}});
    const auto all = put.swarm().offerings(film.id);
    REQUIRE(all.size() == 2);
    CHECK(all[0].answered);
    CHECK_FALSE(all[0].refused);
    CHECK(all[0].bytes_sent + all[1].bytes_sent == film.manifest->size());
    CHECK(p1.swarm().find("film").size() == 1);
    CHECK(p1.said<Receipt>().size() == 3);
}

TEST_CASE("offers are refused with a reason by guests, and where there is no room") {
    Town town;
    const TestAsset film = make_asset("film", 1, 2);
    SwarmOptions options;
    bool full = false;
    SUBCASE("draining") {
        options.self.draining = true;
    }
    SUBCASE("no room") {
        full = true;
    }
    Inhabitant& taker = town.add("taker", options);
    taker.start();
    if (full) taker.tell(facts::RoomChanged{false});
    Inhabitant& put = town.add("put", guest());
    put.start({stored(film)});
    publish(put, film, {{taker.record(), RangeSet{{0, 1}}}});
    REQUIRE(town.wait([&] { return put.swarm().offerings(film.id)[0].answered; }));
    CHECK(put.swarm().offerings(film.id)[0].refused);
    CHECK(put.swarm().offerings(film.id)[0].text == (full ? "no room" : "draining"));
    CHECK(taker.chunks_stored() == 0);
}

TEST_CASE("an offer survives the link: made again when it is up again") {
    Town town;
    const TestAsset film = make_asset("film", 1, 400);
    Inhabitant& taker = town.add("taker");
    taker.start();
    SwarmOptions slow = guest();
    slow.max_upload = 40 << 20;
    Inhabitant& put = town.add("put", slow);
    put.start({stored(film)});
    publish(put, film, {{taker.record(), RangeSet{{0, 1}}}});
    REQUIRE(town.wait([&] { return taker.chunks_stored() > 50; }));
    town.cut(put, taker);
    REQUIRE(town.wait([&] { return taker.has(film); }));
    CHECK(taker.chunks_stored() == 400);
    CHECK(put.said<Offer>().size() == 2);
    CHECK(town.wait([&] {
        const auto view = put.swarm().offerings(film.id)[0];
        return view.held == view.offered;
    }));
}

TEST_CASE("an offer survives the life of who takes it: made again to the next, on the same link") {
    const TestAsset film = make_asset("film", 1, 4);
    Somebody taker(1);
    Alone put(guest(), {stored(film)});
    put.swarm.on(facts::PublishAsked{film.id, {{taker.record, RangeSet::up_to(1)}}}, put.now,
                 put.out);
    const auto up = put.answer_dials({taker});
    REQUIRE(up.size() == 1);
    const auto offers = put.said<Offer>(up[0]);
    REQUIRE(offers.size() == 1);
    put.say(up[0], taker, OfferAnswer{offers[0].request, true, {}});
    taker.record.epoch = Epoch{2};  // it knows of no offer
    put.say(up[0], taker, taker.hello(false));
    CHECK(put.said<Offer>(up[0]).size() == 2);
    put.say(up[0], taker, taker.hello(true));  // the same life
    CHECK(put.said<Offer>(up[0]).size() == 2);
}

TEST_CASE("an offer is due again when somebody else answers on its link") {
    const TestAsset film = make_asset("film", 1, 4);
    const Somebody taker(1);
    const Somebody other(2);
    Alone put(guest(), {stored(film)});
    put.swarm.on(facts::PublishAsked{film.id, {{taker.record, RangeSet::up_to(1)}}}, put.now,
                 put.out);
    const auto up = put.answer_dials({taker});
    REQUIRE(up.size() == 1);
    CHECK(put.swarm.offerings(film.id)[0].linked);
    put.say(up[0], other, other.hello(false));
    CHECK_FALSE(put.swarm.offerings(film.id)[0].linked);
    CHECK(put.said<Offer>(up[0]).size() == 1);
    CHECK(put.said<Offer>(put.dialled_by(taker)).size() == 1);
}

TEST_CASE("a peer that cannot be reached is tried again, and the reason is shown") {
    Town town;
    const TestAsset film = make_asset("film", 1, 4);
    Inhabitant& taker = town.add("taker");
    taker.deaf = true;
    Inhabitant& put = town.add("put", guest());
    put.start({stored(film)});
    publish(put, film, {{taker.record(), RangeSet{{0, 1}}}});
    town.pass(3s);
    CHECK(put.swarm().offerings(film.id)[0].text == "refused");
    taker.deaf = false;
    taker.start();
    CHECK(town.wait([&] { return taker.has(film); }));
}

TEST_CASE("each dial that fails makes the wait for the next twice as long, once") {
    const TestAsset film = make_asset("film", 1, 4);
    const Somebody nobody(1);
    Alone put(guest(), {stored(film)});
    put.swarm.on(facts::PublishAsked{film.id, {{nobody.record, RangeSet::up_to(1)}}}, put.now,
                 put.out);
    Duration wait = limits::kRetryMin;
    while (wait < limits::kMaxDialWait) {
        REQUIRE(put.done<Dial>().size() == 1);
        put.answer_dials({});
        put.pass(wait - 100ms);
        CHECK(put.done<Dial>().empty());
        put.pass(200ms);
        wait *= 2;
    }
}

TEST_CASE("who is not named again is offered nothing any more; who is keeps what it was offered") {
    Town town;
    const TestAsset film = make_asset("film", 4, 4);
    Inhabitant& p1 = town.add("p1");
    Inhabitant& p2 = town.add("p2");
    p1.start();
    p2.start();
    p1.deaf = true;
    Inhabitant& put = town.add("put", guest());
    put.start({stored(film)});
    publish(put, film, {{p1.record(), RangeSet{{0, 2}}}, {p2.record(), RangeSet{{2, 4}}}});
    REQUIRE(town.wait([&] { return p2.swarm().holding(film.id).fragments == RangeSet{{2, 4}}; }));
    CHECK_FALSE(put.swarm().offerings(film.id)[0].linked);
    CHECK(put.swarm().offerings(film.id)[1].linked);
    publish(put, film, {{p2.record(), RangeSet::up_to(4)}});
    p1.deaf = false;
    REQUIRE(town.wait([&] { return p2.has(film); }));
    town.pass(20s);
    CHECK(p1.chunks_stored() == 0);
    const auto all = put.swarm().offerings(film.id);
    REQUIRE(all.size() == 1);
    CHECK(all[0].held == RangeSet::up_to(4));
    CHECK(p2.chunks_stored() == 16);
}

TEST_SUITE_END();

// Answers in pages: what they say together, and when they are none.
#include "asks_stage.hpp"
#include "messages/wire/limits.hpp"

using namespace fragcast;
using namespace fragcast::asking;

TEST_CASE("asks: the next page is asked of who gave this one; a user turns his own") {
    Asking here;
    here.around.bus_row = "##";
    here.tell([&](Turn& turn) { here.asks.recount(BusId{1}, here.around, turn); });
    const Time asked = here.now;
    here.now += 1s;
    here.bus(1, peers("pq", true));
    CHECK(here.bus(0, peers("x")) == Asks::Belief::unasked);
    CHECK(here.done() == "1 1");
    SUBCASE("all of it") {
        here.bus(1, peers("r"));
        REQUIRE(here.ends.size() == 1);
        const auto& all = std::get<Asks::Everybody>(here.ends[0]);
        CHECK(all.bus == BusId{1});
        CHECK(all.since == asked);
        CHECK(all.listed == std::set{pic::peer('p'), pic::peer('q'), pic::peer('r')});
    }
    SUBCASE("but it settles: who is not listed may yet come") {
        here.bus(1, peers("r", false, true));
        CHECK(here.ends.empty());
    }
    here.done();
    here.user(ListPeers{});
    here.bus(0, peers("pq", true));
    CHECK(here.done() == "0 answer");
    CHECK(here.asks.size() == 0);
}

TEST_CASE("asks: pages that do not go on are no answer") {
    Asking here;
    here.tell([&](Turn& turn) { here.asks.recount(BusId{0}, here.around, turn); });
    here.bus(0, peers("pq", true));
    SUBCASE("the same again") {
        here.bus(0, peers("pq", true));
    }
    SUBCASE("one of before") {
        here.bus(0, peers("p", true));
    }
    here.done();
    CHECK(here.asks.size() == 0);
    CHECK(here.ends.empty());
}

TEST_CASE("asks: pages of more than there may be are no answer") {
    Asking here;
    std::uint32_t next = 0;
    const auto pages = [&](std::size_t most, const auto& fill) {
        std::size_t told = 0;
        for (; here.asks.size() == 1; told += limits::kMaxEntries) {
            REQUIRE(told <= most);
            here.bus(0, fill());
            here.out.clear();
        }
        CHECK(told >= most);
        CHECK(here.ends.empty());
    };
    const auto id = [&](auto digest) {
        ++next;
        for (std::size_t i = 0; i < 4; ++i)
            digest.bytes[i] = static_cast<std::uint8_t>(next >> (24 - 8 * i));
        return digest;
    };
    SUBCASE("peers") {
        here.tell([&](Turn& turn) { here.asks.recount(BusId{0}, here.around, turn); });
        pages(limits::kMaxBusPeers, [&] {
            Peers page;
            for (std::size_t i = 0; i < limits::kMaxEntries; ++i)
                page.peers.emplace_back().id = id(PeerId{});
            page.more = true;
            return page;
        });
    }
    SUBCASE("assets") {
        here.tell([&](Turn& turn) { here.asks.list_assets({BusId{0}}, here.around, turn); });
        pages(limits::kMaxAssetsKnown, [&] {
            Assets page;
            for (std::size_t i = 0; i < limits::kMaxEntries; ++i)
                page.assets.emplace_back().id = id(AssetId{});
            page.more = true;
            return page;
        });
    }
    const auto holdings = [&](const PeerId& of) {
        Dumped page;
        for (std::size_t i = 0; i < limits::kMaxEntries; ++i)
            page.holdings.push_back({of, id(AssetId{}), RangeSet::up_to(1)});
        page.more = true;
        return page;
    };
    SUBCASE("of one peer") {
        here.tell([&](Turn& turn) { here.asks.dump(pic::peer('p'), here.around, turn); });
        pages(limits::kMaxAssetsPerPeer, [&] { return holdings(pic::peer('p')); });
    }
    SUBCASE("of all") {
        here.tell([&](Turn& turn) { here.asks.dump(BusId{0}, here.around, turn); });
        pages(limits::kMaxHoldingsTold, [&] { return holdings(pic::peer('p')); });
    }
}

TEST_CASE("asks: holdings of many spans count as many, so that pages end by what they cost") {
    Asking here;
    here.tell([&](Turn& turn) { here.asks.dump(BusId{0}, here.around, turn); });
    RangeSet spans;
    for (std::uint32_t i = 0; i < limits::kMaxFragments; i += 2)
        spans.add(i);
    const std::size_t counts = 1 + spans.spans().size() / limits::kSpansToldAsOne;
    std::uint32_t told = 0;
    for (; here.asks.size() == 1; ++told) {
        REQUIRE(told * counts <= limits::kMaxHoldingsTold);
        Dumped page;
        page.holdings.push_back({pic::peer('p'), pic::asset(told), spans});
        page.more = true;
        here.bus(0, page);
        here.out.clear();
    }
    CHECK(told * counts >= limits::kMaxHoldingsTold);
    CHECK(here.ends.empty());
}

TEST_CASE("asks: all that a peer has is known when the last page came, of who is not settling") {
    Asking here;
    const auto dump = [&] {
        here.tell([&](Turn& turn) { here.asks.dump(pic::peer('p'), here.around, turn); });
        CHECK(here.asks.dumping(pic::peer('p')));
        CHECK_FALSE(here.asks.dumping({}));
    };
    dump();
    here.bus(0, dumped("p", true), true);
    CHECK(here.asks.dumping(pic::peer('p')));
    here.bus(0, dumped(""));
    REQUIRE(here.ends.size() == 1);
    const auto& told = std::get<Asks::AllOf>(here.ends[0]);
    CHECK(told.peer == pic::peer('p'));
    CHECK(told.news);
    CHECK(told.named.at(pic::peer('p')) == std::set{pic::asset(1)});
    // Who has nothing is named as well.
    dump();
    here.bus(0, dumped(""));
    REQUIRE(here.ends.size() == 2);
    CHECK(std::get<Asks::AllOf>(here.ends[1]).named.at(pic::peer('p')).empty());
    CHECK_FALSE(std::get<Asks::AllOf>(here.ends[1]).news);
    dump();
    here.bus(0, dumped("p", false, true));
    CHECK(here.ends.size() == 2);
    here.tell([&](Turn& turn) { here.asks.dump(BusId{0}, here.around, turn); });
    here.bus(0, dumped("pq"));
    CHECK(std::get<Asks::AllOf>(here.ends.at(2)).peer.is_zero());
    CHECK(std::get<Asks::AllOf>(here.ends.at(2)).named.size() == 2);
}

TEST_CASE("asks: where any bus may say it, the next page is asked of the one that gave this") {
    Asking here;
    here.around.bus_row = "##";
    here.tell([&](Turn& turn) { here.asks.dump(pic::peer('p'), here.around, turn); });
    here.pass(limits::kDirectoryAnswer);  // bus 0 is silent
    here.bus(1, dumped("p", true));
    CHECK(here.done() == "0 1 1");
    here.pass(limits::kDirectoryAnswer);  // and is asked no more
    CHECK(here.done().empty());
}

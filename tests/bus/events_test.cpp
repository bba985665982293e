// The record of activity: what gets into it, in what words, and what falls out (PROTOCOL.md, 9.6).
#include "bus/event_ring.hpp"
#include "messages/wire/codec.hpp"
#include "messages/wire/limits.hpp"
#include "tests/bus/talk.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;

namespace {

void add(EventRing& ring, std::uint64_t count, const std::string& text = "x") {
    for (std::uint64_t i = 0; i < count; ++i)
        ring.add({0, 0, "peer.joined", {}, {}, text});
}

}  // namespace

TEST_CASE("events are numbered from 1 and read from any of them on") {
    EventRing ring;
    CHECK(ring.page(0, 0).next == 1);
    add(ring, 5);
    const auto all = ring.page(0, 0);
    REQUIRE(all.events.size() == 5);
    CHECK(all.events.front().number == 1);
    CHECK(all.next == 6);
    CHECK(all.lost == 0);
    const auto some = ring.page(3, 2);
    REQUIRE(some.events.size() == 2);
    CHECK(some.events.front().number == 3);
    CHECK(some.next == 5);
    CHECK(ring.page(6, 0).events.empty());
    CHECK(ring.page(6, 0).next == 6);
    // The asker knows another life of this bus.
    CHECK(ring.page(1000, 0).events.empty());
    CHECK(ring.page(1000, 0).next == 6);
}

TEST_CASE("the ring keeps the last kEventRing events and says how many were missed") {
    EventRing ring;
    add(ring, limits::kEventRing + 10);
    const auto page = ring.page(4, 0);
    CHECK(page.lost == 7);
    CHECK(page.events.size() == limits::kMaxEventsPerPage);
    CHECK(page.events.front().number == 11);
    CHECK(page.next == 11 + limits::kMaxEventsPerPage);
    CHECK(ring.page(4, 5000).events.size() == limits::kMaxEventsPerPage);
    CHECK(ring.count() == limits::kEventRing + 10);
}

TEST_CASE("a page of long events fits a message, and a text that is too long is cut whole") {
    EventRing ring;
    add(ring, 1000, std::string(limits::kMaxTextBytes - 1, 'a') + "\u00e4\u00e4");
    const auto page = ring.page(1, 0);
    REQUIRE(page.events.size() < 1000);
    const std::size_t each = packed_size(page.events.front());  // give or take its number
    CHECK(page.events.size() * (each + 2) <= limits::kMaxPageBytes);
    CHECK((page.events.size() + 1) * (each + 2) > limits::kMaxPageBytes);
    CHECK(page.events[0].text == std::string(limits::kMaxTextBytes - 1, 'a'));
    const Bytes frame = encode({{}, Events{{}, page.events, page.next, page.lost}});
    CHECK(std::holds_alternative<Message>(decode(frame)));
}

TEST_CASE("what is announced is recorded in words, with names where they are known") {
    Talk talk;
    Speaker one(1), stranger(50);
    talk.join(one, {entry(kFilm, {{0, 4}})});
    talk.at(2500ms);
    const auto announced = [&](const Speaker& peer, Body body) -> std::string {
        const std::uint64_t before = talk.session.events().count();
        talk.session.on_announcement(peer.says(std::move(body)), talk.now);
        const auto page = talk.session.events().page(before + 1, 0);
        if (page.events.empty()) return "";
        CHECK(page.events[0].peer == peer.self.id);
        CHECK(page.events[0].unix_ms == 1'002'500);
        return page.events[0].kind + ": " + page.events[0].text;
    };
    RangeSet comb;
    for (std::uint32_t i = 0; i < 60; i += 2)
        comb.add(i);

    CHECK(announced(one, FragmentAvailable{kFilm, {{0, 4}}}) ==
          "fragment.available: peer1 has film 0-3");
    CHECK(announced(one, FragmentAvailable{kFilm, comb}) ==
          "fragment.available: peer1 has film 30 fragments");
    CHECK(announced(one, FragmentGone{kFilm.id, {{3, 4}}}) ==
          "fragment.gone: peer1 dropped film 3");
    CHECK(announced(one, FragmentReceived{kFilm.id, FragmentIndex{3}, stranger.self.id, 512 << 10,
                                          8000}) == "fragment.received: peer1 got film 3 from " +
                                                        stranger.self.id.short_text() +
                                                        " (512 KiB, 8 ms)");
    CHECK(announced(one, AssetPublished{kFilm}) ==
          "asset.published: peer1 published film (1000 B, 10 fragments)");
    CHECK(announced(one, AssetRemoved{kFilm.id}) ==
          "asset.removed: peer1 removed its copy of film");
    CHECK(announced(one, AssetRemoved{asset(0x99, "").id}) ==
          "asset.removed: peer1 removed its copy of 99999999");
    CHECK(announced(stranger, ViewerEntered{}) ==
          "viewer.entered: somebody opened the page of " + stranger.self.id.short_text());
    CHECK(announced(one, PeerAlive{}) == "");
    CHECK(announced(one, FragmentWanted{kFilm.id, {{0, 1}}}) == "");
}

TEST_CASE("the directory says how many viewers entered through a peer, of its present run") {
    Talk talk;
    Speaker one(1), two(2), stranger(50);
    talk.join(one);
    talk.join(two);
    talk.session.on_announcement(one.says(ViewerEntered{}), talk.now);
    talk.session.on_announcement(one.says(ViewerEntered{}), talk.now);
    talk.session.on_announcement(stranger.says(ViewerEntered{}), talk.now);
    const auto entered = [&] {
        std::vector<std::uint64_t> counts;
        for (const PeerRecord& peer : talk.ask<Peers>(one, ListPeers{}).peers)
            counts.push_back(peer.entered);
        return counts;
    };
    CHECK(entered() == std::vector<std::uint64_t>{2, 0});
    talk.join(one);
    CHECK(entered() == std::vector<std::uint64_t>{2, 0});
    one.self.epoch.value += 1;
    talk.join(one);
    CHECK(entered() == std::vector<std::uint64_t>{0, 0});
}

TEST_CASE("events are asked for by message") {
    Talk talk;
    Speaker one(1);
    talk.join(one);
    talk.ask<Ack>(one, Leave{});
    const auto events = talk.ask<Events>(one, AskEvents{RequestId{8}, 2, 10});
    CHECK(events.request == RequestId{8});
    REQUIRE(events.events.size() == 1);
    CHECK(events.events[0].kind == "peer.left");
    CHECK(events.events[0].text == "peer1 left");
    CHECK(events.next == 3);
}

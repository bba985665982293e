// Every state × event of PROTOCOL.md's table 13.2, and sections 9.1 to 9.4, 9.7.
#include "tests/bus/talk.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;

namespace {

DigestRecord digest(const AssetRecord& asset, const RangeSet& fragments) {
    return {asset.id, digest_of(asset.id, fragments)};
}

}  // namespace

// --- unknown -------------------------------------------------------------------------------------

TEST_CASE("a peer joins: it is welcomed with all that is known, and everybody is told") {
    Talk talk;
    Speaker first(1), second(2);
    talk.join(first, {entry(kFilm, {{0, 4}})});
    talk.published.clear();

    const auto welcome = talk.ask<Welcome>(second, second.join({entry(kSong, {{0, 1}})}));
    CHECK(welcome.request == RequestId{1});
    CHECK(welcome.in_port == 5551);
    CHECK(welcome.out_port == 5552);
    CHECK(welcome.settling);
    CHECK(welcome.heartbeat_ms == 5000);
    CHECK(welcome.lease_ms == 15000);
    CHECK(welcome.peers.size() == 2);
    CHECK(welcome.assets == std::vector{kFilm, kSong});
    CHECK_FALSE(welcome.more);
    const auto joined = talk.announced<PeerJoined>();
    REQUIRE(joined.size() == 1);
    CHECK(joined[0].peer == second.self);
    CHECK(talk.session.events().page(2, 1).events[0].text == "peer2 joined with 1 asset");
}

TEST_CASE("a join that speaks of another peer than its header, or with another's key, is refused") {
    Talk talk;
    Speaker peer(1), other(2);
    Join of_other = peer.join();
    of_other.self = other.self;
    Join other_epoch = peer.join();
    other_epoch.self.epoch = Epoch{1};
    Join other_key = peer.join();
    other_key.key = other.key;
    Join short_key = peer.join();
    short_key.key.pop_back();
    Join beyond = peer.join({entry(kFilm, {{0, 11}})});
    for (const Join& join : {of_other, other_epoch, other_key, short_key, beyond}) {
        const auto refused = talk.ask<Refused>(peer, join);
        CHECK(refused.request == RequestId{1});
        CHECK(refused.reason == "invalid");
        CHECK_FALSE(refused.text.empty());
    }
    CHECK(talk.session.leases().peers().empty());
    CHECK(talk.published.empty());
}

TEST_CASE("of one who is unknown: update refused, heartbeat answered by no, leave by ack") {
    Talk talk;
    Speaker peer(1);
    const auto refused = talk.ask<Refused>(peer, Update{RequestId{7}, {entry(kFilm, {{0, 1}})}});
    CHECK(refused.request == RequestId{7});
    CHECK(refused.reason == "not_found");
    const auto ack = talk.ask<HeartbeatAck>(peer, Heartbeat{peer.root()});
    CHECK_FALSE(ack.known);
    CHECK_FALSE(ack.in_sync);
    CHECK(ack.settling);
    CHECK(talk.tell(peer, Digests{{digest(kFilm, {{0, 1}})}, false}).empty());
    CHECK(talk.tell(peer, ManifestPart{{}, kFilm.id, 1, 0}, Payload(Bytes{1})).empty());
    CHECK(talk.ask<Ack>(peer, Leave{RequestId{8}}).request == RequestId{8});
    CHECK(talk.session.leases().peers().empty());
    CHECK(talk.published.empty());
}

TEST_CASE("a bus is full at kMaxBusPeers") {
    Talk talk;
    for (std::uint32_t i = 0; i < limits::kMaxBusPeers; ++i) {
        Speaker peer(1, "r" + std::to_string(i));
        peer.key[0] = static_cast<std::uint8_t>(i);
        peer.key[1] = static_cast<std::uint8_t>(i >> 8);
        peer.self.id = peer_id_of(peer.key);
        DirectoryActions actions;
        talk.session.on_message(peer.route, peer.says(peer.join()), {}, talk.now, actions);
    }
    REQUIRE(talk.session.leases().peers().size() == limits::kMaxBusPeers);
    Speaker late(99);
    CHECK(talk.ask<Refused>(late, late.join()).reason == "full");
    // From elsewhere it takes the place of one of those who are so many.
    talk.announced<PeerJoined>();
    talk.address_of_route[late.route] = "10.0.0.9";
    talk.join(late);
    CHECK(talk.session.leases().peers().size() == limits::kMaxBusPeers);
    REQUIRE(talk.published.size() == 2);
    const auto& left = std::get<PeerLeft>(talk.published[0].body);
    CHECK(left.lapsed);
    CHECK(talk.session.leases().find(left.peer) == nullptr);
    CHECK(talk.knows(late));
    CHECK(talk.counter("lapses") == 1);
    Speaker later(98);
    talk.address_of_route[later.route] = "10.0.0.9";
    talk.join(later);
    CHECK(talk.knows(late));
}

TEST_CASE("an epoch that is more than kMaxEpochAhead in the future is refused in words") {
    const std::uint64_t today = 1'790'000'000;
    Talk talk(today * 1000);
    Speaker peer(1);
    peer.self.epoch = Epoch{today + limits::kMaxEpochAhead + 1};
    const auto refused = talk.ask<Refused>(peer, peer.join());
    CHECK(refused.reason == "invalid");
    CHECK(refused.text.find("more than a day ahead") != std::string::npos);
    CHECK_FALSE(talk.knows(peer));
    talk.at(1s);
    talk.join(peer);
    peer.self.epoch = Epoch{~0ULL};
    talk.ask<Refused>(peer, peer.join());
    // A bus whose clock was never set cannot judge.
    Talk old(5000);
    old.join(peer);
    CHECK(old.knows(peer));
}

TEST_CASE("one connection holds so many ids and no more; those that left or lapsed make room") {
    Talk talk;
    const auto speaker = [](std::uint8_t number) { return Speaker(number, "one connection"); };
    for (std::uint8_t i = 1; i <= limits::kMaxIdsPerConnection; ++i) {
        Speaker peer = speaker(i);
        talk.join(peer);
        talk.join(peer);  // again: no other
    }
    Speaker beyond = speaker(99), elsewhere(98);
    CHECK(talk.ask<Refused>(beyond, beyond.join()).reason == "full");
    talk.join(elsewhere);
    talk.ask<Ack>(speaker(1), Leave{RequestId{2}});
    talk.join(beyond);
    CHECK(talk.ask<Refused>(speaker(97), speaker(97).join()).reason == "full");
    // One that moves to another connection is counted there.
    Speaker moved(2, "another connection");
    talk.join(moved);
    Speaker next = speaker(97);
    talk.join(next);
    talk.at(limits::kSettling + limits::kLease);
    for (std::uint8_t i = 10; i < 10 + limits::kMaxIdsPerConnection; ++i) {
        Speaker peer = speaker(i);
        talk.join(peer);
    }
}

// --- live ----------------------------------------------------------------------------------------

TEST_CASE("an update is applied by its sequence, and always acknowledged") {
    Talk talk;
    Speaker peer(1);
    talk.join(peer, {entry(kFilm, {{0, 4}})});
    const auto film = [&]() -> const Holdings& {
        return talk.session.leases().find(peer.self.id)->holdings;
    };

    peer.sequence = Sequence{3};
    CHECK(talk.ask<Ack>(peer, Update{RequestId{2}, {entry(kFilm, {{0, 5}})}}).request ==
          RequestId{2});
    CHECK(film().at(kFilm.id) == RangeSet{{0, 5}});
    peer.sequence = Sequence{2};
    talk.ask<Ack>(peer, Update{RequestId{3}, {entry(kFilm, {{0, 1}})}});
    CHECK(film().at(kFilm.id) == RangeSet{{0, 5}});
    peer.sequence = Sequence{3};  // as of the same: another part of a long telling
    talk.ask<Ack>(peer, Update{RequestId{4}, {entry(kSong, {{0, 1}}), entry(kFilm, {})}});
    CHECK(film().size() == 1);
    CHECK(film().at(kSong.id) == RangeSet{{0, 1}});
    const auto refused = talk.ask<Refused>(peer, Update{RequestId{5}, {entry(kFilm, {{9, 11}})}});
    CHECK(refused.reason == "invalid");
}

TEST_CASE("a heartbeat says whether all was told; digests and tell make it so") {
    Talk talk;
    Speaker peer(1);
    talk.join(peer, {entry(kFilm, {{0, 4}}), entry(kSong, {{0, 1}})});
    CHECK(talk.tell(peer, Heartbeat{peer.root()})[0] == Body(HeartbeatAck{true, true, true}));

    const AssetRecord third = asset(0x30, "third");
    peer.holdings = {{kFilm.id, {{0, 6}}}, {third.id, {{0, 1}}}};
    // Roots cost by all that a peer holds: who is in haste hears what was found last.
    CHECK(talk.ask<HeartbeatAck>(peer, Heartbeat{peer.root()}).in_sync);
    talk.at(limits::kCompareEvery);
    CHECK_FALSE(talk.ask<HeartbeatAck>(peer, Heartbeat{peer.root()}).in_sync);
    CHECK(talk.ask<Tell>(peer, Digests{{digest(kFilm, {{0, 6}})}, true}).assets ==
          std::vector{kFilm.id});
    CHECK(talk.tell(peer, Digests{{}, true}).empty());
    const auto told = talk.ask<Tell>(peer, Digests{{digest(third, {{0, 1}})}, false});
    CHECK(told.assets == std::vector{kSong.id, third.id});

    talk.ask<Ack>(
        peer, Update{RequestId{2},
                     {entry(kFilm, {{0, 6}}), entry(asset(0x20, ""), {}), entry(third, {{0, 1}})}});
    talk.at(2 * limits::kCompareEvery);
    CHECK(std::get<HeartbeatAck>(talk.tell(peer, Heartbeat{peer.root()})[0]).in_sync);
    // The pages before are forgotten: what is told now is told whole.
    CHECK(talk.ask<Tell>(peer, Digests{{digest(kFilm, {{0, 6}})}, false}).assets ==
          std::vector{third.id});
}

TEST_CASE("digests are compared page by page, and pages without end leave nothing behind") {
    Talk talk;
    Speaker peer(1);
    talk.join(peer, {entry(kFilm, {{0, 4}})});
    Digests page;
    page.more = true;
    for (std::uint32_t i = 0; i < limits::kMaxDigests; ++i) {
        DigestRecord record = digest(kFilm, {{0, 1}});
        record.asset.bytes[0] = 0xF0;
        record.asset.bytes[1] = static_cast<std::uint8_t>(i >> 8);
        record.asset.bytes[2] = static_cast<std::uint8_t>(i);
        page.digests.push_back(record);
    }
    CHECK(talk.ask<Tell>(peer, page).assets.size() == limits::kMaxDigests);
    for (int again = 0; again < 3; ++again)
        CHECK(talk.tell(peer, page).empty());  // not above the last
    CHECK(talk.ask<Tell>(peer, Digests{}).assets.empty());
    CHECK(talk.ask<Tell>(peer, Digests{}).assets == std::vector{kFilm.id});
}

TEST_CASE("an update that finds no room is refused in words; what is held no more is forgotten") {
    Talk talk;
    Speaker peer(1);
    talk.join(peer, {entry(kFilm, {{0, 4}})});
    RangeSet scattered;
    for (std::uint32_t i = 0; i < limits::kMaxFragments; i += 2)
        scattered.add(i);
    Update update{RequestId{2}, {}};
    for (std::uint32_t i = 0; i < 16; ++i)
        update.entries.push_back(entry(asset(1, "a", limits::kMaxFragments), scattered));
    for (std::uint64_t told = 0; told < limits::kMaxKeptBytesOfOne; told += 16 * 65536ULL) {
        for (std::uint32_t i = 0; i < 16; ++i) {
            update.entries[i].asset.id.bytes[1] = static_cast<std::uint8_t>(told >> 20);
            update.entries[i].asset.id.bytes[2] = static_cast<std::uint8_t>(i);
        }
        if (told < limits::kMaxKeptBytesOfOne - 16 * 65536ULL) talk.ask<Ack>(peer, update);
    }
    update.entries.push_back(entry(kFilm, {}));
    update.entries.push_back(entry(kSong, {{0, 1}}));
    const auto refused = talk.ask<Refused>(peer, update);
    CHECK(refused.reason == "full");
    CHECK(refused.text == "more than 67108864 bytes of what one peer holds");
    const auto& holdings = talk.session.leases().find(peer.self.id)->holdings;
    CHECK(holdings.find(kFilm.id) == nullptr);
    CHECK(holdings.find(kSong.id) != nullptr);
}

TEST_CASE("whoever is silent for 15 s is gone, and may come again in the same epoch") {
    Talk talk;
    talk.settle();
    Speaker peer(1), talker(2);
    talk.join(peer, {entry(kFilm, {{0, 4}})});
    talk.join(talker);
    talk.published.clear();
    const Duration joined = talk.now - Time{};

    // Any message of a peer prolongs its lease.
    talk.at(joined + 10s);
    talk.ask<Peers>(talker, ListPeers{});
    talk.at(joined + limits::kLease - 1us);
    CHECK(talk.knows(peer));
    talk.at(joined + limits::kLease);
    CHECK_FALSE(talk.knows(peer));
    CHECK(talk.knows(talker));
    CHECK(talk.announced<PeerLeft>() == std::vector{PeerLeft{peer.self.id, true}});
    CHECK(talk.session.leases().assets().empty());
    CHECK(talk.counter("lapses") == 1);
    CHECK(talk.session.events().page(3, 0).events[0].text ==
          "peer1 is gone: no sign of it for 15 s");

    talk.join(peer);
    CHECK(talk.announced<PeerJoined>().size() == 1);
}

TEST_CASE("garbage does not prolong a lease, is counted, and is logged once per sender and 10 s") {
    Talk talk;
    talk.settle();
    Speaker peer(1);
    talk.join(peer);
    const Duration joined = talk.now - Time{};
    talk.at(joined + 10s);
    DirectoryActions actions;
    for (int i = 0; i < 3; ++i)
        talk.session.on_garbage(peer.route, {DecodeError::Why::malformed, "join: cut short"},
                                talk.now, actions);
    REQUIRE(actions.size() == 1);
    CHECK(std::get<Report>(actions[0]).text == "join: cut short");
    CHECK(talk.counter("garbage") == 3);
    talk.session.on_garbage("another", {}, talk.now, actions);
    CHECK(actions.size() == 2);
    talk.session.on_garbage(peer.route, {}, talk.now + limits::kLogInterval, actions);
    CHECK(actions.size() == 3);
    talk.at(joined + limits::kLease);
    CHECK_FALSE(talk.knows(peer));
}

TEST_CASE("garbage from more senders than kMaxComplaints is counted, and not logged") {
    Talk talk;
    DirectoryActions actions;
    for (std::size_t i = 0; i < limits::kMaxComplaints + 10; ++i)
        talk.session.on_garbage("r" + std::to_string(i), {}, talk.now, actions);
    CHECK(actions.size() == limits::kMaxComplaints);
    CHECK(talk.counter("garbage") == limits::kMaxComplaints + 10);
}

TEST_CASE("what no directory is told is garbage and has no answer") {
    Talk talk;
    Speaker peer(1);
    talk.join(peer);
    for (const Body& body : {Body(Welcome{}), Body(Ping{}), Body(Request{}), Body(PeerLeft{}),
                             Body(PeerAlive{}), Body(Located{}), Body(Hello{}), Body(Tell{})})
        CHECK(talk.tell(peer, body).empty());
    CHECK(talk.counter("garbage") == 8);
}

TEST_CASE(
    "of a peer's message over another connection: heartbeat no, update refused, rest dropped") {
    Talk talk;
    Speaker peer(1);
    talk.join(peer, {entry(kFilm, {{0, 4}})});
    Speaker elsewhere = peer;
    elsewhere.route = "other route";
    talk.published.clear();
    CHECK_FALSE(talk.ask<HeartbeatAck>(elsewhere, Heartbeat{peer.root()}).known);
    CHECK(talk.ask<Refused>(elsewhere, Update{RequestId{2}, {entry(kFilm, {})}}).reason ==
          "not_found");
    CHECK(talk.tell(elsewhere, Digests{}).empty());
    CHECK(talk.tell(elsewhere, Leave{RequestId{3}}).empty());
    CHECK(talk.tell(elsewhere, ManifestPart{{}, kFilm.id, 1, 0}, Payload(Bytes{1})).empty());
    CHECK(talk.ask<Peers>(elsewhere, ListPeers{}).peers.size() == 1);
    CHECK(talk.knows(peer));
    CHECK(talk.published.empty());
}

// --- settling (9.7) and the bus's own beat -------------------------------------------------------

TEST_CASE("while settling nobody is reported gone; after it, silence counts from the last sign") {
    Talk talk;
    Speaker peer(1);
    talk.join(peer);
    CHECK(talk.session.settling(Time(limits::kSettling - 1us)));
    CHECK_FALSE(talk.session.settling(Time(limits::kSettling)));
    talk.at(limits::kSettling);
    CHECK(talk.knows(peer));
    talk.at(limits::kLease);
    CHECK_FALSE(talk.knows(peer));
}

TEST_CASE("the counters are published every heartbeat, and once after a pause") {
    Talk talk;
    talk.at(limits::kHeartbeat - 1us);
    CHECK(talk.announced<BusStats>().empty());
    talk.at(3 * limits::kHeartbeat);
    const auto stats = talk.announced<BusStats>();
    CHECK(stats.size() == 3);
    CHECK(stats[0].counters.size() == talk.session.counters().size());

    DirectoryActions actions;
    talk.session.on_tick(Time(10 * limits::kHeartbeat), actions);
    CHECK(actions.size() == 1);
    CHECK(talk.session.next_tick() == Time(11 * limits::kHeartbeat));
}

TEST_CASE("the same conversation has the same answers") {
    const auto run = [] {
        Talk talk;
        std::string trace;
        for (std::uint8_t number = 1; number < 20; ++number) {
            Speaker peer(number);
            for (const Body& body : talk.tell(peer, peer.join({entry(kFilm, {{0, number % 9u}})})))
                trace += describe({{}, body});
        }
        talk.at(60s);
        for (const Message& message : talk.published)
            trace += describe(message);
        return trace;
    };
    CHECK(run() == run());
}

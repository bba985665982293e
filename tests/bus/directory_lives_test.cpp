// Who is who: an id's lives, copies of it, and its end. Of PROTOCOL.md's table 13.2, and
// section 9.4.
#include "tests/bus/talk.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;

namespace {

// Left, in its epoch 100.
Speaker left(Talk& talk, std::uint8_t number) {
    Speaker peer(number);
    talk.join(peer);
    talk.ask<Ack>(peer, Leave{RequestId{2}});
    talk.published.clear();
    return peer;
}

}  // namespace

// --- one id, two peers (9.4) ---------------------------------------------------------------------

TEST_CASE("a higher epoch replaces: it is the same peer, restarted") {
    Talk talk;
    Speaker peer(1);
    talk.join(peer, {entry(kFilm, {{0, 4}})});
    talk.published.clear();
    Speaker restarted(1, "new connection");
    restarted.self.epoch = Epoch{101};
    restarted.self.exchange = "tcp://10.0.0.1:9999";
    talk.join(restarted, {entry(kSong, {{0, 1}})});
    CHECK(talk.knows(restarted));
    CHECK_FALSE(talk.knows(peer));
    CHECK(talk.session.leases().assets().count(kFilm.id) == 0);
    CHECK(talk.announced<PeerJoined>().size() == 1);
    CHECK(talk.counter("joins") == 2);
}

TEST_CASE("the same epoch at the same endpoint, or over the same connection, is no second peer") {
    Talk talk;
    Speaker peer(1);
    talk.join(peer, {entry(kFilm, {{0, 4}})});
    talk.published.clear();
    Speaker reconnected = peer;
    reconnected.route = "new connection";
    talk.join(reconnected, {entry(kFilm, {{0, 5}})});
    CHECK(talk.knows(reconnected));
    CHECK_FALSE(talk.knows(peer));
    Speaker moved = reconnected;
    moved.self.exchange = "tcp://10.0.0.1:9999";
    talk.join(moved, {entry(kFilm, {{0, 5}})});
    CHECK(talk.session.leases().find(peer.self.id)->peer.exchange == moved.self.exchange);
    CHECK(talk.announced<PeerJoined>().empty());
}

TEST_CASE("a copied store: the second of one id and epoch is told duplicate, the first stays") {
    Talk talk;
    Speaker first(1), second(1, "other machine");
    second.self.exchange = "tcp://10.0.0.2:7000";
    talk.join(first, {entry(kFilm, {{0, 4}})});
    talk.published.clear();
    const auto duplicate = talk.ask<Duplicate>(second, second.join({entry(kFilm, {{0, 4}})}));
    CHECK(duplicate.request == RequestId{1});
    CHECK(duplicate.exchange == first.self.exchange);
    CHECK(talk.knows(first));
    CHECK(talk.published.empty());
    CHECK(talk.counter("duplicates") == 1);

    // With another id it is welcome.
    Speaker renamed(3, second.route);
    talk.join(renamed, {entry(kFilm, {{0, 4}})});
    CHECK(talk.session.leases().assets().at(kFilm.id).holders.size() == 2);
}

TEST_CASE("a copied store of a lower epoch is told duplicate; one of a higher takes the id") {
    Talk talk;
    Speaker first(1), second(1, "other machine");
    second.self.exchange = "tcp://10.0.0.2:7000";
    second.self.epoch = Epoch{99};
    talk.join(first);
    CHECK(talk.ask<Duplicate>(second, second.join()).exchange == first.self.exchange);
    second.self.epoch = Epoch{105};
    talk.join(second);
    CHECK_FALSE(talk.ask<HeartbeatAck>(first, Heartbeat{first.root()}).known);
    CHECK(talk.ask<Duplicate>(first, first.join()).exchange == second.self.exchange);
}

TEST_CASE("once the lease of the first has lapsed, its id is free") {
    Talk talk;
    talk.settle();
    Speaker first(1), second(1, "other machine");
    second.self.exchange = "tcp://10.0.0.2:7000";
    second.self.epoch = Epoch{99};
    talk.join(first);
    // No tick comes between: the join itself sees that the lease is over.
    talk.now += limits::kLease;
    talk.join(second);
    CHECK(talk.announced<PeerLeft>().size() == 1);
}

// --- left ----------------------------------------------------------------------------------------

TEST_CASE("leaving is acknowledged and told at once") {
    Talk talk;
    Speaker peer(1);
    talk.join(peer, {entry(kFilm, {{0, 4}})});
    CHECK(talk.ask<Ack>(peer, Leave{RequestId{9}}).request == RequestId{9});
    CHECK(talk.announced<PeerLeft>() == std::vector{PeerLeft{peer.self.id, false}});
    CHECK(talk.session.leases().peers().empty());
    CHECK(talk.session.leases().assets().empty());
    CHECK(talk.counter("leaves") == 1);
}

TEST_CASE(
    "of one who left: its epoch is void, which it is told, questions and a repeated leave are "
    "answered") {
    Talk talk;
    Speaker peer = left(talk, 1);
    CHECK(talk.ask<Duplicate>(peer, peer.join()).exchange.empty());
    CHECK(talk.ask<Refused>(peer, Update{RequestId{2}, {entry(kFilm, {{0, 1}})}}).reason ==
          "not_found");
    CHECK_FALSE(talk.ask<HeartbeatAck>(peer, Heartbeat{peer.root()}).known);
    CHECK(talk.tell(peer, Digests{}).empty());
    CHECK(talk.tell(peer, ManifestPart{{}, kFilm.id, 1, 0}, Payload(Bytes{1})).empty());
    Speaker elsewhere = peer;
    elsewhere.route = "other route";
    CHECK_FALSE(talk.ask<HeartbeatAck>(elsewhere, Heartbeat{peer.root()}).known);
    talk.ask<Refused>(elsewhere, Update{});
    CHECK(talk.ask<Ack>(peer, Leave{RequestId{3}}).request == RequestId{3});
    CHECK(talk.ask<Peers>(peer, ListPeers{}).peers.empty());
    CHECK(talk.published.empty());
    CHECK(talk.session.leases().peers().empty());

    peer.self.epoch = Epoch{101};
    talk.join(peer);
    CHECK(talk.announced<PeerJoined>().size() == 1);
}

TEST_CASE("a void epoch is forgotten after two leases") {
    Talk talk;
    Speaker peer = left(talk, 1);
    talk.settle();
    talk.at(2 * limits::kLease);
    talk.join(peer);
    CHECK(talk.knows(peer));
}

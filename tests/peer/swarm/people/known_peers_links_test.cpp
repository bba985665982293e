// Who is still there: by links, dials and what buses name, and who is no more
// (tests/peer/swarm/people/peers_register.hpp says how it is written).
#include "messages/wire/limits.hpp"
#include "tests/peer/swarm/people/peers_register.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

TEST_CASE("known peers: who is not linked any more is expected back where somebody vouches") {
    const auto ends = [](bool bus_joined, bool listed, bool guest, bool gone) {
        PeersRegister all;
        all.bus = bus_joined;
        PeerRecord record = record_of('a', 1);
        record.guest = guest;
        if (listed) all.listed(record);
        all.hello(record, 1);
        if (gone) all.left('a', 0);
        return all.unlinked('a', 1);
    };
    CHECK(ends(true, true, false, false) == "last");
    CHECK(ends(true, false, false, false) == "forgotten");  // the bus would name it
    CHECK(ends(false, false, false, false) == "last");      // there is none to ask
    CHECK(ends(false, false, true, false) == "forgotten");  // a guest comes back as another
    CHECK(ends(true, true, true, false) == "last");         // the bus says when it left
    CHECK(ends(true, true, false, true) == "forgotten");    // all say that it left
}

TEST_CASE("known peers: whose first link comes or last link goes is noted, once") {
    PeersRegister all;
    const auto relinked = [&] {
        std::string who;
        for (const PeerId& peer : all.peers.take_relinked())
            who += static_cast<char>(peer.bytes[0]);
        return who;
    };
    all.listed(record_of('a', 1));
    all.listed(record_of('b', 2));
    CHECK(relinked().empty());
    CHECK(all.peers.relinks() == 0);
    all.hello(record_of('a', 1), 1);
    CHECK(all.peers.relinks() == 1);
    CHECK(relinked() == "a");
    all.hello(record_of('a', 1), 2);
    all.unlinked('a', 1);
    all.unlinked('a', 1);
    all.unlinked('b', 3);
    CHECK(relinked().empty());
    all.unlinked('a', 2);
    CHECK(relinked() == "a");
    all.hello(record_of('b', 2), 3);
    all.peers.forget(pic::peer('b'));
    all.peers.forget(pic::peer('a'));
    CHECK(relinked() == "b");
    CHECK(all.peers.relinks() == 4);
}

TEST_CASE("known peers: of whom people see something else than before is noted, once") {
    PeersRegister all;
    const auto changed = [&] {
        std::string who;
        for (const PeerId& peer : all.peers.take_changed())
            who += static_cast<char>(peer.bytes[0]);
        return who;
    };
    all.listed(record_of('a', 1));
    all.listed(record_of('b', 1));
    CHECK(changed() == "ab");
    CHECK(changed().empty());
    // Named again as it is, or alive: nobody sees that.
    all.listed(record_of('a', 1), 1);
    CHECK(all.alive('a', 0));
    all.peers.named(pic::peer('c'));
    CHECK(changed().empty());
    all.listed(record_of('a', 2));
    CHECK(changed() == "a");
    all.hello(record_of('a', 2), 1);
    CHECK(changed() == "a");
    all.hello(record_of('a', 2), 2);
    CHECK(changed() == "a");
    all.unlinked('a', 2);
    CHECK(changed() == "a");
    all.unlinked('a', 2);
    CHECK(changed().empty());
    all.peers.came(pic::peer('a'), 5);
    CHECK(changed() == "a");
    all.peers.sent(pic::peer('b'), 5);
    CHECK(changed() == "b");
    all.peers.thanked(pic::peer('a'));
    CHECK(changed() == "a");
    all.peers.forget(pic::peer('b'));
    CHECK(changed() == "b");
    all.peers.forget(pic::peer('b'));
    all.peers.came(pic::peer('b'), 5);
    CHECK(changed().empty());
}

TEST_CASE("known peers: it is gone when the last bus that named it says so") {
    PeersRegister all;
    all.listed(record_of('a', 1), 0);
    CHECK(all.alive('a', 1));
    CHECK(all.row() == "aB1@0,1");
    CHECK(all.left('a', 0) == "nothing");
    CHECK(all.left('a', 0) == "nothing");  // said once
    CHECK(all.left('a', 1) == "forgotten");
    CHECK(all.row() == "");
    CHECK(all.left('a', 1) == "nothing");
    all.mentioned(record_of('a', 1));
    CHECK(all.left('a', 0) == "nothing");  // it never named it
    CHECK(all.row() == "ao1");
    all.peers.forget(pic::peer('a'));

    all.listed(record_of('b', 2), 0);
    all.hello(record_of('b', 2), 1);
    CHECK(all.left('b', 0) == "linked");
    CHECK(all.row() == "bB2=1gone");
    CHECK(all.alive('b', 1));
    CHECK(all.row() == "bB2=1@1");
}

TEST_CASE("known peers: what a bus does not list, and what no bus names") {
    PeersRegister all;
    all.listed(record_of('a', 1), 0);
    all.listed(record_of('b', 2), 0);
    all.listed(record_of('c', 3), 1);
    const Time asked = all.now + 1s;
    all.now = asked + 1s;
    all.alive('d', 0);
    CHECK(all.peers.unlisted({0}, {pic::peer('b')}, asked) == std::vector{pic::peer('a')});
    CHECK(all.peers.strays().empty());
    all.peers.bus_lost({0});
    CHECK(all.row() == "aB1 bB2 cB3@1 d-");
    all.hello(record_of('a', 1), 1);
    all.peers.dialling(pic::peer('b'), {2});
    CHECK(all.peers.strays() == std::vector{pic::peer('d')});
}

TEST_CASE("known peers: links, dials, and what is left of a dial that failed") {
    PeersRegister all;
    all.peers.dialling(pic::peer('a'), {1});  // nobody told of it: it is given something
    all.peers.named(pic::peer('b'));
    all.mentioned(record_of('c', 3));
    all.alive('d', 0);
    CHECK(all.row() == "a-~1 b- co3 d-@0");
    all.peers.dialling(pic::peer('c'), {3});
    all.peers.dialling(pic::peer('d'), {4});
    CHECK_FALSE(all.peers.find(pic::peer('a'))->apart());
    CHECK(all.dial_over(1));
    CHECK_FALSE(all.dial_over(2));
    CHECK_FALSE(all.dial_over(3));
    CHECK_FALSE(all.dial_over(4));
    CHECK(all.row() == "b- co3 d-@0");
    all.peers.dialling(pic::peer('c'), {5});
    all.hello(record_of('c', 3), 5, 3);
    CHECK(all.row() == "b- ch3=5 d-@0");
    CHECK_FALSE(all.peers.linked(pic::peer('c'), {6}));
    CHECK(all.peers.linked(pic::peer('c')));
    CHECK_FALSE(all.peers.linked(pic::peer('d')));
}

TEST_CASE("known peers: what went to and fro is kept as long as the peer is") {
    PeersRegister all;
    all.peers.came(pic::peer('a'), 5);
    CHECK(all.row() == "");
    all.hello(record_of('a', 1), 1);
    all.peers.came(pic::peer('a'), 5);
    all.peers.came(pic::peer('a'), 2);
    all.peers.sent(pic::peer('a'), 3);
    all.peers.thanked(pic::peer('a'));
    all.listed(record_of('a', 2));
    const KnownPeer& known = *all.peers.find(pic::peer('a'));
    CHECK(known.bytes_in == 7);
    CHECK(known.bytes_out == 3);
    CHECK(known.receipts == 1);
}

TEST_CASE("known peers: once there are kMaxBusPeers, only who is linked or dialled is one more") {
    PeersRegister all;
    all.bus = false;
    const auto number = [](std::uint32_t i) {
        PeerRecord record = record_of('A', i);
        record.id.bytes[0] = 0xee;
        record.id.bytes[1] = static_cast<std::uint8_t>(i >> 8U);
        record.id.bytes[2] = static_cast<std::uint8_t>(i);
        return record;
    };
    for (std::uint32_t i = 0; i < limits::kMaxBusPeers; ++i)
        all.peers.mentioned(number(i), false);
    REQUIRE(all.peers.size() == limits::kMaxBusPeers);
    CHECK(all.mentioned(record_of('a', 1)) == "");
    CHECK(all.listed(record_of('a', 1)) == "");
    CHECK_FALSE(all.alive('a', 0));
    CHECK_FALSE(all.peers.named(pic::peer('a')));
    CHECK(all.listed(number(1)) == "tm");  // who is known is heard
    CHECK_FALSE(all.peers.in_the_way_of(number(1).id));
    CHECK(all.hello(record_of('a', 1), 1) == "");
    CHECK(all.listed(record_of('a', 1)) == "tam");  // it is here by now
    all.peers.dialling(pic::peer('b'), {2});
    all.listed(record_of('b', 2));
    CHECK(all.row() == "aB1=1@0 bB2~2@0");
    CHECK(all.unlinked('a', 1) == "forgotten");
    CHECK(all.dial_over(2));
    CHECK(all.peers.size() == limits::kMaxBusPeers);
    CHECK_FALSE(all.peers.room_for({}));  // nobody has that id
    // Whom a bus lists takes the place of one whom none does.
    for (std::uint32_t i = 0; i < limits::kMaxBusPeers; ++i)
        if (i != 7 && i != 8 && i != 9) all.peers.listed(number(i), {0}, all.now);
    all.hello(number(7), 7);
    all.peers.dialling(number(8).id, {8});
    CHECK(all.peers.in_the_way_of(pic::peer('a')) == number(9).id);
    all.listed(number(9));
    CHECK_FALSE(all.peers.in_the_way_of(pic::peer('a')));
    all.peers.forget(number(1).id);
    CHECK_FALSE(all.peers.in_the_way_of(pic::peer('a')));
    CHECK_FALSE(all.peers.room_for({}));
    CHECK(all.listed(record_of('a', 1)) == "tam");
}

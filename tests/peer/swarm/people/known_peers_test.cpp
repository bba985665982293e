// Whose word on a peer counts (tests/peer/swarm/people/peers_register.hpp says how it is written).
#include "tests/peer/swarm/people/peers_register.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;
namespace pic = fragcast::pictures;

namespace {

// Peer a, at door 1, on that word.
void begin(PeersRegister& all, Word word) {
    switch (word) {
        case Word::nobody:
            all.peers.named(pic::peer('a'));
            break;
        case Word::other:
            all.mentioned(record_of('a', 1));
            break;
        case Word::hello:
            all.hello(record_of('a', 1), 1);
            break;
        case Word::bus:
            all.listed(record_of('a', 1));
            break;
    }
}

}  // namespace

TEST_CASE("known peers: a lesser word never takes the place of a better one") {
    // Of: nobody's, another's, a hello's, a bus's.
    const std::string other = "#...";
    const std::string hello = "##..";
    const std::string bus = "####";
    for (std::uint32_t i = 0; i < 4; ++i) {
        CAPTURE(i);
        PeersRegister mentions;
        begin(mentions, static_cast<Word>(i));
        CHECK(mentions.mentioned(record_of('a', 2)).starts_with('t') == (other[i] == '#'));
        PeersRegister hellos;
        begin(hellos, static_cast<Word>(i));
        CHECK(hellos.hello(record_of('a', 2), 2).starts_with('t') == (hello[i] == '#'));
        PeersRegister lists;
        begin(lists, static_cast<Word>(i));
        CHECK(lists.listed(record_of('a', 2)).starts_with('t') == (bus[i] == '#'));
    }
}

TEST_CASE("known peers: of another's word the first counts, until nobody answers there") {
    PeersRegister all;
    CHECK(all.mentioned(record_of('a', 1)) == "tam");
    CHECK(all.mentioned(record_of('a', 2)) == "");
    all.peers.dialling(pic::peer('a'), {7});
    CHECK(all.mentioned(record_of('a', 2), true) == "");  // it is being looked for
    CHECK_FALSE(all.dial_over(7));
    CHECK(all.mentioned(record_of('a', 2), true) == "t");
    CHECK(all.row() == "ao2");
}

TEST_CASE("known peers: of two hellos the one that came from where it says that it lives") {
    PeersRegister all;
    CHECK(all.hello(record_of('a', 1), 1) == "tam");
    CHECK(all.hello(record_of('a', 2), 2) == "");      // who dials us may repeat any id
    CHECK(all.hello(record_of('a', 3), 3, 4) == "");   // that was said to be elsewhere
    CHECK(all.hello(record_of('a', 5), 5, 5) == "t");  // it answers there
    CHECK(all.hello(record_of('a', 6), 6, 6) == "");   // so does another: the first stays
    CHECK(all.hello(record_of('a', 7), 5, 5) == "t");  // on its own link it may say anything
    CHECK(all.row() == "ah7=1,2,3,5,6");
    CHECK(all.hello(record_of('a', 8), 8, 8) == "t");  // but it is not at home there
}

TEST_CASE("known peers: a hello's record serves its link, and ends with it") {
    PeersRegister all;
    all.hello(record_of('a', 1), 1);
    all.hello(record_of('a', 2), 2);
    CHECK(all.unlinked('a', 2) == "nothing");
    all.hello(record_of('a', 3), 3);
    CHECK(all.unlinked('a', 1) == "voucher");
    CHECK(all.row() == "ao1=3");
    CHECK(all.hello(record_of('a', 3), 3) == "tm");  // told again on the other link
    all.bus = false;
    CHECK(all.unlinked('a', 3) == "last");
    CHECK(all.row() == "ao3");
    CHECK(all.unlinked('b', 3) == "nothing");
}

TEST_CASE("known peers: of a bus's words the one on the later life") {
    PeersRegister all;
    CHECK(all.listed(record_of('a', 1, 5)) == "tam");
    CHECK(all.peers.leaves(pic::peer('a')));
    CHECK_FALSE(all.peers.leaves(pic::peer('a')));
    CHECK(all.listed(record_of('a', 2, 4)) == "");
    CHECK(all.listed(record_of('a', 3, 5)) == "t");
    CHECK(all.row() == "aB3@0leaving");
    CHECK(all.listed(record_of('a', 4, 6)) == "tam");  // that leaves no more
    CHECK(all.row() == "aB4@0");
    CHECK_FALSE(all.peers.leaves(pic::peer('b')));
}

TEST_CASE("known peers: over a bus one leaves in the life that is known, where it is named") {
    PeersRegister all;
    const PeerId peer = pic::peer('a');
    CHECK_FALSE(all.peers.leaves(peer, {5}, {0}));
    all.peers.named(peer);
    CHECK(all.alive('a', 0));
    CHECK_FALSE(all.peers.leaves(peer, {0}, {0}));  // nobody knows which life it is
    all.listed(record_of('a', 1, 5), 0);
    CHECK_FALSE(all.peers.leaves(peer, {4}, {0}));
    CHECK_FALSE(all.peers.leaves(peer, {6}, {0}));
    CHECK_FALSE(all.peers.leaves(peer, {5}, {1}));
    CHECK(all.row() == "aB1@0");
    CHECK(all.peers.leaves(peer, {5}, {0}));
    CHECK_FALSE(all.peers.leaves(peer, {5}, {0}));
    CHECK(all.row() == "aB1@0leaving");
    all.listed(record_of('b', 2), 0);
    all.peers.bus_lost({0});  // joined again, a bus names nobody at first
    CHECK(all.peers.leaves(pic::peer('b'), {1}, {1}));
}

TEST_CASE("known peers: who is a member may be another by word, life, capacity and draining") {
    PeersRegister all;
    PeerRecord record = record_of('a', 1);
    CHECK(all.mentioned(record) == "tam");
    CHECK(all.listed(record) == "tm");
    CHECK(all.listed(record) == "t");
    record.capacity = 9;
    CHECK(all.listed(record) == "tm");
    record.draining = true;
    CHECK(all.listed(record) == "tm");
    record.name = "else";
    CHECK(all.listed(record) == "t");
}

TEST_CASE(
    "known peers: who leaves or is forgotten counts as another thing, and a guest never did") {
    PeersRegister all;
    const auto changes = [&all](const auto& does) {
        const std::uint64_t before = all.peers.renewals();
        does();
        return all.peers.renewals() - before;
    };
    all.listed(record_of('a', 1));
    PeerRecord guest = record_of('b', 2);
    guest.guest = true;
    all.listed(guest);
    all.peers.named(pic::peer('c'));
    CHECK(changes([&] { all.peers.leaves(pic::peer('a')); }) == 1);
    CHECK(changes([&] { all.peers.leaves(pic::peer('a')); }) == 0);
    CHECK(changes([&] { all.peers.forget(pic::peer('a')); }) == 1);
    for (const char who : {'a', 'b', 'c'})
        CHECK(changes([&] { all.peers.forget(pic::peer(who)); }) == 0);
}

TEST_CASE("known peers: with the bus away a peer says itself that it drains, and nothing more") {
    PeersRegister all;
    all.listed(record_of('a', 1));
    PeerRecord record = record_of('a', 2);
    record.draining = true;
    CHECK(all.hello(record, 1) == "");
    CHECK_FALSE(all.peers.record(pic::peer('a'))->draining);
    all.bus = false;
    CHECK(all.hello(record, 1) == "m");
    CHECK(all.peers.record(pic::peer('a'))->draining);
    CHECK(all.hello(record, 1) == "");
    CHECK(all.row() == "aB1=1@0");
}

// Peers that others told us of: a word for each, in the order of their letters. "bB4" is peer b,
// known by a bus's word to live at door 4; o another's, h its own hello's, - nobody's. Then, where
// there are any, its links (=1,2), the link that dials it (~3), the buses that name it (@0,1), and
// "leaving" or "gone".
#include "peer/swarm/people/known_peers.hpp"

#include "tests/support/pictures.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

namespace {

std::string door_of(std::uint32_t number) {
    return "tcp://10.0.0.2:" + std::to_string(number);
}

PeerRecord record_of(char who, std::uint32_t door, std::uint64_t life = 1) {
    PeerRecord record;
    record.id = pic::peer(who);
    record.epoch = {life};
    record.exchange = door_of(door);
    return record;
}

struct Register {
    KnownPeers peers;
    Time now{100s};
    bool bus = true;  // one is joined

    // What came of it: t taken, a anew, m it may count as another thing.
    template <class Says>
    std::string learnt(Says says) {
        const std::uint64_t before = peers.renewals();
        const KnownPeers::Learnt what = says();
        return std::string(what.taken ? "t" : "") + (what.anew ? "a" : "") +
               (peers.renewals() != before ? "m" : "");
    }
    template <class Result>
    Result checked(Result result) const {
        const char* broken = peers.broken();
        CHECK_MESSAGE(broken == nullptr, broken);
        return result;
    }
    std::string listed(const PeerRecord& record, std::uint32_t by = 0) {
        return checked(learnt([&] { return peers.listed(record, {by}, now); }));
    }
    std::string mentioned(const PeerRecord& record, bool in_vain = false) {
        return checked(learnt([&] { return peers.mentioned(record, in_vain); }));
    }
    // Its hello, and it is up. At door 0: it dialled us.
    std::string hello(const PeerRecord& record, std::uint64_t link, std::uint32_t at = 0) {
        const std::string dialled = at == 0 ? std::string() : door_of(at);
        std::string what = learnt([&] { return peers.introduced(record, {link}, dialled, bus); });
        peers.linked(record.id, {link});
        return checked(std::move(what));
    }
    std::string unlinked(char who, std::uint64_t link) {
        const auto what = peers.unlinked(pic::peer(who), {link}, bus);
        if (what == KnownPeers::Unlinked::forgotten) peers.forget(pic::peer(who));
        const char* names[] = {"nothing", "voucher", "last", "forgotten"};
        return checked(names[static_cast<int>(what)]);
    }
    std::string left(char who, std::uint32_t by) {
        const auto what = peers.left(pic::peer(who), {by});
        if (what == KnownPeers::Left::forgotten) peers.forget(pic::peer(who));
        const char* names[] = {"nothing", "linked", "forgotten"};
        return checked(names[static_cast<int>(what)]);
    }
    bool dial_over(std::uint64_t link) {
        const auto over = peers.dial_over({link});
        if (over) peers.forget(*over);
        return checked(over.has_value());
    }
    bool alive(char who, std::uint32_t by) {
        return checked(peers.alive(pic::peer(who), {by}, now));
    }

    template <class Numbers>
    static std::string numbers(char mark, const Numbers& all) {
        std::string out;
        for (const auto& one : all)
            out += (out.empty() ? std::string(1, mark) : ",") + std::to_string(one.value);
        return out;
    }
    std::string row() const {
        std::string out;
        for (char who = 'a'; who <= 'z'; ++who) {
            const KnownPeer* known = peers.find(pic::peer(who));
            if (known == nullptr) continue;
            if (!out.empty()) out += ' ';
            out += who;
            out += "-ohB"[static_cast<int>(known->word)];
            if (known->told()) out += known->record.exchange.substr(door_of(0).size() - 1);
            out += numbers('=', known->links);
            if (known->dialling.value != 0) out += "~" + std::to_string(known->dialling.value);
            out += numbers('@', known->live_at);
            out += known->leaving ? "leaving" : "";
            out += known->gone ? "gone" : "";
        }
        return out;
    }
};

// Peer a, at door 1, on that word.
void begin(Register& all, Word word) {
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
        Register mentions;
        begin(mentions, static_cast<Word>(i));
        CHECK(mentions.mentioned(record_of('a', 2)).starts_with('t') == (other[i] == '#'));
        Register hellos;
        begin(hellos, static_cast<Word>(i));
        CHECK(hellos.hello(record_of('a', 2), 2).starts_with('t') == (hello[i] == '#'));
        Register lists;
        begin(lists, static_cast<Word>(i));
        CHECK(lists.listed(record_of('a', 2)).starts_with('t') == (bus[i] == '#'));
    }
}

TEST_CASE("known peers: of another's word the first counts, until nobody answers there") {
    Register all;
    CHECK(all.mentioned(record_of('a', 1)) == "tam");
    CHECK(all.mentioned(record_of('a', 2)) == "");
    all.peers.dialling(pic::peer('a'), {7});
    CHECK(all.mentioned(record_of('a', 2), true) == "");  // it is being looked for
    CHECK_FALSE(all.dial_over(7));
    CHECK(all.mentioned(record_of('a', 2), true) == "t");
    CHECK(all.row() == "ao2");
}

TEST_CASE("known peers: of two hellos the one that came from where it says that it lives") {
    Register all;
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
    Register all;
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
    Register all;
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
    Register all;
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
    Register all;
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
    Register all;
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
    Register all;
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

TEST_CASE("known peers: who is not linked any more is expected back where somebody vouches") {
    const auto ends = [](bool bus_joined, bool listed, bool guest, bool gone) {
        Register all;
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
    Register all;
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
    Register all;
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
    Register all;
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
    Register all;
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
    Register all;
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
    Register all;
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
    Register all;
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

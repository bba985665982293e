// Who counts as what, as far as copies go: a row for each peer, a column for each question.
#include "peer/swarm/copies/membership.hpp"

#include "tests/support/pictures.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
namespace pic = fragcast::pictures;

namespace {

constexpr const char* kHome = "tcp://10.0.0.2:1";

// One that a bus names, with a link, and as much capacity as others.
struct Stranger {
    Word word = Word::bus;
    std::uint32_t capacity = 1;
    bool guest = false;
    bool draining = false;
    bool leaving = false;
    bool linked = true;

    KnownPeer known() const {
        KnownPeer out;
        out.record.id = pic::peer('a');
        out.record.exchange = kHome;
        out.record.capacity = capacity;
        out.record.guest = guest;
        out.record.draining = draining;
        out.word = word;
        out.leaving = leaving;
        if (linked) out.links = {pic::link('a')};
        return out;
    }
};

Standing standing(bool bus_joined = true, bool linked_only = false) {
    Standing out;
    out.self = pic::peer('o');
    out.capacity = 1;
    out.bus_joined = bus_joined;
    out.linked_only = linked_only;
    return out;
}

char letter(std::optional<CopyHolder::Kind> kind) {
    if (!kind) return 'n';
    switch (*kind) {
        case CopyHolder::Kind::copy:
            return 'c';
        case CopyHolder::Kind::outside:
            return 'o';
        case CopyHolder::Kind::away:
            return 'a';
        case CopyHolder::Kind::passing:
            return 'p';
    }
    return '?';
}

// '#' counts, stays, is a member, may witness; and as what it holds.
std::string row(const Stranger& stranger, const Standing& as = standing(), bool barred = false,
                bool befriended = false) {
    const KnownPeer peer = stranger.known();
    const Membership all(as);
    const bool counts = all.counts(peer);
    const bool stays = all.stays(peer);
    const bool member = all.is_member(peer);
    const bool witness = all.may_witness(peer, barred, befriended);
    // Each is one of those before it.
    CHECK((counts || !stays));
    CHECK((stays || !member));
    CHECK((member || !witness));
    // A member that is not barred holds a copy, and nobody else does.
    const auto kind = all.holder(peer, barred);
    CHECK((kind == CopyHolder::Kind::copy) == (member && !barred));
    CHECK(all.members({{peer.record.id, peer}}).size() == (member ? 2 : 1));
    const auto mark = [](bool is) { return is ? '#' : '.'; };
    return {mark(counts), mark(stays), mark(member), mark(witness), letter(kind)};
}

}  // namespace

TEST_CASE("membership: who stays is a member, holds copies and may witness") {
    CHECK(row({}) == "####c");
    CHECK(row({.capacity = 0}) == "#...o");
    CHECK(row({.leaving = true}) == "#...a");
    CHECK(row({.capacity = 0, .leaving = true}) == "#...a");
    CHECK(row({.draining = true}) == "#...p");
    CHECK(row({.draining = true, .leaving = true}) == "#...p");
    CHECK(row({.guest = true}) == "#...n");
    CHECK(row({}, standing(), true) == "###.p");  // barred: copies are placed there all the same
}

TEST_CASE("membership: a bus's word counts, and any told one where no bus is joined") {
    const Standing alone = standing(false);
    CHECK(row({.word = Word::nobody}) == "....n");
    CHECK(row({.word = Word::other}) == "....p");
    CHECK(row({.word = Word::hello}) == "....p");
    CHECK(row({.word = Word::nobody}, alone) == "....n");
    CHECK(row({.word = Word::other}, alone) == "###.c");
    CHECK(row({.word = Word::hello}, alone) == "###.c");
    CHECK(row({.word = Word::bus}, alone) == "####c");
}

TEST_CASE("membership: where nobody else vouches for it, it must be linked") {
    CHECK(row({.linked = false}) == "####c");
    CHECK(row({.linked = false}, standing(true, true)) == "##..a");
    CHECK(row({}, standing(true, true)) == "####c");
}

TEST_CASE("membership: a witness lives where a bus or our configuration says") {
    const Standing alone = standing(false);
    CHECK(row({.word = Word::hello}, alone, false, true) == "####c");
    CHECK(row({.word = Word::other}, alone, false, true) == "####c");
    CHECK(row({.word = Word::hello}, standing(), false, true) == "....p");  // others do not see it
    CHECK(row({}, standing(), true, true) == "###.p");
    KnownPeer nowhere = Stranger{}.known();
    nowhere.record.exchange.clear();
    CHECK_FALSE(Membership(standing()).may_witness(nowhere, false, true));
}

TEST_CASE("membership: a witness is heard where we dialled it") {
    const auto at = [](Word word, const std::string& dialled, bool befriended) {
        return Membership::witness_at(Stranger{.word = word}.known(), dialled, befriended);
    };
    CHECK(at(Word::bus, kHome, false));
    CHECK_FALSE(at(Word::bus, "tcp://10.0.0.2:2", false));  // elsewhere
    CHECK_FALSE(at(Word::bus, "", false));                  // it dialled us
    CHECK_FALSE(at(Word::hello, kHome, false));             // only it says so itself
    CHECK_FALSE(at(Word::other, kHome, false));
    CHECK(at(Word::hello, kHome, true));
    CHECK_FALSE(at(Word::hello, "", true));
}

TEST_CASE("membership: what is here counts as what we are") {
    Standing us = standing();
    CHECK(letter(Membership(us).ours()) == 'c');
    CHECK(Membership(us).holds_copies());
    us.stays = false;
    CHECK(letter(Membership(us).ours()) == 'a');
    CHECK_FALSE(Membership(us).holds_copies());
    us.capacity = 0;
    CHECK(letter(Membership(us).ours()) == 'o');
    us.stays = true;
    CHECK(letter(Membership(us).ours()) == 'o');
    CHECK_FALSE(Membership(us).holds_copies());
    us.guest = true;
    us.capacity = 1;
    CHECK(letter(Membership(us).ours()) == 'p');
    CHECK_FALSE(Membership(us).holds_copies());
    CHECK(Membership(us).members({}).empty());
}

TEST_CASE("membership: members are in the order of their ids, and we are one of them") {
    std::map<PeerId, KnownPeer> peers;
    for (const char who : {'z', 'a', 'p'}) {
        peers[pic::peer(who)] = Stranger{.capacity = static_cast<std::uint32_t>(who)}.known();
        peers[pic::peer(who)].record.id = pic::peer(who);
    }
    peers[pic::peer('b')] = Stranger{.guest = true}.known();
    std::string found;
    for (const CopyMember& one : Membership(standing()).members(peers)) {
        found += static_cast<char>(one.peer.bytes[0]);
        CHECK(one.capacity == (one.peer == pic::peer('o') ? 1 : one.peer.bytes[0]));
    }
    CHECK(found == "aopz");
}

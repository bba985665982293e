// Which chunk of ours went to whom: a column for each chunk; 'A' was sent to a, 'a' is promised to
// her, '.' nobody has it.
#include "peer/swarm/serve/spread.hpp"

#include "peer/swarm/chance.hpp"
#include "tests/support/pictures.hpp"

#include <cctype>
#include <set>
#include <string>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

namespace {

constexpr std::uint32_t kSheet = 8;  // chunks

const auto everywhere = [](const FragmentRef&) { return true; };

struct SoleSource {
    Spread spread;
    Time now{100s};

    SoleSource() { ask(); }
    void ask(std::uint32_t fragment = 0) { spread.asked(pic::fragment(fragment), kSheet, now); }
    void promise(char to, const char* picture, bool urgent = false) {
        for (const ChunkRef& chunk : chunks(picture))
            spread.promised(chunk, pic::peer(to), urgent, now);
        check();
    }
    void send(char to, const char* picture) {
        for (const ChunkRef& chunk : chunks(picture))
            spread.sent(chunk, pic::peer(to), now);
        check();
    }
    void take_back(char to, const char* picture) {
        for (const ChunkRef& chunk : chunks(picture))
            spread.taken_back(chunk, pic::peer(to));
        check();
    }
    void forget(char peer) {
        spread.forget(pic::peer(peer));
        check();
    }
    static std::vector<ChunkRef> chunks(const char* picture) {
        std::vector<ChunkRef> out;
        for (std::uint32_t i = 0; i < kSheet; ++i)
            if (pic::columns(picture).contains(i)) out.push_back(pic::chunk(i));
        return out;
    }
    std::string row() const {
        std::string out(kSheet, '.');
        // To a stranger who insists and gives no grace, only what is promised is with others.
        const RangeSet promised =
            spread.soon_with_others(pic::fragment(), {{0, kSheet}}, pic::peer('z'), false, 0s, now);
        for (std::uint32_t i = 0; i < kSheet; ++i)
            for (const PeerId& peer : spread.receivers(pic::fragment(), {{i, i + 1}})) {
                const char letter = static_cast<char>(peer.bytes[0]);
                out[i] = promised.contains(i) ? letter : static_cast<char>(std::toupper(letter));
            }
        return out;
    }
    bool unsent() const { return spread.unsent(pic::asset(), now, everywhere); }
    // Its count of what went to nobody is that of the picture, and of each sheet; nobody's own is
    // with others.
    void check() const {
        const std::string picture = row();
        CAPTURE(picture);
        bool all = true;
        for (const char cell : picture)
            all = all && std::isupper(static_cast<unsigned char>(cell));
        CHECK(unsent() == !all);
        CHECK(spread.broken() == nullptr);
        for (const char asker : {'a', 'b', 'c'})
            CHECK(with_others(asker) ==
                  pic::columns(
                      picture,
                      std::string("abcABC").erase(asker - 'a' + 3, 1).erase(asker - 'a', 1)));
    }
    RangeSet with_others(char asker) const {
        return spread.with_others(pic::fragment(), {{0, kSheet}}, pic::peer(asker));
    }
    std::string deferred(char asker, bool urgently, Duration grace) const {
        return pic::picture(spread.soon_with_others(pic::fragment(), {{0, kSheet}},
                                                    pic::peer(asker), urgently, grace, now),
                            kSheet);
    }
};

}  // namespace

TEST_CASE("spread: what was sent or promised to one is with others for the next, never for her") {
    SoleSource source;
    source.send('a', "##......");
    source.promise('a', "..##....");
    source.promise('b', "....#...");
    CHECK(source.row() == "AAaab...");
    CHECK(source.with_others('a') == pic::columns("....#..."));
    CHECK(source.with_others('b') == pic::columns("####...."));
    CHECK(source.with_others('z') == pic::columns("#####..."));
    CHECK(source.spread.receivers(pic::fragment(), {{0, 8}}) ==
          std::vector{pic::peer('a'), pic::peer('b')});
}

TEST_CASE("spread: something is unsent until everything went to somebody, promises do not count") {
    SoleSource source;
    CHECK(source.unsent());
    source.send('a', "#####...");
    source.promise('b', ".....###");
    CHECK(source.unsent());
    source.send('b', ".....###");
    CHECK_FALSE(source.unsent());
    source.send('c', "########");  // a second time
    CHECK_FALSE(source.unsent());
    CHECK(source.row() == "CCCCCCCC");
}

TEST_CASE("spread: only fragments count that somebody asked for lately, and that only we have") {
    SoleSource source;
    source.send('a', "########");
    source.ask(1);
    const auto first = [](const FragmentRef& fragment) { return fragment.index.value == 0; };
    CHECK(source.unsent());
    CHECK_FALSE(source.spread.unsent(pic::asset(), source.now, first));
    CHECK_FALSE(source.spread.unsent(pic::asset(1), source.now, everywhere));
    source.now += 4999ms;
    CHECK(source.unsent());
    source.now += 1ms;
    CHECK_FALSE(source.unsent());
    source.ask(1);  // again: what went to whom is remembered
    CHECK(source.unsent());
    source.ask(0);
    CHECK(source.row() == "AAAAAAAA");
}

TEST_CASE("spread: a promise is taken back by whom it was made to, and only before it was sent") {
    SoleSource source;
    source.promise('a', "####....");
    source.promise('b', "....##..");
    source.send('a', "##......");
    source.take_back('b', "#####...");
    source.take_back('z', "########");
    CHECK(source.row() == "AAaa.b..");
    source.take_back('a', "###.....");
    CHECK(source.row() == "AA.a.b..");
}

TEST_CASE("spread: an urgent promise goes before a calm one, not before an urgent or a sent one") {
    SoleSource source;
    source.promise('a', "####....", false);
    source.send('a', "#.......");
    source.promise('a', "..#.....", true);
    source.promise('b', "####....", true);
    CHECK(source.row() == "Abab....");
    source.promise('c', "########", false);
    CHECK(source.row() == "Ababcccc");
    source.take_back('b', ".#.#....");
    source.promise('c', "########", false);
    CHECK(source.row() == "Acaccccc");
}

TEST_CASE("spread: who insists is served what others had for a while, and nothing that is coming") {
    SoleSource source;
    source.send('a', "##......");
    source.now += 3s;
    source.send('a', "..##....");
    source.promise('a', "....##..", false);
    source.promise('b', "......##", true);
    CHECK(source.deferred('c', false, 10s) == "########");
    source.now += 7s;  // the first are with a for ten seconds
    CHECK(source.deferred('c', false, 10s) == "..######");
    CHECK(source.deferred('c', false, 1s) == "....####");
    CHECK(source.deferred('b', false, 1s) == "....##..");  // not his own
    // Somebody who waits need not wait for what is promised to one who does not.
    CHECK(source.deferred('c', true, 1s) == "......##");
    CHECK(source.deferred('c', true, 10s) == "..##..##");
}

TEST_CASE("spread: what is promised to who does not take it, and for long, he keeps from all") {
    SoleSource source;
    const auto kept = [&](const std::set<PeerId>& stuck, Duration grace) {
        return pic::picture(
            source.spread.kept_from_all(pic::fragment(), {{0, kSheet}}, stuck, grace, source.now),
            kSheet);
    };
    const std::set<PeerId> a{pic::peer('a')};
    source.send('a', "#.......");
    source.promise('a', ".###....");
    source.promise('b', "....#...");
    source.now += 3s;
    source.promise('a', ".....#..");
    source.send('c', "...#....");
    CHECK(source.row() == "AaaCba..");
    CHECK(kept(a, 3s) == ".##.....");
    CHECK(kept(a, 4s) == "........");
    CHECK(kept({}, 3s) == "........");
    CHECK(kept({pic::peer('b'), pic::peer('z')}, 3s) == "....#...");
    // Whatever he does to have it promised anew.
    source.take_back('a', ".#......");
    CHECK(kept(a, 3s) == "..#.....");
    source.promise('a', ".#......");
    source.forget('a');
    source.promise('a', "..#.....");
    CHECK(kept(a, 3s) == "..#.....");
    source.send('b', "..#.....");
    source.forget('b');
    source.promise('a', "..#.....");  // it went to somebody in between
    CHECK(kept(a, 1s) == "........");
}

TEST_CASE("spread: what a neighbour had that is gone went to nobody") {
    SoleSource source;
    source.send('a', "####....");
    source.promise('a', "....#...");
    source.send('b', ".....###");
    source.forget('a');
    CHECK(source.row() == ".....BBB");
    source.send('c', "#####...");
    CHECK_FALSE(source.unsent());
    source.forget('z');
    CHECK(source.row() == "CCCCCBBB");
    source.forget('b');
    CHECK(source.unsent());
}

TEST_CASE("spread: guests come and go for ever, and none inherits what another had") {
    SoleSource source;
    source.send('b', ".......#");
    for (int i = 0; i < 1000; ++i) {
        const char guest = static_cast<char>('d' + i % 20);
        source.spread.sent(pic::chunk(0), pic::peer(guest), source.now);
        CHECK(source.with_others(static_cast<char>('d' + (i + 1) % 20)) ==
              pic::columns("#......#"));
        source.spread.forget(pic::peer(guest));
        CHECK(source.row() == ".......B");
    }
}

TEST_CASE("spread: a fragment that is forgotten, or was never asked for, has no sheet") {
    SoleSource source;
    source.send('a', "####....");
    source.ask(1);
    CHECK(source.spread.size() == 2);
    source.spread.forget(pic::fragment());
    CHECK(source.spread.size() == 1);
    source.spread.sent(pic::chunk(0), pic::peer('a'), source.now);
    source.spread.promised(pic::chunk(0), pic::peer('a'), false, source.now);
    source.spread.sent(pic::chunk(kSheet, 1), pic::peer('a'), source.now);  // beyond its end
    CHECK(source.spread.size() == 1);
    CHECK(source.row() == "........");
}

TEST_CASE(
    "spread: whatever is promised, sent, taken back and forgotten, its count is the picture's") {
    SoleSource source;
    Chance chance(3);
    for (int i = 0; i < 2000; ++i) {
        const char peer = static_cast<char>('a' + chance.below(3));
        std::string some(kSheet, '.');
        for (char& cell : some)
            if (chance.below(3) == 0) cell = '#';
        const auto kind = chance.below(20);
        CAPTURE(i);
        if (kind < 8)
            source.promise(peer, some.c_str(), kind < 4);
        else if (kind < 15)
            source.send(peer, some.c_str());
        else if (kind < 19)
            source.take_back(peer, some.c_str());
        else
            source.forget(peer);
        source.now += 100ms;
        source.ask();
    }
}

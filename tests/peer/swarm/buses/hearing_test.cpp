// Whom is asked again for what, and when, as a picture: a column for each quarter of a second (or
// as the test says), 'i' the peer itself is asked for all it has, 'b' a bus is, '.' nobody.
#include "peer/swarm/buses/hearing.hpp"

#include "messages/wire/limits.hpp"
#include "tests/support/pictures.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

namespace {

const PeerId kPeer = pic::peer('p');

struct Listening {
    Hearing hearing;
    Availability availability;
    Time now{1h};
    Actions out;
    std::uint64_t requests = 0;
    Time wake = kNever;
    bool linked = false;
    bool bus = true;
    bool under_way = false;

    template <class Told>
    auto tell(Told&& told) {
        Turn turn{now, out, requests};
        auto result = told(turn);
        wake = turn.wake;
        CHECK(out.empty());  // it decides, and acts by nothing
        CHECK(hearing.broken() == nullptr);
        return result;
    }
    char ask(const PeerId& peer = kPeer) {
        const auto whom = tell([&](Turn& turn) {
            return hearing.ask_all(peer, {linked, bus, [this] { return under_way; }}, turn);
        });
        return whom == Hearing::Whom::nobody ? '.' : whom == Hearing::Whom::bus ? 'b' : 'i';
    }
    // Who is due is asked, in each quarter of a second.
    std::string quarters(int columns) {
        std::string text;
        for (int i = 0; i < columns; ++i) {
            char asked = '.';
            for (const PeerId& peer : hearing.take_due())
                asked = ask(peer);
            text += asked;
            now += 250ms;
        }
        return text;
    }
    bool heed(Availability::News news, Hearing::Word word) {
        return hearing.heed(kPeer, news, word);
    }
    void miss(const PeerId& peer = kPeer) {
        if (hearing.heed(peer, Availability::News::gap, Hearing::Word::announced)) ask(peer);
    }
    // Whether something was mended.
    bool told_all(bool news) {
        const std::uint64_t before = hearing.count_mended();
        tell([&](Turn& turn) {
            hearing.told_all(kPeer, news, availability, turn);
            return true;
        });
        return hearing.count_mended() == before + 1;
    }
    template <class Due>
    std::string rounds(Due&& due, int columns, Duration column) {
        std::string text;
        for (int i = 0; i < columns; ++i, now += column)
            text += tell([&](Turn& turn) { return due(turn); }) ? '#' : '.';
        return text;
    }
};

StateDigest root(std::uint8_t number) {
    StateDigest digest;
    digest.bytes.fill(number);
    return digest;
}
Have have(RequestId request, std::uint32_t asset, bool last = false) {
    Have out;
    out.request = request;
    out.asset = pic::asset(asset);
    out.last = last;
    return out;
}

}  // namespace

// --- all that one peer has -----------------------------------------------------------------------

TEST_CASE("hearing: what was missed, or a life not heard of, is asked for; what is next is not") {
    Listening here;
    CHECK(here.heed(Availability::News::gap, Hearing::Word::announced));
    CHECK(here.heed(Availability::News::met, Hearing::Word::announced));
    CHECK_FALSE(here.heed(Availability::News::next, Hearing::Word::announced));
    CHECK_FALSE(here.heed(Availability::News::old, Hearing::Word::announced));
}

TEST_CASE("hearing: who is linked is asked itself, a bus in place of the others, else nobody") {
    Listening here;
    here.linked = true;
    CHECK(here.ask(pic::peer('a')) == 'i');
    here.linked = false;
    CHECK(here.ask(pic::peer('b')) == 'b');
    here.bus = false;
    CHECK(here.ask(pic::peer('c')) == '.');
    CHECK(here.hearing.asks_due() == 0);  // it tells all when it is there again
    here.linked = true;
    CHECK(here.ask(pic::peer('c')) == 'i');  // that was no question
}

TEST_CASE("hearing: once a second at most, and what comes too soon is asked then") {
    Listening here;
    here.linked = true;
    CHECK(here.ask() == 'i');
    CHECK(here.quarters(4) == "....");
    here.now -= 500ms;
    CHECK(here.ask() == '.');
    CHECK(here.wake == here.now + 500ms);
    here.miss();  // many times, and asked once
    here.miss();
    CHECK(here.quarters(12) == "..i.........");
    here.now += 1s;
    CHECK(here.ask() == 'i');
    CHECK(here.ask(pic::peer('q')) == 'i');  // each for itself
    here.hearing.unlinked(kPeer);
    CHECK(here.ask() == 'i');  // of another link, or a bus: at once
}

TEST_CASE("hearing: while a bus is asked for all of it, it is not asked again") {
    Listening here;
    here.under_way = true;
    CHECK(here.ask() == '.');
    CHECK(here.wake == here.now + limits::kLocateMin);
    CHECK(here.quarters(4) == "....");  // looked at again whenever something happens
    here.under_way = false;
    CHECK(here.quarters(4) == "b...");
    here.under_way = true;
    here.linked = true;
    here.now += 1s;
    CHECK(here.ask() == 'i');
}

TEST_CASE(
    "hearing: who never says a true root is asked seldom, kAskAllMax at most, until one fits") {
    Listening here;
    std::vector<std::int64_t> waits;
    Time asked = here.now;
    CHECK(here.ask() == 'b');
    for (int i = 0; i < 9; ++i) {
        here.hearing.beacon(kPeer, root(1), here.now);
        here.told_all(true);
        // A beacon each half second, each another root.
        do {
            here.now += 500ms;
            here.hearing.beacon(kPeer, root(2), here.now);
        } while (here.ask() == '.');
        waits.push_back(std::chrono::duration_cast<std::chrono::seconds>(here.now - asked).count());
        asked = here.now;
    }
    CHECK(waits == std::vector<std::int64_t>{1, 2, 4, 8, 16, 32, 60, 60, 60});
    CHECK(limits::kAskAllMax == 60s);
    SUBCASE("a beacon fits") {
        here.hearing.fits(kPeer);
    }
    SUBCASE("an answer fits") {
        here.hearing.beacon(kPeer, here.availability.root(kPeer), here.now);
        here.told_all(true);
    }
    here.now += 1s;
    CHECK(here.ask() == 'b');
    CHECK(here.ask(pic::peer('q')) == 'b');
    // The first answer from then on may be of before the beacon again.
    here.hearing.beacon(kPeer, root(1), here.now);
    here.told_all(true);
    here.now += 1s;
    CHECK(here.ask() == 'b');
}

TEST_CASE("hearing: what was missed and told anew is mended, once") {
    Listening here;
    here.heed(Availability::News::gap, Hearing::Word::announced);
    CHECK(here.told_all(true));
    CHECK_FALSE(here.told_all(true));
    here.heed(Availability::News::gap, Hearing::Word::announced);
    CHECK_FALSE(here.told_all(false));  // nothing of it was missing
    CHECK_FALSE(here.told_all(true));
    here.heed(Availability::News::met,
              Hearing::Word::announced);  // it was never known: nothing was missed
    CHECK_FALSE(here.told_all(true));
}

TEST_CASE("hearing: an answer that does not fit the last beacon is asked for again") {
    Listening here;
    CHECK(here.ask() == 'b');
    here.hearing.beacon(kPeer, root(1), here.now);
    SUBCASE("it does not") {
        here.told_all(true);
        CHECK(here.wake == here.now + limits::kLocateMin);
        CHECK(here.quarters(8) == "....b...");
        CHECK(here.told_all(true));  // that was a gap
    }
    SUBCASE("it does") {
        here.hearing.beacon(kPeer, here.availability.root(kPeer), here.now);
        here.told_all(true);
        CHECK(here.quarters(8) == "........");
    }
    SUBCASE("something was announced after it") {
        here.hearing.announced(kPeer);
        here.told_all(true);
        CHECK(here.quarters(8) == "........");
    }
    SUBCASE("it is of a heartbeat ago") {
        here.now += limits::kHeartbeat - 1us;
        here.told_all(true);
        CHECK(here.hearing.asks_due() == 1);
        here.hearing.take_due();
        here.now += 1us;
        here.told_all(true);
        CHECK(here.hearing.asks_due() == 0);
    }
    SUBCASE("some of what it has was forgotten here: nothing can fit") {
        here.hearing.too_many(kPeer);
        here.told_all(true);
        CHECK(here.quarters(8) == "........");
        // Its beacons differ for ever, which is no gap; what it announces may be one.
        CHECK_FALSE(here.heed(Availability::News::gap, Hearing::Word::beacon));
        CHECK(here.heed(Availability::News::gap, Hearing::Word::announced));
        here.hearing.begins_anew(kPeer);
        CHECK(here.heed(Availability::News::gap, Hearing::Word::beacon));
        CHECK(here.hearing.count_differed() == 1);
        here.told_all(true);
        CHECK(here.hearing.asks_due() == 1);
    }
    SUBCASE("it is forgotten, and all that was known of it") {
        here.hearing.forget(kPeer);
        CHECK_FALSE(here.told_all(true));
        CHECK(here.hearing.asks_due() == 0);
        CHECK(here.ask() == 'b');
    }
}

// --- its own answer ------------------------------------------------------------------------------

TEST_CASE("hearing: the haves of an answer are one, ended by the last; others are no part of it") {
    Listening here;
    const LinkId link = pic::link('p');
    CHECK_FALSE(here.hearing.hear(link, have({}, 1, true)).has_value());
    here.hearing.asked(link, {7});
    CHECK_FALSE(here.hearing.hear(link, have({}, 1, true)).has_value());
    CHECK_FALSE(here.hearing.hear(link, have({6}, 2, true)).has_value());
    CHECK_FALSE(here.hearing.hear(pic::link('q'), have({7}, 3, true)).has_value());
    CHECK_FALSE(here.hearing.hear(link, have({7}, 4)).has_value());
    const auto told = here.hearing.hear(link, have({7}, 5, true));
    REQUIRE(told.has_value());
    CHECK(told->named == std::set{pic::asset(4), pic::asset(5)});
    CHECK_FALSE(told->news);
    CHECK_FALSE(here.hearing.hear(link, have({7}, 5, true)).has_value());  // once
}

TEST_CASE("hearing: an answer that names more than anybody may have is none") {
    Listening here;
    const LinkId link = pic::link('p');
    here.hearing.asked(link, {7});
    Have one = have({7}, 1);
    for (std::uint32_t i = 0; i <= limits::kMaxAssetsPerPeer; ++i) {
        for (std::size_t byte = 0; byte < 4; ++byte)
            one.asset.bytes[byte] = static_cast<std::uint8_t>(i >> (8 * byte));
        one.last = i + 1 == limits::kMaxAssetsPerPeer + 1;
        CHECK_FALSE(here.hearing.hear(link, one).has_value());
    }
}

TEST_CASE("hearing: a new question forgets the answer to the one before, and a link's end both") {
    Listening here;
    const LinkId link = pic::link('p');
    here.hearing.asked(link, {7});
    here.hearing.changed(link);
    here.hearing.hear(link, have({7}, 1));
    here.hearing.asked(link, {8});
    CHECK_FALSE(here.hearing.hear(link, have({7}, 2, true)).has_value());
    const auto told = here.hearing.hear(link, have({8}, 3, true));
    REQUIRE(told.has_value());
    CHECK(told->named == std::set{pic::asset(3)});
    CHECK_FALSE(told->news);
    here.hearing.asked(link, {9});
    here.hearing.changed(link);
    here.hearing.hear(link, have({9}, 4));
    const auto anew = here.hearing.hear(link, have({9}, 5, true));
    REQUIRE(anew.has_value());
    CHECK(anew->news);
    here.hearing.asked(link, {10});
    here.hearing.forget(link);
    CHECK_FALSE(here.hearing.hear(link, have({10}, 6, true)).has_value());
}

// --- records and rounds --------------------------------------------------------------------------

TEST_CASE("hearing: lists are asked for when a record lacks, every two seconds at most") {
    Listening here;
    const auto due = [&](Turn& turn) { return here.hearing.ask_for_records(turn); };
    CHECK(here.rounds(due, 4, 500ms) == "....");
    here.hearing.lacks_record();
    CHECK(here.rounds(due, 2, 500ms) == "#.");
    here.tell([&](Turn& turn) {
        here.hearing.lacks_record(turn);
        return true;
    });
    CHECK(here.wake == here.now + 1s);
    CHECK(here.hearing.lacks_records());
    CHECK(here.rounds(due, 6, 500ms) == "..#...");
    CHECK_FALSE(here.hearing.lacks_records());
}

TEST_CASE("hearing: our beacon goes out every heartbeat, and at once after a welcome") {
    Listening here;
    const auto due = [&](Turn& turn) { return here.hearing.beacon_due(turn); };
    const Duration half = Duration(limits::kHeartbeat) / 2;
    CHECK(here.rounds(due, 4, half) == "....");  // before we started
    here.hearing.start(here.now);
    CHECK(here.rounds(due, 6, half) == "..#.#.");
    here.now -= half;
    here.hearing.welcomed(here.now);
    CHECK(here.rounds(due, 5, half) == "#.#.#");
}

TEST_CASE("hearing: after a welcome everybody has a lease to be named, and the settling of a bus") {
    Listening here;
    const auto due = [&](Turn& turn) { return here.hearing.sweep_due(turn); };
    const Duration all = Duration(limits::kLease) + Duration(limits::kSettling);
    CHECK(here.rounds(due, 4, all) == "....");
    here.hearing.welcomed(here.now);
    CHECK(here.rounds(due, 6, all / 2) == "..#...");
    here.hearing.welcomed(here.now);
    here.now += all / 2;
    here.hearing.welcomed(here.now);  // another one
    CHECK(here.rounds(due, 4, all / 2) == "..#.");
}

TEST_CASE("hearing: who is silent is looked for each heartbeat, and asked for once in a lease") {
    Listening here;
    const auto due = [&](Turn& turn) { return here.hearing.recount_due(turn); };
    CHECK(here.rounds(due, 4, limits::kHeartbeat) == "####");
    here.hearing.recounting(here.now);
    const int columns = static_cast<int>(Duration(limits::kLease) / Duration(limits::kHeartbeat));
    CHECK(here.rounds(due, columns + 2, limits::kHeartbeat) ==
          pic::repeat('.', static_cast<std::size_t>(columns)) + "##");
    CHECK(Hearing::silent(false, here.now - limits::kLease - 1us, here.now));
    CHECK_FALSE(Hearing::silent(false, here.now - limits::kLease, here.now));
    CHECK_FALSE(Hearing::silent(true, here.now - 24h, here.now));
}

// --- what is counted -----------------------------------------------------------------------------

TEST_CASE("hearing: a gap is counted where it shows: in announcements, or in a beacon") {
    Listening here;
    for (const Availability::News news : {Availability::News::met, Availability::News::next,
                                          Availability::News::old, Availability::News::gap})
        for (const Hearing::Word word :
             {Hearing::Word::announced, Hearing::Word::beacon, Hearing::Word::hello})
            here.heed(news, word);
    CHECK(here.hearing.count_gaps() == 1);
    CHECK(here.hearing.count_differed() == 1);
    here.heed(Availability::News::gap, Hearing::Word::announced);
    CHECK(here.hearing.count_gaps() == 2);
}

TEST_CASE("hearing: each question for all that one has is counted, and each end that was missed") {
    Listening here;
    CHECK(here.ask() == 'b');
    CHECK(here.ask() == '.');  // too soon: none was put
    CHECK(here.hearing.count_asks() == 1);
    here.hearing.recounting(here.now);
    CHECK(here.hearing.count_asks() == 2);
    here.hearing.recounted(0);
    CHECK(here.hearing.count_mended() == 0);
    here.hearing.recounted(3);
    CHECK(here.hearing.count_mended() == 3);
}

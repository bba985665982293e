// Manifests that do not come: who is asked then (tests/peer/swarm/fetch/manifest_ledger.hpp says
// how it is written).
#include "tests/peer/swarm/fetch/manifest_ledger.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

TEST_CASE("manifests: who says no or busy is not asked before, and another is at once") {
    ManifestLedger ledger;
    REQUIRE(ledger.seek("ab |01") == 'a');
    CHECK(ledger.refused('a', 3s));
    CHECK(ledger.wake == ledger.now);
    REQUIRE(ledger.seek("ab |01") == 'b');
    CHECK(ledger.wake == ledger.now + kLedgerPatience);
    CHECK(ledger.refused('b', 5s));
    REQUIRE(ledger.seek("ab |01") == '0');
    CHECK(ledger.refused('0', 10s));  // a bus for no longer than this
    REQUIRE(ledger.seek("ab |01") == '1');
    CHECK(ledger.refused('1', 200ms));
    CHECK(ledger.seek("ab |01") == '.');
    CHECK(ledger.wake == ledger.now + 200ms);
    CHECK(ledger.seek("ab |0") == '.');
    CHECK(ledger.wake == ledger.now + limits::kLocateMin);
    CHECK(ledger.seek("ab") == '.');
    CHECK(ledger.wake == ledger.now + 3s);
    ledger.now += limits::kLocateMin;
    CHECK(ledger.seek("ab |0", kAskedSong) == 'a');  // of another asset nobody failed
    CHECK(ledger.seek("ab |0") == '0');
}

TEST_CASE("manifests: late is who did not answer in time, and its first answer comes soon") {
    ManifestLedger ledger;
    CHECK(ledger.late() == ".");
    REQUIRE(ledger.seek("abC |0", kAskedSong) == 'c');
    REQUIRE(ledger.seek("ab |0") == 'a');
    ledger.now += kLedgerPatience - 1us;
    CHECK(ledger.late() == ".");
    CHECK(ledger.wake == ledger.now + 1us);
    ledger.now += 1us;
    CHECK(ledger.late() == "a~");
    CHECK(ledger.late() == ".");
    CHECK(ledger.row() == ".c");
    // It is passed over, not left alone: a bus comes before it, and it before nobody.
    CHECK(ledger.seek("a~2b |0") == 'b');
    ledger.now += kLedgerPatience;
    CHECK(ledger.late() == "b~");
    CHECK(ledger.seek("cd |0") == '0');  // two of them: a bus
    ledger.now += kLedgerSettled - 1us;
    CHECK(ledger.late() == ".");
    CHECK(ledger.late(kAskedSong) == "c");  // a settled one has longer, and is then left alone
    CHECK(ledger.seek("c", kAskedSong) == '.');
    CHECK(ledger.wake == ledger.now + limits::kRequestTimeout);
    ledger.now += 1us;
    CHECK(ledger.late() == "B");
    CHECK(ledger.seek("|0") == '.');
    CHECK(ledger.wake == ledger.now + limits::kLocateMin);
    CHECK(ledger.seek("a~2") == 'a');
    CHECK(ledger.wake == ledger.now + kLedgerSettled);
    // A whole one ends the count of those who let it wait.
    REQUIRE(ledger.got('a', 0, 10, 10) == Manifests::Heard::part);
    ledger.not_stored(pic::peer('a'), 1s);
    ledger.now += limits::kLocateMin;
    CHECK(ledger.seek("cd |0") == 'c');
}

TEST_CASE("manifests: what was asked on a link that is gone is free, what is stored is judged") {
    ManifestLedger ledger;
    REQUIRE(ledger.seek("a") == 'a');
    REQUIRE(ledger.seek("b", kAskedSong) == 'b');
    ledger.manifests.link_gone(pic::link('a'));
    CHECK(ledger.row() == ".b");
    CHECK(ledger.manifests.size() == 1);  // nothing stays of it
    CHECK(ledger.got('a', 0, 10, 10, 1) == Manifests::Heard::unasked);
    ledger.store('c', "c");
    ledger.manifests.link_gone(pic::link('c'));
    CHECK(ledger.row() == "sb");
    CHECK(ledger.manifests.waits_for(kAskedFilm, pic::link('c')));
    ledger.not_stored({}, limits::kBar);  // nobody is there whom to leave alone
    CHECK(ledger.wake == ledger.now);
    CHECK(ledger.manifests.size() == 1);
    CHECK(ledger.seek("c") == 'c');
}

TEST_CASE("manifests: what the store does not keep is asked of another") {
    ManifestLedger ledger;
    CHECK_FALSE(ledger.manifests.waits_for(kAskedFilm, pic::link('a')));
    ledger.store('a', "ab |0");
    CHECK_FALSE(ledger.manifests.waits_for(kAskedFilm, pic::link('b')));
    ledger.not_stored(pic::peer('a'), limits::kBar);
    CHECK_FALSE(ledger.manifests.waits_for(kAskedFilm, pic::link('a')));
    CHECK(ledger.manifests.count_failed() == 1);
    CHECK(ledger.wake == ledger.now);
    ledger.store('b', "ab |0");
    ledger.manifests.forget(kAskedFilm);  // removed meanwhile
    ledger.not_stored(pic::peer('b'), limits::kBar);
    CHECK(ledger.manifests.size() == 0);
    ledger.store('0', "|0");
    ledger.not_stored({}, limits::kDiskPause);
    CHECK(ledger.seek("|0") == '.');
    CHECK(ledger.wake == ledger.now + std::min<Duration>(limits::kDiskPause, limits::kLocateMin));
}

TEST_CASE("manifests: not wanted any more, nobody is asked, and nobody has failed") {
    ManifestLedger ledger;
    ledger.manifests.stop(kAskedFilm);
    REQUIRE(ledger.seek("a |0") == 'a');
    ledger.manifests.stop(kAskedFilm);
    CHECK(ledger.row() == "..");
    CHECK(ledger.manifests.size() == 0);
    CHECK(ledger.got('a', 0, 10, 10) == Manifests::Heard::unasked);
    REQUIRE(ledger.seek("a |0") == 'a');
    REQUIRE(ledger.refused('a', 10s));
    REQUIRE(ledger.seek("a |0") == '0');
    REQUIRE(ledger.refused('0', 10s));
    REQUIRE(ledger.seek("a |0") == '.');
    ledger.manifests.stop(kAskedFilm);
    CHECK(ledger.manifests.size() == 0);
    CHECK(ledger.seek("|0") == '0');
    CHECK(ledger.got('0', 0, 10, 10) == Manifests::Heard::part);
    ledger.manifests.stop(kAskedFilm);  // what lies with the store is judged all the same
    CHECK(ledger.row() == "s.");
    CHECK(ledger.manifests.waits_for(kAskedFilm, {}));
}

// Whose manifest is asked for, and of whom (tests/peer/swarm/fetch/manifest_ledger.hpp says how it
// is written).
#include "messages/wire/limits.hpp"
#include "tests/peer/swarm/fetch/manifest_ledger.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

TEST_CASE("manifests: of whom one is asked is chosen from who can be asked") {
    const Time now{1'000s};
    struct Case {
        const char* picture;
        std::uint32_t passed;
        char who;
        Duration patience;
    };
    for (const Case& c : {
             Case{"", 0, '.', {}},
             {"abc", 0, 'a', kLedgerPatience},       // of alike ones the first
             {"abC", 0, 'c', kLedgerSettled},        // who answers rather than who may
             {"aBC", 0, 'b', kLedgerSettled},        //
             {"a~2b", 0, 'b', kLedgerPatience},      // who let an answer wait after all others
             {"A~2b", 0, 'b', kLedgerPatience},      // whether it answered before or not
             {"a~3b~2c~4", 0, 'b', kLedgerSettled},  // first who is passed over the shortest,
             {"a~3b~2C~4", 0, 'c', kLedgerSettled},  // or answered
             {"|01", 0, '0', kLedgerSettled},        // a bus where nobody is linked that has it,
             {"a~2B~1 |0", 0, '0', kLedgerSettled},  // or only who is passed over
             {"ab |0", 1, 'a', kLedgerPatience},     // a holder first,
             {"ab |0", 2, '0', kLedgerSettled},      // until two let their first answer wait
             {"aB |0", 2, 'b', kLedgerSettled},      // and none answers
             {"ab", 2, 'a', kLedgerPatience},        // and a bus can be asked
         }) {
        CAPTURE(c.picture);
        CAPTURE(c.passed);
        const ManifestCandidates who = manifest_candidates(c.picture, now);
        const auto choice = Manifests::choose(
            who.holders, who.buses.empty() ? std::nullopt : std::optional(who.buses[0]), c.passed,
            now);
        REQUIRE(choice.has_value() == (c.who != '.'));
        if (!choice) continue;
        CHECK(ledger_letter(choice->from) == c.who);
        CHECK(choice->patience == c.patience);
        const bool bus = choice->from.link.value == 0;
        CHECK(choice->peer == (bus ? PeerId{} : pic::peer(c.who)));
    }
}

TEST_CASE("manifests: part by part of one, then it lies with the store") {
    ManifestLedger ledger;
    CHECK(ledger.seek("abc") == 'a');
    CHECK(ledger.wake == ledger.now + kLedgerPatience);
    CHECK(ledger.row() == "a.");
    CHECK(ledger.seek("abc") == '.');  // of one at a time
    const std::uint64_t total = 2 * kLedgerPart + 7;
    ledger.now += 100ms;
    CHECK(ledger.got('a', 0, total, kLedgerPart) == Manifests::Heard::part);
    REQUIRE(ledger.out.size() == 2);
    const auto& kept = std::get<KeepManifestPart>(ledger.out[0]);
    CHECK(kept.asset == kAskedFilm);
    CHECK(kept.offset == 0);
    CHECK(kept.total == total);
    CHECK(kept.from == pic::link('a'));
    CHECK(ledger.last() == ManifestLedger::ask_of(ledger_source('a'), kAskedFilm, kLedgerPart));
    CHECK(ledger.wake == ledger.now + kLedgerSettled);  // it answered before
    CHECK(ledger.got('a', kLedgerPart, total, kLedgerPart) == Manifests::Heard::part);
    CHECK(ledger.row() == "a.");
    CHECK(ledger.got('a', 2 * kLedgerPart, total, 7) == Manifests::Heard::part);
    CHECK(ledger.out.size() == 1);
    CHECK(ledger.row() == "s.");
    CHECK(ledger.seek("bc |0") == '.');
    ledger.now += 1h;
    CHECK(ledger.late() == ".");
    ledger.manifests.forget(kAskedFilm);  // it is here
    CHECK(ledger.manifests.size() == 0);
}

TEST_CASE("manifests: a part counts once, from whom it was asked of and under its number") {
    ManifestLedger ledger;
    CHECK(ledger.seek("a |01", kAskedFilm) == 'a');
    CHECK(ledger.seek("|01", kAskedSong) == '0');
    CHECK(ledger.got('b', 0, 10, 10, 1) == Manifests::Heard::unasked);
    CHECK(ledger.got('0', 0, 10, 10, 1) == Manifests::Heard::unasked);
    CHECK(ledger.got('a', 0, 10, 10, 2) == Manifests::Heard::unasked);
    CHECK(ledger.got('a', 0, 10, 10, 3) == Manifests::Heard::unasked);
    CHECK(ledger.got('a', 0, 10, 10, 1, kAskedSong) == Manifests::Heard::unasked);
    CHECK(ledger.got('1', 0, 10, 10, 2, kAskedSong) == Manifests::Heard::unasked);
    CHECK_FALSE(ledger.refused('b', 1s, 1));
    CHECK_FALSE(ledger.refused('1', 1s, 2));
    CHECK(ledger.out.empty());
    CHECK(ledger.row() == "a0");
    CHECK(ledger.got('0', 0, 10, 10, 2, kAskedSong) == Manifests::Heard::part);
    CHECK(ledger.got('a', 0, 10, 10, 1) == Manifests::Heard::part);
    CHECK(ledger.row() == "ss");
    CHECK(ledger.got('a', 0, 10, 10, 1) == Manifests::Heard::unasked);  // twice
    CHECK_FALSE(ledger.refused('a', 1s, 1));
}

TEST_CASE("manifests: what is not the part asked for is nonsense, and who sent it left alone") {
    const std::uint64_t most = limits::kMaxManifestBytes;
    struct Part {
        std::uint64_t offset, total, bytes;
    };
    for (const auto& [offset, total, bytes] : {Part{0, 0, 0},
                                               {1, 10, 9},
                                               {0, 10, 9},
                                               {0, 10, 11},
                                               {0, most + 1, kLedgerPart},
                                               {0, 2 * kLedgerPart, 2 * kLedgerPart},
                                               {10, 10, 0}}) {
        ManifestLedger ledger;
        REQUIRE(ledger.seek("ab |0") == 'a');
        CHECK(ledger.got('a', offset, total, bytes) == Manifests::Heard::nonsense);
        CHECK(ledger.out.empty());
        CHECK(ledger.wake == ledger.now);
        CHECK(ledger.row() == "..");
        CHECK(ledger.manifests.count_failed() == 1);
        CHECK(ledger.seek("ab |0") == 'b');
    }
    ManifestLedger ledger;
    REQUIRE(ledger.seek("a") == 'a');
    CHECK(ledger.got('a', 0, most, kLedgerPart) == Manifests::Heard::part);  // the largest there is
    CHECK(ledger.got('a', kLedgerPart, most - 1, kLedgerPart) ==
          Manifests::Heard::nonsense);  // not what it said before
    CHECK(ledger.seek("a") == '.');
    CHECK(ledger.wake == ledger.now + limits::kBar);
    ledger.now += limits::kBar - 1us;
    CHECK(ledger.seek("a") == '.');
    ledger.now += 1us;
    CHECK(ledger.seek("a") == 'a');  // and from the first byte on
}

TEST_CASE("manifests: parts of no use, nonsense and what is late are counted, each once") {
    ManifestLedger ledger;
    CHECK(ledger.got('a', 0, 10, 10, 7) == Manifests::Heard::unasked);
    CHECK(ledger.manifests.count_spare() == 1);
    REQUIRE(ledger.seek("A") == 'a');
    CHECK(ledger.late() == ".");
    CHECK(ledger.got('a', 0, 10, 9) == Manifests::Heard::nonsense);
    CHECK(ledger.manifests.count_refused() == 1);
    REQUIRE(ledger.seek("B") == 'b');
    ledger.now += kLedgerSettled;
    CHECK(ledger.late() == "b");
    CHECK(ledger.late() == ".");
    CHECK(ledger.manifests.count_timed_out() == 1);
    REQUIRE(ledger.seek("C") == 'c');
    CHECK(ledger.got('c', 0, 10, 10) == Manifests::Heard::part);
    CHECK(ledger.manifests.count_spare() == 1);
    CHECK(ledger.manifests.count_refused() == 1);
}

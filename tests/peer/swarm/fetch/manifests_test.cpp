// Whose manifest is asked for, and of whom. Who can be asked is a picture, "ab~2C |01": the holders
// in their order (a capital answered before; "~2": passed over for 2 s more), and the joined buses.
// What is asked for is one as well: a letter for each of two assets, '0' of that bus, 's' with the
// store, '.' not asked for.
#include "peer/swarm/fetch/manifests.hpp"

#include "messages/wire/limits.hpp"
#include "tests/support/pictures.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

namespace {

using Heard = Manifests::Heard;
using From = Manifests::From;

constexpr Duration kPatience = 300ms;
constexpr Duration kSettled = limits::kDirectoryAnswer;
constexpr std::uint64_t kPart = limits::kManifestPartBytes;
const AssetId kAskedFilm = pic::asset(0);
const AssetId kAskedSong = pic::asset(1);

From at(char letter) {
    if (letter >= '0' && letter <= '9') return {{}, {static_cast<std::uint32_t>(letter - '0')}};
    return {pic::link(letter), {}};
}
char letter(const From& from) {
    if (from.link.value == 0) return static_cast<char>('0' + from.bus.value);
    return pic::letter(from.link);
}

struct Candidates {
    std::vector<Manifests::Holder> holders;
    std::vector<BusId> buses;
};
Candidates candidates(std::string_view picture, Time now) {
    Candidates out;
    bool buses = false;
    for (std::size_t i = 0; i < picture.size(); ++i) {
        const char c = picture[i];
        if (c == '|') buses = true;
        if (c == '~') out.holders.back().passed_until = now + (picture[++i] - '0') * 1s;
        if (buses && std::isdigit(c)) out.buses.push_back(at(c).bus);
        if (!std::isalpha(c)) continue;
        const char who = static_cast<char>(std::tolower(c));
        out.holders.push_back({pic::peer(who), pic::link(who), c != who, {}, kPatience});
    }
    return out;
}

struct Ledger {
    Manifests manifests;
    Time now{1'000s};
    Actions out;
    std::uint64_t requests = 0;
    Time wake = kNever;

    // Each step ends in a look at the invariants.
    template <class Do>
    auto step(Do what) {
        out.clear();
        Turn turn{now, out, requests};
        const auto answer = what(turn);
        wake = turn.wake;
        CHECK(manifests.broken() == nullptr);
        CHECK(manifests.asked().contains(kAskedFilm) == (row()[0] != '.' && row()[0] != 's'));
        return answer;
    }
    char seek(std::string_view picture, const AssetId& asset = kAskedFilm) {
        const Candidates who = candidates(picture, now);
        const auto asked =
            step([&](Turn& turn) { return manifests.seek(asset, who.holders, who.buses, turn); });
        CHECK(out.size() == (asked ? 1 : 0));
        if (asked) CHECK(last() == ask_of(*asked, asset, 0));
        return asked ? letter(*asked) : '.';
    }
    Heard got(char who, std::uint64_t offset, std::uint64_t total, std::uint64_t bytes,
              std::uint64_t request = 0, const AssetId& asset = kAskedFilm) {
        const RequestId under{request == 0 ? requests : request};
        const ManifestPart part{under, asset, total, offset};
        return step([&](Turn& turn) { return manifests.got(at(who), part, bytes, turn); });
    }
    bool refused(char who, Duration pause, std::uint64_t request = 0) {
        const RequestId under{request == 0 ? requests : request};
        return step([&](Turn& turn) { return manifests.refused(at(who), under, pause, turn); });
    }
    // "a" late, "a~" and passed over, "." neither.
    std::string late(const AssetId& asset = kAskedFilm) {
        const auto late = step([&](Turn& turn) { return manifests.late(asset, turn); });
        if (!late) return ".";
        return std::string(1, late->link.value == 0 ? 'B' : pic::letter(late->link)) +
               (late->passed ? "~" : "");
    }
    bool not_stored(const PeerId& who, Duration pause) {
        return step([&](Turn& turn) {
            manifests.not_stored(kAskedFilm, who, pause, turn);
            return true;
        });
    }
    void store(char who, std::string_view picture) {
        REQUIRE(seek(picture) == who);
        REQUIRE(got(who, 0, 10, 10) == Heard::part);
        REQUIRE(row()[0] == 's');
    }
    // Whom, under which number, from where on: of the last action.
    std::string last() const {
        REQUIRE_FALSE(out.empty());
        const auto* link = std::get_if<SendTo>(&out.back());
        const auto* bus = std::get_if<SendToBus>(&out.back());
        REQUIRE((link != nullptr || bus != nullptr));
        const auto& ask = std::get<AskManifest>(link != nullptr ? link->body : bus->body);
        CHECK(ask.request.value == requests);
        return ask_of(link != nullptr ? From{link->link, {}} : From{{}, bus->bus}, ask.asset,
                      ask.offset);
    }
    static std::string ask_of(const From& from, const AssetId& asset, std::uint64_t offset) {
        return std::string(1, letter(from)) + (asset == kAskedFilm ? " film " : " song ") +
               std::to_string(offset);
    }
    std::string row() const {
        std::string cells;
        for (const AssetId& id : {kAskedFilm, kAskedSong}) {
            char cell = manifests.idle(id) ? '.' : 's';
            if (manifests.asked().contains(id))
                for (const char who : {'a', 'b', 'c', 'd', '0'})
                    if (manifests.waits_for(id, at(who).link)) cell = who;
            cells += cell;
        }
        return cells;
    }
};

}  // namespace

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
             {"abc", 0, 'a', kPatience},       // of alike ones the first
             {"abC", 0, 'c', kSettled},        // who answers rather than who may
             {"aBC", 0, 'b', kSettled},        //
             {"a~2b", 0, 'b', kPatience},      // who let an answer wait after all others
             {"A~2b", 0, 'b', kPatience},      // whether it answered before or not
             {"a~3b~2c~4", 0, 'b', kSettled},  // first who is passed over the shortest,
             {"a~3b~2C~4", 0, 'c', kSettled},  // or answered
             {"|01", 0, '0', kSettled},        // a bus where nobody is linked that has it,
             {"a~2B~1 |0", 0, '0', kSettled},  // or only who is passed over
             {"ab |0", 1, 'a', kPatience},     // a holder first,
             {"ab |0", 2, '0', kSettled},      // until two let their first answer wait
             {"aB |0", 2, 'b', kSettled},      // and none answers
             {"ab", 2, 'a', kPatience},        // and a bus can be asked
         }) {
        CAPTURE(c.picture);
        CAPTURE(c.passed);
        const Candidates who = candidates(c.picture, now);
        const auto choice = Manifests::choose(
            who.holders, who.buses.empty() ? std::nullopt : std::optional(who.buses[0]), c.passed,
            now);
        REQUIRE(choice.has_value() == (c.who != '.'));
        if (!choice) continue;
        CHECK(letter(choice->from) == c.who);
        CHECK(choice->patience == c.patience);
        const bool bus = choice->from.link.value == 0;
        CHECK(choice->peer == (bus ? PeerId{} : pic::peer(c.who)));
    }
}

TEST_CASE("manifests: part by part of one, then it lies with the store") {
    Ledger ledger;
    CHECK(ledger.seek("abc") == 'a');
    CHECK(ledger.wake == ledger.now + kPatience);
    CHECK(ledger.row() == "a.");
    CHECK(ledger.seek("abc") == '.');  // of one at a time
    const std::uint64_t total = 2 * kPart + 7;
    ledger.now += 100ms;
    CHECK(ledger.got('a', 0, total, kPart) == Heard::part);
    REQUIRE(ledger.out.size() == 2);
    const auto& kept = std::get<KeepManifestPart>(ledger.out[0]);
    CHECK(kept.asset == kAskedFilm);
    CHECK(kept.offset == 0);
    CHECK(kept.total == total);
    CHECK(kept.from == pic::link('a'));
    CHECK(ledger.last() == Ledger::ask_of(at('a'), kAskedFilm, kPart));
    CHECK(ledger.wake == ledger.now + kSettled);  // it answered before
    CHECK(ledger.got('a', kPart, total, kPart) == Heard::part);
    CHECK(ledger.row() == "a.");
    CHECK(ledger.got('a', 2 * kPart, total, 7) == Heard::part);
    CHECK(ledger.out.size() == 1);
    CHECK(ledger.row() == "s.");
    CHECK(ledger.seek("bc |0") == '.');
    ledger.now += 1h;
    CHECK(ledger.late() == ".");
    ledger.manifests.forget(kAskedFilm);  // it is here
    CHECK(ledger.manifests.size() == 0);
}

TEST_CASE("manifests: a part counts once, from whom it was asked of and under its number") {
    Ledger ledger;
    CHECK(ledger.seek("a |01", kAskedFilm) == 'a');
    CHECK(ledger.seek("|01", kAskedSong) == '0');
    CHECK(ledger.got('b', 0, 10, 10, 1) == Heard::unasked);
    CHECK(ledger.got('0', 0, 10, 10, 1) == Heard::unasked);
    CHECK(ledger.got('a', 0, 10, 10, 2) == Heard::unasked);
    CHECK(ledger.got('a', 0, 10, 10, 3) == Heard::unasked);
    CHECK(ledger.got('a', 0, 10, 10, 1, kAskedSong) == Heard::unasked);
    CHECK(ledger.got('1', 0, 10, 10, 2, kAskedSong) == Heard::unasked);
    CHECK_FALSE(ledger.refused('b', 1s, 1));
    CHECK_FALSE(ledger.refused('1', 1s, 2));
    CHECK(ledger.out.empty());
    CHECK(ledger.row() == "a0");
    CHECK(ledger.got('0', 0, 10, 10, 2, kAskedSong) == Heard::part);
    CHECK(ledger.got('a', 0, 10, 10, 1) == Heard::part);
    CHECK(ledger.row() == "ss");
    CHECK(ledger.got('a', 0, 10, 10, 1) == Heard::unasked);  // twice
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
                                               {0, most + 1, kPart},
                                               {0, 2 * kPart, 2 * kPart},
                                               {10, 10, 0}}) {
        Ledger ledger;
        REQUIRE(ledger.seek("ab |0") == 'a');
        CHECK(ledger.got('a', offset, total, bytes) == Heard::nonsense);
        CHECK(ledger.out.empty());
        CHECK(ledger.wake == ledger.now);
        CHECK(ledger.row() == "..");
        CHECK(ledger.manifests.count_failed() == 1);
        CHECK(ledger.seek("ab |0") == 'b');
    }
    Ledger ledger;
    REQUIRE(ledger.seek("a") == 'a');
    CHECK(ledger.got('a', 0, most, kPart) == Heard::part);              // the largest there is
    CHECK(ledger.got('a', kPart, most - 1, kPart) == Heard::nonsense);  // not what it said before
    CHECK(ledger.seek("a") == '.');
    CHECK(ledger.wake == ledger.now + limits::kBar);
    ledger.now += limits::kBar - 1us;
    CHECK(ledger.seek("a") == '.');
    ledger.now += 1us;
    CHECK(ledger.seek("a") == 'a');  // and from the first byte on
}

TEST_CASE("manifests: who says no or busy is not asked before, and another is at once") {
    Ledger ledger;
    REQUIRE(ledger.seek("ab |01") == 'a');
    CHECK(ledger.refused('a', 3s));
    CHECK(ledger.wake == ledger.now);
    REQUIRE(ledger.seek("ab |01") == 'b');
    CHECK(ledger.wake == ledger.now + kPatience);
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
    Ledger ledger;
    CHECK(ledger.late() == ".");
    REQUIRE(ledger.seek("abC |0", kAskedSong) == 'c');
    REQUIRE(ledger.seek("ab |0") == 'a');
    ledger.now += kPatience - 1us;
    CHECK(ledger.late() == ".");
    CHECK(ledger.wake == ledger.now + 1us);
    ledger.now += 1us;
    CHECK(ledger.late() == "a~");
    CHECK(ledger.late() == ".");
    CHECK(ledger.row() == ".c");
    // It is passed over, not left alone: a bus comes before it, and it before nobody.
    CHECK(ledger.seek("a~2b |0") == 'b');
    ledger.now += kPatience;
    CHECK(ledger.late() == "b~");
    CHECK(ledger.seek("cd |0") == '0');  // two of them: a bus
    ledger.now += kSettled - 1us;
    CHECK(ledger.late() == ".");
    CHECK(ledger.late(kAskedSong) == "c");  // a settled one has longer, and is then left alone
    CHECK(ledger.seek("c", kAskedSong) == '.');
    CHECK(ledger.wake == ledger.now + limits::kRequestTimeout);
    ledger.now += 1us;
    CHECK(ledger.late() == "B");
    CHECK(ledger.seek("|0") == '.');
    CHECK(ledger.wake == ledger.now + limits::kLocateMin);
    CHECK(ledger.seek("a~2") == 'a');
    CHECK(ledger.wake == ledger.now + kSettled);
    // A whole one ends the count of those who let it wait.
    REQUIRE(ledger.got('a', 0, 10, 10) == Heard::part);
    ledger.not_stored(pic::peer('a'), 1s);
    ledger.now += limits::kLocateMin;
    CHECK(ledger.seek("cd |0") == 'c');
}

TEST_CASE("manifests: what was asked on a link that is gone is free, what is stored is judged") {
    Ledger ledger;
    REQUIRE(ledger.seek("a") == 'a');
    REQUIRE(ledger.seek("b", kAskedSong) == 'b');
    ledger.manifests.link_gone(pic::link('a'));
    CHECK(ledger.row() == ".b");
    CHECK(ledger.manifests.size() == 1);  // nothing stays of it
    CHECK(ledger.got('a', 0, 10, 10, 1) == Heard::unasked);
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
    Ledger ledger;
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
    Ledger ledger;
    ledger.manifests.stop(kAskedFilm);
    REQUIRE(ledger.seek("a |0") == 'a');
    ledger.manifests.stop(kAskedFilm);
    CHECK(ledger.row() == "..");
    CHECK(ledger.manifests.size() == 0);
    CHECK(ledger.got('a', 0, 10, 10) == Heard::unasked);
    REQUIRE(ledger.seek("a |0") == 'a');
    REQUIRE(ledger.refused('a', 10s));
    REQUIRE(ledger.seek("a |0") == '0');
    REQUIRE(ledger.refused('0', 10s));
    REQUIRE(ledger.seek("a |0") == '.');
    ledger.manifests.stop(kAskedFilm);
    CHECK(ledger.manifests.size() == 0);
    CHECK(ledger.seek("|0") == '0');
    CHECK(ledger.got('0', 0, 10, 10) == Heard::part);
    ledger.manifests.stop(kAskedFilm);  // what lies with the store is judged all the same
    CHECK(ledger.row() == "s.");
    CHECK(ledger.manifests.waits_for(kAskedFilm, {}));
}

TEST_CASE("manifests: parts of no use, nonsense and what is late are counted, each once") {
    Ledger ledger;
    CHECK(ledger.got('a', 0, 10, 10, 7) == Heard::unasked);
    CHECK(ledger.manifests.count_spare() == 1);
    REQUIRE(ledger.seek("A") == 'a');
    CHECK(ledger.late() == ".");
    CHECK(ledger.got('a', 0, 10, 9) == Heard::nonsense);
    CHECK(ledger.manifests.count_refused() == 1);
    REQUIRE(ledger.seek("B") == 'b');
    ledger.now += kSettled;
    CHECK(ledger.late() == "b");
    CHECK(ledger.late() == ".");
    CHECK(ledger.manifests.count_timed_out() == 1);
    REQUIRE(ledger.seek("C") == 'c');
    CHECK(ledger.got('c', 0, 10, 10) == Heard::part);
    CHECK(ledger.manifests.count_spare() == 1);
    CHECK(ledger.manifests.count_refused() == 1);
}

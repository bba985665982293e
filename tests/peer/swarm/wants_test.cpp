// Why what is wanted: a column for each of an asset's six fragments. '#' wanted, '.' not.
#include "peer/swarm/wants.hpp"

#include "messages/wire/limits.hpp"
#include "tests/support/pictures.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

namespace {

constexpr std::uint32_t kSix = 6;
constexpr ReadId kForGood{0};
constexpr ReadId kFirstAsker{1};
constexpr ReadId kOtherAsker{2};
const AssetId kFilm = pic::asset(0);
const AssetId kSong = pic::asset(1);

struct Reasons {
    Wants wants;
    Time now{1'000s};
    Actions out;

    // Each step ends in a look at the invariants.
    Wants* operator->() {
        check();
        return &wants;
    }
    void check() const {
        CHECK(wants.broken() == nullptr);
        CHECK(wants.copies() == wants.copies(kFilm).count() + wants.copies(kSong).count());
        for (const AssetId& id : {kFilm, kSong})
            CHECK(wants.any(id) == !wants.fragments(id, ~0U).empty());
    }
    std::string row(const AssetId& asset = kFilm) const {
        check();
        return pic::picture(wants.fragments(asset, kSix), kSix);
    }
    bool decline(const AssetId& asset, bool declined) {
        std::uint64_t requests = 0;
        Turn turn{now, out, requests};
        return wants.decline(asset, declined, turn);
    }
    // Which of the six come on purpose, if they come now.
    std::string on_purpose(bool loose) const {
        RangeSet found;
        for (std::uint32_t i = 0; i < kSix; ++i)
            if (wants.on_purpose(pic::fragment(i), kSix, loose)) found.add(i);
        return pic::picture(found, kSix);
    }
};

// All reasons there are, each for a fragment of its own.
Reasons all_reasons() {
    Reasons out;
    out->ask(kForGood, kFilm, pic::columns("#....."));
    out->ask(kFirstAsker, kFilm, pic::columns(".#...."));
    out->ask(kOtherAsker, kFilm, pic::columns("..#..."));
    out->offer(kFilm, pic::columns("...#.."));
    out->copy(kFilm, pic::columns("....#."));
    return out;
}

}  // namespace

TEST_CASE("wants: the end of one reason is the end of no other") {
    Reasons reasons = all_reasons();
    CHECK(reasons.row() == "#####.");
    CHECK(reasons.row(kSong) == "......");
    reasons->end(kFirstAsker, kFilm);
    CHECK(reasons.row() == "#.###.");
    reasons->end(kForGood, kFilm);
    CHECK(reasons.row() == "..###.");
    reasons->copy(kFilm, {});
    CHECK(reasons.row() == "..##..");
    reasons->copy(kFilm, pic::columns("##...."));
    CHECK(reasons.row() == "####..");
    reasons->drop(kFilm);
    CHECK(reasons.row() == "##....");
    reasons->copy(kFilm, {});
    CHECK(reasons->size() == 0);
}

TEST_CASE("wants: what two want is wanted until both ends") {
    Reasons reasons;
    reasons->ask(kForGood, kFilm, pic::columns("###..."));
    reasons->offer(kFilm, pic::columns("..###."));
    reasons->end(kForGood, kFilm);
    CHECK(reasons.row() == "..###.");
    reasons->ask(kFirstAsker, kFilm, {});
    CHECK(reasons.row() == "######");
    reasons->end(kFirstAsker, kFilm);
    CHECK(reasons.row() == "..###.");
}

TEST_CASE("wants: all of an asset is wanted before it is known how much that is") {
    Reasons reasons;
    CHECK_FALSE(reasons->any(kFilm));
    reasons->ask(kForGood, kFilm, {});
    CHECK(reasons->any(kFilm));
    CHECK(reasons.row() == "######");
    reasons->offer(kFilm, RangeSet{{4, 100}});  // beyond its end
    reasons->end(kForGood, kFilm);
    CHECK(reasons.row() == "....##");
}

TEST_CASE("wants: what came for an asker is wanted for good, and the asker waits for the rest") {
    Reasons reasons;
    reasons->ask(kFirstAsker, kFilm, pic::columns("##...."));
    reasons->ask(kOtherAsker, kFilm, pic::columns(".####."));
    reasons->came(kFilm, pic::columns("##...#"), kSix);
    CHECK(reasons.row() == "#####.");
    reasons->end(kFirstAsker, kFilm);  // it had all, and is none any more
    CHECK(reasons.row() == "#####.");
    reasons->end(kOtherAsker, kFilm);
    CHECK(reasons.row() == "##....");
    reasons->end(kForGood, kFilm);
    CHECK(reasons->size() == 0);
}

TEST_CASE("wants: what made room was wanted once, and was here; who waits for it waits on") {
    Reasons reasons = all_reasons();
    reasons->evicted(kFilm, RangeSet::up_to(kSix));
    CHECK(reasons.row() == ".##.#.");
}

TEST_CASE("wants: what its user took away is not wanted for good, all else of the asset is") {
    Reasons reasons;
    reasons->ask(kForGood, kFilm, {});
    reasons->offer(kFilm, pic::columns("##...."));
    reasons->taken(kFilm, pic::columns(".##..."), kSix);
    CHECK(reasons.row() == "#..###");
    reasons->end(kForGood, kFilm);
    CHECK(reasons.row() == "#.....");
    reasons->ask(kFirstAsker, kFilm, pic::columns("##...."));
    reasons->taken(kFilm, pic::columns("##...."), kSix);
    CHECK(reasons.row() == "##....");
}

TEST_CASE("wants: on purpose is what somebody here fetches, and what was kept before") {
    Reasons reasons = all_reasons();
    CHECK(reasons.on_purpose(false) == "###...");
    // For good and loose: it was here as a copy, and the disk spoilt it.
    CHECK(reasons.on_purpose(true) == ".##...");
    reasons->ask(kForGood, kFilm, {});
    CHECK(reasons.on_purpose(true) == "######");
    CHECK_FALSE(reasons->on_purpose(pic::fragment(0, 1), kSix, false));
}

TEST_CASE("wants: declined is the user's word until somebody here asks") {
    Reasons reasons;
    CHECK_FALSE(reasons.decline(kFilm, false));
    CHECK(reasons.out.empty());
    CHECK(reasons.decline(kFilm, true));
    CHECK_FALSE(reasons.decline(kFilm, true));
    CHECK(reasons.out.empty());
    CHECK(reasons->declined(kFilm));
    CHECK_FALSE(reasons->declined(kSong));
    CHECK_FALSE(reasons->any(kFilm));
    reasons->offer(kFilm, pic::columns("#"));
    reasons->drop(kFilm);
    CHECK(reasons->declined(kFilm));
    CHECK(reasons.decline(kFilm, false));
    REQUIRE(reasons.out.size() == 1);
    CHECK(std::get<Decline>(reasons.out[0]).asset == kFilm);
    CHECK_FALSE(std::get<Decline>(reasons.out[0]).declined);
    CHECK(reasons->size() == 0);
}

TEST_CASE("wants: an asset begins to be wanted once, and ends once") {
    using Change = Wants::Change;
    Reasons reasons;
    const auto turned = [&] { return reasons->take_turned(); };
    CHECK(reasons->look(kFilm, false) == Change::none);
    CHECK(turned().empty());
    CHECK(reasons->look(kFilm, true) == Change::begins);
    CHECK(turned() == std::set<AssetId>{kFilm});
    CHECK(reasons->look(kFilm, true) == Change::none);
    CHECK(turned().empty());
    CHECK(reasons->contains(kFilm));
    CHECK(reasons->look(kSong, true) == Change::begins);
    CHECK(reasons->all() == std::set<AssetId>{kFilm, kSong});
    CHECK(reasons->look(kFilm, false) == Change::ends);
    CHECK(reasons->look(kFilm, false) == Change::none);
    reasons->forget(kSong);
    CHECK(turned() == std::set<AssetId>{kFilm});
    CHECK(reasons->empty());
}

TEST_CASE("wants: an offer that nobody has for long is given up, and only the offer") {
    Availability others;
    Reasons reasons;
    for (const AssetId& id : {kFilm, kSong}) {
        reasons->offer(id, pic::columns("###..."));
        reasons->ask(kFirstAsker, id, pic::columns("...#.."));
        reasons->look(id, true);
    }
    others.add(pic::peer('a'), kSong, pic::columns("#....."));
    const auto given_up = [&](Duration after) {
        return reasons->give_up(others, Time{1'000s} + after);
    };
    CHECK(given_up(0s).empty());
    reasons->holders_changed(kFilm, true, reasons.now);
    reasons->holders_changed(kSong, true, reasons.now);       // and it is back since
    reasons->holders_changed(kFilm, true, reasons.now + 1s);  // from the first time on
    CHECK(given_up(limits::kHearsayKept - 1us).empty());
    SUBCASE("nobody came") {
        CHECK(given_up(limits::kHearsayKept) == std::vector<AssetId>{kFilm});
        CHECK(reasons.row() == "...#..");
        CHECK(reasons.row(kSong) == "####..");
        CHECK(given_up(limits::kHearsayKept).empty());
    }
    SUBCASE("somebody came, and went again") {
        reasons->holders_changed(kFilm, false, reasons.now + 2s);
        reasons->holders_changed(kFilm, true, reasons.now + 3s);
        CHECK(given_up(limits::kHearsayKept + 3s - 1us).empty());
        CHECK(given_up(limits::kHearsayKept + 3s) == std::vector<AssetId>{kFilm});
    }
}

TEST_CASE("wants: nothing stays of what is forgotten") {
    Reasons reasons = all_reasons();
    reasons.decline(kFilm, true);
    reasons->look(kFilm, true);
    reasons->holders_changed(kFilm, true, reasons.now);
    reasons->holders_changed(kSong, true, reasons.now);  // not wanted
    CHECK(reasons->size() == 1);
    reasons->forget(kFilm);
    CHECK(reasons.row() == "......");
    CHECK(reasons->size() == 0);
    CHECK(reasons->copies() == 0);
    CHECK(reasons->empty());
    CHECK_FALSE(reasons->declined(kFilm));
}

TEST_CASE(
    "wants: what changed is followed once, however often it did; of what is forgotten nothing") {
    Wants wants;
    for (const AssetId& id : {kSong, kFilm, kSong})
        wants.changed(id);
    CHECK(wants.take_changed() == std::set<AssetId>{kFilm, kSong});
    CHECK(wants.take_changed().empty());
    wants.changed(kFilm);
    wants.forget(kFilm);
    CHECK(wants.take_changed().empty());
}

TEST_CASE("wants: what came and was to be a copy is counted, and nothing else") {
    Reasons reasons = all_reasons();
    const RangeSet copies = reasons->copies(kFilm);
    REQUIRE(copies.count() > 0);
    for (std::uint32_t i = 0; i < kSix; ++i)
        reasons->fetched(pic::fragment(i));
    CHECK(reasons->count_copied() == copies.count());
    reasons->copy(kFilm, {});
    for (std::uint32_t i = 0; i < kSix; ++i)
        reasons->fetched(pic::fragment(i));
    CHECK(reasons->count_copied() == copies.count());
}

// What is known because others named it is forgotten again, and is found again by asking.
#include "messages/wire/limits.hpp"
#include "tests/peer/swarm/town.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::town;

TEST_SUITE_BEGIN("swarm: heard of");

namespace {

constexpr std::size_t kMost = 50;  // in place of limits::kMaxAssetsKnown

AssetId invented(std::uint32_t number) {
    AssetId id;
    id.bytes.fill(0xee);
    id.bytes[0] = static_cast<std::uint8_t>(number);
    id.bytes[1] = static_cast<std::uint8_t>(number >> 8);
    return id;
}

// A reader with a small table; a source with a film; a talker who claims what there is not.
struct HeardStage {
    Town town;
    TestAsset film = make_asset("film", 2, 4);
    Inhabitant* source = nullptr;
    Inhabitant* talker = nullptr;
    Inhabitant* reader = nullptr;
    LinkId to_reader{kFirstAccepted + 1};

    HeardStage() {
        source = &town.add("source");
        source->start({stored(film)});
        SwarmOptions options;
        options.max_assets = kMost;
        options.friends = {source->record().exchange};
        reader = &town.add("reader", options);
        reader->start();
        // The talker dials.
        talker = &town.add("talker", with_friend(*reader));
        talker->start();
        town.pass(2s);
        to_reader = talker->done<Dial>().at(0).link;
    }
    void claim(std::uint32_t from, std::uint32_t count) {
        for (std::uint32_t i = from; i < from + count; ++i) {
            Have have;
            have.asset = invented(i);
            have.fragments = RangeSet::up_to(3);
            talker->send_to(to_reader, have);
        }
        town.settle();
    }
    bool known(const AssetId& id) const {
        return reader->swarm().asset_view(id, town.now()) != nullptr;
    }
    std::size_t size(const char* table) const { return reader->swarm().sizes().at(table); }
};

}  // namespace

TEST_CASE("who names very many pushes out its own, and the table does not grow") {
    CHECK(SwarmOptions{}.max_assets == limits::kMaxAssetsKnown);
    HeardStage stage;
    REQUIRE(stage.known(stage.film.id));
    stage.claim(0, 10 * kMost);
    CHECK(stage.size("assets") == kMost);
    CHECK(stage.size("claimed") <= kMost);
    CHECK(stage.known(stage.film.id));
    CHECK(stage.known(invented(10 * kMost - 1)));
    CHECK_FALSE(stage.known(invented(0)));
    // What is wanted, held or played here stays whatever is named.
    fetch(*stage.reader, stage.film);
    CHECK(stage.town.wait([&] { return stage.reader->has(stage.film); }));
    stage.claim(10 * kMost, 10 * kMost);
    CHECK(stage.size("assets") == kMost);
    CHECK(stage.known(stage.film.id));
}

TEST_CASE("chunks of what nobody here has to do with are not kept") {
    HeardStage stage;
    Have have;
    have.asset = invented(1);
    for (std::uint32_t i = 0; i < limits::kMaxPartials; ++i)
        have.partial.push_back({{i}, {{0, 1}}});
    stage.talker->send_to(stage.to_reader, have);
    stage.town.settle();
    CHECK_FALSE(stage.known(have.asset));
    have.fragments = {{2000, 2001}};
    stage.talker->send_to(stage.to_reader, have);
    stage.town.settle();
    CHECK(stage.known(have.asset));
    CHECK(stage.size("claim_bytes") < limits::kMaxPartials);
    // What is wanted here is another matter.
    have.asset = stage.film.id;
    have.fragments = {};
    have.partial.resize(1);
    fetch(*stage.reader, stage.film);
    stage.town.settle();
    const std::size_t before = stage.size("claim_bytes");
    stage.talker->send_to(stage.to_reader, have);
    stage.town.settle();
    CHECK(stage.size("claim_bytes") > before);
}

TEST_CASE("who claims what others have before it names very many pushes that out no more") {
    HeardStage stage;
    Have have;
    have.asset = stage.film.id;
    have.fragments = RangeSet::up_to(2);
    stage.talker->send_to(stage.to_reader, have);
    stage.claim(0, 10 * kMost);
    CHECK(stage.known(stage.film.id));
    CHECK(stage.size("assets") == kMost);
}

TEST_CASE("a full table is no reason to be deaf: what was pushed out is found by asking") {
    HeardStage stage;
    const TestAsset late = make_asset("late", 2, 4);
    stage.claim(0, kMost);
    Inhabitant& other = stage.town.add("other", with_friend(*stage.reader));
    other.start({stored(late)});
    stage.town.pass(1s);
    stage.claim(kMost, 2 * kMost);
    fetch(*stage.reader, late);
    CHECK(stage.town.wait([&] { return stage.reader->has(late); }, 20s));
    CHECK(stage.size("assets") == kMost);
}

TEST_CASE("who has more than is remembered of it is not asked for all again and again") {
    HeardStage stage;
    stage.claim(0, 2 * kMost);
    stage.talker->forget_log();
    stage.reader->forget_log();
    stage.town.pass(60s);
    std::size_t asked = 0;
    for (const AskHave& ask : stage.reader->said<AskHave>())
        asked += ask.asset.is_zero();
    CHECK(asked <= 2 * (60 / 15 + 1));  // of its two friends, while no bus answers
}

TEST_CASE("what nobody has any more is forgotten after a while, and what is wanted is not") {
    HeardStage stage;
    stage.claim(0, 10);
    fetch(*stage.reader, TestAsset{invented(1), nullptr}, RangeSet{{0, 1}});
    Have gone;
    gone.whole = true;
    for (std::uint32_t i = 0; i < 10; ++i) {
        gone.asset = invented(i);
        stage.talker->send_to(stage.to_reader, gone);
    }
    stage.town.pass(1min);
    CHECK(stage.known(invented(0)));  // it may come back
    stage.town.pass(5min);
    CHECK_FALSE(stage.known(invented(0)));
    CHECK(stage.known(invented(1)));
    CHECK(stage.known(stage.film.id));
    stage.reader->tell(facts::FetchEnded{invented(1)});
    stage.town.pass(6min);
    CHECK_FALSE(stage.known(invented(1)));
}

TEST_SUITE_END();

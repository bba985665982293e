// Room in a store with a limit: for what it is kept.
#include "tests/peer/swarm/town.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::town;

TEST_SUITE_BEGIN("swarm: stock");

namespace {

constexpr std::uint64_t kOneMiB = 1 << 20;

// A reader with room for six fragments of 16 MiB, to whom somebody offers just as many.
struct StockStage {
    Town town;
    TestAsset big = make_asset("big", 6, 64);
    TestAsset film = make_asset("film", 2, 64);
    Inhabitant* offerer = nullptr;
    Inhabitant* source = nullptr;
    Inhabitant* reader = nullptr;

    explicit StockStage(std::uint64_t upload) {
        SwarmOptions slow;
        slow.max_upload = upload;
        offerer = &town.add("offerer", slow);
        offerer->start({stored(big)});
        source = &town.add("source");
        source->start({stored(film)});
        SwarmOptions options;
        options.max_store = 100 * kOneMiB;
        options.friends = {source->record().exchange};
        reader = &town.add("reader", options);
        reader->start();
        town.pass(1s);
        offerer->tell(facts::PublishAsked{big.id, {{reader->record(), RangeSet::up_to(6)}}});
    }
    std::uint64_t stock() const { return reader->swarm().snapshot(town.now())->stock.used; }
};

}  // namespace

TEST_CASE("a proof keeps no room: who offers much and sends nothing keeps nobody out") {
    StockStage stage(1);  // two chunks come, and no more
    REQUIRE(stage.town.wait([&] { return stage.reader->chunks_stored() > 0; }));
    stage.town.pass(2s);
    CHECK(stage.reader->said<AskProof>().size() > 4);
    CHECK(stage.stock() <= 2 * 16 * kOneMiB);
    fetch(*stage.reader, stage.film);
    CHECK(stage.town.wait([&] { return stage.reader->has(stage.film); }, 30s));
}

TEST_CASE("what came counts as what it is once its offerer is gone") {
    StockStage stage(8 * kOneMiB);
    REQUIRE(stage.town.wait([&] { return stage.reader->chunks_stored() > 40; }));
    CHECK(stage.stock() > 15 * kOneMiB);
    stage.offerer->deaf = true;
    stage.town.cut(*stage.offerer, *stage.reader);
    stage.town.pass(3s);
    fetch(*stage.reader, stage.film);
    CHECK(stage.town.wait([&] { return stage.reader->has(stage.film); }, 30s));
    CHECK(stage.stock() <= 100 * kOneMiB);
}

TEST_CASE("an offer whose last holder is gone for long is wanted no more") {
    StockStage stage(1);
    REQUIRE(stage.town.wait([&] { return stage.reader->chunks_stored() > 0; }));
    stage.offerer->tell(facts::AssetTaken{stage.big.id});
    stage.town.settle();
    CHECK(stage.reader->swarm().asset_view(stage.big.id, stage.town.now())->wanted);
    stage.town.pass(6min);
    CHECK_FALSE(stage.reader->swarm().asset_view(stage.big.id, stage.town.now())->wanted);
}

TEST_SUITE_END();

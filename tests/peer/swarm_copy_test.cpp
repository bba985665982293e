// Two or a few swarms copy an asset, step by step: manifest, proof, chunks, done, told.
#include "tests/peer/town.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::town;

TEST_SUITE_BEGIN("swarm: copying");

namespace {

void fetch(Inhabitant& who, const TestAsset& asset, const RangeSet& fragments = {}) {
    who.tell([&](Swarm& s, Time now, Actions& out) { s.on_fetch(asset.id, fragments, now, out); });
}

SwarmOptions with_friend(const Inhabitant& one) {
    SwarmOptions options;
    options.friends = {one.record().exchange};
    return options;
}

}  // namespace

TEST_CASE("two peers copy an asset: found by a friend, proven, stored, told") {
    Town town;
    const TestAsset film = make_asset("film", 3, 40);
    town.know(film);
    Inhabitant& source = town.add("source");
    source.start({stored(film)});
    Inhabitant& reader = town.add("reader", with_friend(source));
    reader.start();
    fetch(reader, film);
    REQUIRE(town.wait([&] { return reader.has(film); }));
    CHECK(reader.chunks_stored() == 3 * 40);
    CHECK(reader.swarm().sequence() == Sequence{3});
    CHECK(reader.swarm().holding(film.id).fragments == RangeSet::up_to(3));
    CHECK(reader.swarm().holding(film.id).partial.empty());
    town.settle();
    CHECK(source.said<Data>().empty());  // payload goes by SendChunk
    CHECK(source.done<SendChunk>().size() == 3 * 40);
    CHECK(reader.said<Receipt>().size() == 3);
    CHECK(source.swarm().snapshot(town.now())->peers.at(1).receipts == 3);
    // What came is known by sender.
    const auto view = reader.swarm().asset_view(film.id, town.now());
    REQUIRE(view->fragments.size() == 3);
    CHECK(view->fragments[0].state == FragmentView::State::here);
    REQUIRE(view->fragments[0].from.size() == 1);
    CHECK(view->fragments[0].from[0].name == "source");
    CHECK(view->fragments[0].from[0].bytes == film.manifest->fragments[0].size);
    CHECK(view->bytes_here == film.manifest->size());
    CHECK(view->waiting.empty());
}

TEST_SUITE_END();

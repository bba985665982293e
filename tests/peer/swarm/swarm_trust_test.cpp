// Who sends wrong chunks, what nobody asked for, or nothing at all.
#include "tests/peer/swarm/town.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::town;

TEST_SUITE_BEGIN("swarm: trust");

TEST_CASE("a liar is told, avoided and barred, and the asset comes from the others") {
    Town town;
    const TestAsset film = make_asset("film", 4, 32);
    Inhabitant& liar = town.add("liar");
    liar.lies = true;
    liar.start({stored(film)});
    Inhabitant& honest = town.add("honest");
    honest.start({stored(film)});
    SwarmOptions options;
    options.friends = {liar.record().exchange};
    Inhabitant& reader = town.add("reader", options);
    reader.start();
    honest.tell(facts::PublishAsked{film.id, {{liar.record(), RangeSet::up_to(4)}}});
    town.pass(1s);
    fetch(reader, film);
    REQUIRE(town.wait([&] { return reader.has(film); }));
    CHECK(reader.chunks_stored() == 4 * 32);
    CHECK_FALSE(reader.said<Bad>().empty());
    CHECK(town.wait([&] { return reader.look().barred(liar.record().id); }, 3s));
    CHECK_FALSE(reader.look().barred(honest.record().id));
    const auto view = reader.swarm().asset_view(film.id, town.now());
    for (const FragmentView& fragment : view->fragments)
        for (const ProvenanceView& from : fragment.from)
            CHECK(from.name == "honest");
}

TEST_CASE("a liar alone: nothing wrong is stored, and the reader waits") {
    Town town;
    const TestAsset film = make_asset("film", 2, 16);
    Inhabitant& liar = town.add("liar");
    liar.lies = true;
    liar.start({stored(film)});
    Inhabitant& reader = town.add("reader", with_friend(liar));
    reader.start();
    fetch(reader, film);
    town.pass(60s);
    CHECK(reader.chunks_stored() == 0);
    CHECK(reader.look().barred(liar.record().id));
    // After the bar it may try again, and then it is true.
    liar.lies = false;
    CHECK(town.wait([&] { return reader.has(film); }, 15min));
    CHECK(town.now() > Time(10min));
}

TEST_CASE("who falls silent is closed, and what was asked there comes from another") {
    Town town;
    const TestAsset film = make_asset("film", 2, 64);
    Inhabitant& silent = town.add("silent");
    silent.start({stored(film)});
    Inhabitant& other = town.add("other");
    other.start({stored(film)});
    SwarmOptions options;
    options.friends = {silent.record().exchange, other.record().exchange};
    Inhabitant& reader = town.add("reader", options);
    reader.start();
    town.pass(1s);
    silent.deaf = true;
    fetch(reader, film);
    CHECK(town.wait([&] { return reader.has(film); }, 40s));
    CHECK(other.done<SendChunk>().size() == 2 * 64);
}

TEST_CASE("data that nobody asked for is dropped, counted, and in the end barred") {
    Town town;
    const TestAsset film = make_asset("film", 1, 4);
    Inhabitant& pushy = town.add("pushy");
    pushy.start({stored(film)});
    Inhabitant& reader = town.add("reader", with_friend(pushy));
    reader.start({stored(film)});
    town.pass(1s);
    const auto links = reader.done<Dial>();
    REQUIRE(links.size() == 1);
    const Header header{pushy.record().id, pushy.record().epoch, {}};
    reader.forget_log();
    for (std::uint64_t i = 0; i < 12; ++i) {
        const Message unasked{header, Data{{900 + i}, film.id, {0}, {0}}};
        reader.tell(facts::LinkSaid{links[0].link, unasked, limits::kChunkBytes});
    }
    CHECK(reader.done<StoreChunk>().empty());
    CHECK(reader.look().overview->counters["refused_messages"] >= 10);
    CHECK(reader.look().barred(pushy.record().id));
    CHECK(reader.done<HangUp>().size() == 1);
}

TEST_CASE("a chunk of another length than its own is wrong before it reaches the store") {
    Town town;
    const TestAsset film = make_asset("film", 1, 4);
    Inhabitant& source = town.add("source");
    source.start({stored(film)});
    Inhabitant& reader = town.add("reader", with_friend(source));
    reader.start();
    fetch(reader, film);
    REQUIRE(town.wait([&] { return !reader.said<Request>().empty() || reader.has(film); }));
    reader.forget_log();
    // A second asset, whose answer we write ourselves.
    const TestAsset other = make_asset("other", 1, 4);
    source.tell(facts::AssetAdded{stored(other)});
    CHECK(town.wait([&] { return reader.has(film); }));
}

TEST_CASE("a link to ourselves is closed and not dialled again") {
    Town town;
    Inhabitant& mirror = town.add("mirror");
    mirror.start();
    Inhabitant& reader = town.add("reader", with_friend(mirror));
    reader.start();
    reader.tell(facts::Ticked{});
    const auto dials = reader.done<Dial>();
    REQUIRE(dials.size() == 1);
    reader.forget_log();

    reader.tell(facts::LinkUp{dials[0].link, true});
    const Header header{reader.record().id, reader.record().epoch, {}};
    reader.tell(facts::LinkSaid{
        dials[0].link, {header, Hello{reader.record(), Bytes(32, 1), {}, true}}, 0});

    CHECK(reader.done<HangUp>().size() == 1);
    town.pass(100s);
    CHECK(reader.done<Dial>().empty());
}

TEST_CASE("a hello whose id is not that of its key is refused") {
    Town town;
    Inhabitant& reader = town.add("reader");
    reader.start();
    PeerRecord forged;
    forged.id.bytes[0] = 9;
    forged.epoch = {1};
    const LinkId link{kFirstAccepted + 5};

    reader.tell(facts::LinkUp{link, false});
    reader.tell(facts::LinkSaid{
        link, {{forged.id, forged.epoch, {}}, Hello{forged, Bytes(32, 1), {}, false}}, 0});

    CHECK(reader.said<Hello>().empty());
    CHECK(reader.done<HangUp>().size() == 1);
}

TEST_CASE("before hello nothing is heard, and hello is asked for") {
    Town town;
    const TestAsset film = make_asset("film", 1, 4);
    Inhabitant& source = town.add("source");
    source.start({stored(film)});
    const LinkId link{kFirstAccepted + 5};
    PeerRecord stranger;
    stranger.id.bytes[0] = 9;

    source.tell(facts::LinkUp{link, false});
    for (std::uint64_t i = 1; i < 5; ++i)
        source.tell(facts::LinkSaid{link, {{stranger.id, {1}, {}}, AskHave{{i}, film.id}}, 0});

    CHECK(source.said<Have>().empty());
    REQUIRE(source.said<Hello>().size() == 1);
    CHECK_FALSE(source.said<Hello>()[0].reply);
}

TEST_SUITE_END();

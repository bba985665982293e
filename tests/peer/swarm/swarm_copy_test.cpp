// Two or a few swarms copy an asset, step by step: manifest, proof, chunks, done, told.
#include "tests/peer/swarm/town.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::town;

TEST_SUITE_BEGIN("swarm: copying");

TEST_CASE("two peers copy an asset: found by a friend, proven, stored, told") {
    Town town;
    const TestAsset film = make_asset("film", 3, 40);
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
    CHECK(source.look().peers.at(reader.record().id).receipts == 3);
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

TEST_CASE("a fragment that the disk cannot finish is said, and fetched again after a pause") {
    Town town;
    const TestAsset film = make_asset("film", 2, 4);
    Inhabitant& source = town.add("source");
    source.start({stored(film)});
    Inhabitant& reader = town.add("reader", with_friend(source));
    reader.unfinished = 1;
    reader.start();
    fetch(reader, film);
    const auto failed = [&] {
        std::vector<Report> reports = reader.done<Report>();
        std::erase_if(reports, [](const Report& one) { return one.kind != "fragment.failed"; });
        return reports;
    };
    REQUIRE(town.wait([&] { return !failed().empty(); }));
    const Report report = failed().front();
    CHECK(report.text == "cannot finish film " + std::to_string(report.fragment) + ": bad luck");
    CHECK_FALSE(reader.swarm().holding(film.id).fragments.contains(
        static_cast<std::uint32_t>(report.fragment)));
    town.pass(limits::kDiskPause - 1s);
    CHECK(reader.chunks_stored() == 2 * 4);
    CHECK_FALSE(reader.has(film));
    REQUIRE(town.wait([&] { return reader.has(film); }, 2s));
    CHECK(reader.chunks_stored() == 3 * 4);
    CHECK(reader.swarm().holding(film.id).fragments == RangeSet::up_to(2));
}

TEST_CASE("of two sources each sends a part") {
    Town town;
    const TestAsset film = make_asset("film", 4, 64);
    Inhabitant& first = town.add("first");
    first.start({stored(film)});
    Inhabitant& second = town.add("second");
    second.start({stored(film)});
    SwarmOptions options;
    options.friends = {first.record().exchange};
    Inhabitant& reader = town.add("reader", options);
    reader.start();
    // The first names the second as a holder, once it has heard of it itself.
    fetch(first, make_asset("nothing", 1, 1));
    SUBCASE("known by locate") {
        second.tell(facts::PublishAsked{film.id, {{first.record(), RangeSet::up_to(4)}}});
    }
    town.pass(1s);
    fetch(reader, film);
    REQUIRE(town.wait([&] { return reader.has(film); }));
    CHECK(reader.chunks_stored() == 4 * 64);
    CHECK(first.done<SendChunk>().size() + second.done<SendChunk>().size() == 4 * 64);
    CHECK(second.done<SendChunk>().size() > 64);
    CHECK(first.done<SendChunk>().size() > 64);
}

TEST_CASE("three readers of one source: it sends everything once before anything twice") {
    Town town;
    const TestAsset film = make_asset("film", 2, 64);
    Inhabitant& source = town.add("source");
    source.start({stored(film)});
    std::vector<Inhabitant*> readers;
    for (int i = 0; i < 3; ++i) {
        readers.push_back(&town.add("reader" + std::to_string(i), with_friend(source)));
        readers.back()->start();
    }
    town.pass(1s);
    for (Inhabitant* reader : readers)
        fetch(*reader, film);
    REQUIRE(town.wait(
        [&] { return readers[0]->has(film) && readers[1]->has(film) && readers[2]->has(film); }));
    std::map<ChunkRef, std::size_t> sent;
    std::size_t before_all = 0;
    for (const SendChunk& send : source.done<SendChunk>()) {
        ++sent[send.chunk];
        if (sent.size() < 2 * 64) ++before_all;
    }
    CHECK(sent.size() == 2 * 64);
    CHECK(before_all <= 2 * 64 + 16);
    for (Inhabitant* reader : readers)
        CHECK(reader->chunks_stored() == 2 * 64);
    CHECK(readers[0]->done<SendChunk>().size() + readers[1]->done<SendChunk>().size() +
              readers[2]->done<SendChunk>().size() >
          64);
}

TEST_CASE("a link that breaks in the middle costs no chunk that was proven") {
    Town town;
    const TestAsset film = make_asset("film", 2, 200);
    Inhabitant& source = town.add("source");
    source.start({stored(film)});
    Inhabitant& reader = town.add("reader", with_friend(source));
    reader.start();
    fetch(reader, film);
    // A limit on upload makes the copy take long enough to break it.
    bool told = true;
    SUBCASE("and both are told") {
        told = true;
    }
    SUBCASE("in silence") {
        told = false;
    }
    town.pass(300ms);
    town.cut(source, reader, told);
    REQUIRE(town.wait([&] { return reader.has(film); }));
    CHECK(reader.chunks_stored() == 2 * 200);
}

TEST_CASE("chunks found on disk are not fetched again") {
    Town town;
    const TestAsset film = make_asset("film", 2, 64);
    Inhabitant& source = town.add("source");
    source.start({stored(film)});
    Inhabitant& reader = town.add("reader", with_friend(source));
    reader.on_disk[{film.id, {1}}] = RangeSet{{0, 10}, {20, 50}};
    reader.start();
    fetch(reader, film);
    REQUIRE(town.wait([&] { return reader.has(film); }));
    CHECK(reader.chunks_stored() == 2 * 64 - 40);
    CHECK(source.done<SendChunk>().size() == 2 * 64 - 40);
}

TEST_CASE("a disk that is full stops fetching, and room lets it go on") {
    Town town;
    const TestAsset film = make_asset("film", 1, 64);
    Inhabitant& source = town.add("source");
    source.start({stored(film)});
    Inhabitant& reader = town.add("reader", with_friend(source));
    reader.verdict = StoreVerdict::full;
    reader.start();
    fetch(reader, film);
    town.pass(20s);
    CHECK_FALSE(reader.has(film));
    CHECK(reader.said<Request>().size() < 20);
    CHECK(reader.swarm().asset_view(film.id, town.now())->waiting == "there is no room on disk");
    reader.verdict = StoreVerdict::stored;
    reader.tell(facts::RoomChanged{true});
    REQUIRE(town.wait([&] { return reader.has(film); }));
}

TEST_CASE("some fragments only: the others stay away") {
    Town town;
    const TestAsset film = make_asset("film", 6, 8);
    Inhabitant& source = town.add("source");
    source.start({stored(film)});
    Inhabitant& reader = town.add("reader", with_friend(source));
    reader.start();
    fetch(reader, film, RangeSet{{2, 4}});
    town.pass(10s);
    CHECK(reader.swarm().holding(film.id).fragments == RangeSet{{2, 4}});
    CHECK(reader.chunks_stored() == 2 * 8);
    CHECK(source.swarm().at_risk() ==
          std::map<AssetId, RangeSet>{{film.id, RangeSet{{0, 2}, {4, 6}}}});
    CHECK(reader.swarm().at_risk().empty());
}

TEST_CASE("what is not wanted any more is cancelled; its proven chunks stay") {
    Town town;
    const TestAsset film = make_asset("film", 1, 400);
    SwarmOptions slow;
    slow.max_upload = 20 << 20;
    Inhabitant& source = town.add("source", slow);
    source.start({stored(film)});
    Inhabitant& reader = town.add("reader", with_friend(source));
    reader.start();
    fetch(reader, film);
    REQUIRE(town.wait([&] { return reader.chunks_stored() > 20; }));
    reader.tell(facts::FetchEnded{film.id});
    town.settle();
    const std::size_t so_far = reader.chunks_stored();
    CHECK(reader.said<Cancel>().size() > 0);
    town.pass(10s);
    CHECK(reader.chunks_stored() <= so_far + 1);
    fetch(reader, film);
    REQUIRE(town.wait([&] { return reader.has(film); }));
    CHECK(reader.chunks_stored() == 400);
}

TEST_CASE("limits on upload and download hold") {
    Town town;
    const TestAsset film = make_asset("film", 1, 40);  // 10 MiB
    SwarmOptions up;
    SwarmOptions down;
    SUBCASE("upload") {
        up.max_upload = 1 << 20;
    }
    SUBCASE("download") {
        down.max_download = 1 << 20;
    }
    Inhabitant& source = town.add("source", up);
    source.start({stored(film)});
    down.friends = {source.record().exchange};
    Inhabitant& reader = town.add("reader", down);
    reader.start();
    fetch(reader, film);
    town.pass(5s);
    CHECK(reader.chunks_stored() <= 24);
    CHECK(reader.chunks_stored() >= 12);
    CHECK(town.wait([&] { return reader.has(film); }, 10s));
}

TEST_CASE("a limit that is lifted is lifted at once") {
    Town town;
    const TestAsset film = make_asset("film", 1, 40);
    Inhabitant& source = town.add("source");
    source.start({stored(film)});
    SwarmOptions down = with_friend(source);
    down.max_download = 1;  // byte a second: a chunk, and then nothing for days
    Inhabitant& reader = town.add("reader", down);
    reader.start();
    fetch(reader, film);
    town.pass(5s);
    REQUIRE(reader.chunks_stored() < 5);
    reader.forget_log();
    reader.tell(facts::LimitsSet{0, 0});
    CHECK_FALSE(reader.said<Request>().empty());
}

TEST_SUITE_END();

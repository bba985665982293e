// Viewers: reads wait for proven chunks, playheads set what is urgent.
#include "tests/peer/swarm/town.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::town;

TEST_SUITE_BEGIN("swarm: reading");

namespace {

struct Stage {
    Town town;
    TestAsset film = make_asset("film", 4, 100);
    Inhabitant* source = nullptr;
    Inhabitant* reader = nullptr;

    explicit Stage(std::uint64_t upload = 0) {
        SwarmOptions slow;
        slow.max_upload = upload;
        source = &town.add("source", slow);
        source->start({stored(film)});
        SwarmOptions options;
        options.friends = {source->record().exchange};
        reader = &town.add("reader", options);
        reader->start();
        town.pass(1s);
    }
    void need_manifest(std::uint64_t read, Duration wait = 25s) {
        reader->tell(facts::ManifestAsked{{read}, film.id, reader->now() + wait});
    }
    void play(std::uint64_t viewer, std::uint32_t fragment, std::uint64_t offset) {
        reader->tell(facts::PlayheadMoved{{viewer}, film.id, {fragment}, offset});
    }
    void read(std::uint64_t read, std::uint64_t viewer, std::uint32_t fragment, std::uint32_t chunk,
              Duration wait = 25s) {
        reader->tell(facts::ReadAsked{
            {read}, {viewer}, {film.id, {fragment}, {chunk}}, reader->now() + wait});
    }
    bool delivered(std::uint64_t read) const {
        const auto all = reader->done<DeliverChunk>();
        return std::any_of(all.begin(), all.end(),
                           [&](const auto& one) { return one.read == ReadId{read}; });
    }
    std::optional<ErrorKind> failed(std::uint64_t read) const {
        for (const auto& one : reader->done<DeliverFailure>())
            if (one.read == ReadId{read}) return one.error.kind;
        return std::nullopt;
    }
};

}  // namespace

TEST_CASE("a manifest that is not here is fetched for who needs it") {
    Stage stage;
    stage.need_manifest(1);
    REQUIRE(stage.town.wait([&] { return stage.reader->done<DeliverManifest>().size() == 1; }, 3s));
    CHECK(id_of_manifest(*encode_manifest(*stage.reader->done<DeliverManifest>()[0].manifest)) ==
          stage.film.id);
    CHECK(stage.reader->chunks_stored() == 0);
    stage.need_manifest(2);  // and then it is there at once
    CHECK(stage.reader->done<DeliverManifest>().size() == 2);
}

TEST_CASE(
    "a read waits for its chunk, comes before everything else, and is delivered when proven") {
    Stage stage(10 << 20);
    stage.need_manifest(1);
    REQUIRE(stage.town.wait([&] { return !stage.reader->done<DeliverManifest>().empty(); }));
    stage.reader->tell(facts::FetchAsked{stage.film.id, {}});
    stage.town.pass(500ms);
    stage.play(7, 3, 50 * limits::kChunkBytes);
    stage.read(2, 7, 3, 50);
    const Time asked = stage.town.now();
    REQUIRE(stage.town.wait([&] { return stage.delivered(2); }));
    CHECK(stage.town.now() - asked < 1s);
    // The next chunks follow in order, long before the rest of the asset.
    for (std::uint32_t i = 0; i < 16; ++i)
        stage.read(10 + i, 7, 3, 51 + i);
    REQUIRE(stage.town.wait([&] { return stage.delivered(25); }));
    CHECK(stage.town.now() - asked < 4s);
    CHECK_FALSE(stage.reader->has(stage.film));
}

TEST_CASE("what is here is delivered at once") {
    Stage stage;
    stage.reader->tell(facts::FetchAsked{stage.film.id, {}});
    REQUIRE(stage.town.wait([&] { return stage.reader->has(stage.film); }));
    stage.read(1, 0, 2, 99);
    CHECK(stage.delivered(1));
}

TEST_CASE("a viewer that goes elsewhere ends its older reads, but not those near by") {
    Stage stage(1);  // so slow that nothing comes
    stage.need_manifest(1);
    REQUIRE(stage.town.wait([&] { return !stage.reader->done<DeliverManifest>().empty(); }));
    stage.play(7, 0, 0);
    stage.read(2, 7, 0, 1);
    stage.read(3, 7, 0, 99);
    stage.read(4, 8, 0, 1);
    stage.read(5, 9, 1, 0);
    stage.play(7, 0, 2 * limits::kChunkBytes);
    CHECK_FALSE(stage.failed(2));
    CHECK(stage.failed(3) == ErrorKind::interrupted);
    stage.play(7, 3, 0);
    CHECK(stage.failed(2) == ErrorKind::interrupted);
    CHECK_FALSE(stage.failed(4));
    stage.reader->tell(facts::ViewerGone{{8}});
    CHECK(stage.failed(4) == ErrorKind::interrupted);
    // A read ahead across the border of two fragments is near by too.
    stage.play(9, 0, 99 * limits::kChunkBytes);
    CHECK_FALSE(stage.failed(5));
}

TEST_CASE("a read that is not served in time fails as such") {
    Stage stage(1);
    stage.need_manifest(1);
    REQUIRE(stage.town.wait([&] { return !stage.reader->done<DeliverManifest>().empty(); }));
    stage.read(8, 7, 0, 3);  // two chunks pass the narrowest limit: its burst, and a debt
    stage.read(9, 7, 0, 4);
    REQUIRE(stage.town.wait([&] { return stage.delivered(8) && stage.delivered(9); }));
    stage.read(2, 7, 0, 5);
    stage.town.pass(24s);
    CHECK_FALSE(stage.failed(2));
    stage.town.pass(2s);
    CHECK(stage.failed(2) == ErrorKind::timeout);
}

TEST_CASE("what cannot be read is refused at once") {
    Stage stage;
    stage.read(1, 7, 0, 0);  // no manifest yet
    CHECK(stage.failed(1) == ErrorKind::not_found);
    stage.need_manifest(2);
    REQUIRE(stage.town.wait([&] { return !stage.reader->done<DeliverManifest>().empty(); }));
    stage.read(3, 7, 4, 0);
    CHECK(stage.failed(3) == ErrorKind::invalid);
    stage.read(4, 7, 0, 100);
    CHECK(stage.failed(4) == ErrorKind::invalid);
}

TEST_CASE("what nobody has is not found, once everybody was asked") {
    Stage stage;
    const TestAsset other = make_asset("other", 1, 1);
    stage.reader->tell(facts::ManifestAsked{{9}, other.id, stage.reader->now() + 25s});
    CHECK(stage.town.wait([&] { return stage.failed(9).has_value(); }, 10s));
    CHECK(stage.failed(9) == ErrorKind::not_found);
}

TEST_CASE("a playhead wants what follows it, and expires") {
    Stage stage(4 << 20);
    stage.need_manifest(1);
    REQUIRE(stage.town.wait([&] { return !stage.reader->done<DeliverManifest>().empty(); }));
    stage.play(7, 2, 0);
    stage.town.pass(59s);
    const RangeSet here = stage.reader->swarm().holding(stage.film.id).fragments;
    CHECK(here == RangeSet{{2, 4}});
    CHECK_FALSE(stage.reader->swarm().asset_view(stage.film.id, stage.town.now())->wanted);
    stage.play(7, 0, 0);
    stage.town.pass(2s);
    CHECK(stage.reader->swarm().asset_view(stage.film.id, stage.town.now())->wanted);
    stage.reader->tell(facts::ViewerGone{{7}});
    CHECK_FALSE(stage.reader->swarm().asset_view(stage.film.id, stage.town.now())->wanted);
}

TEST_CASE("reads, viewers and questions are bounded") {
    Stage stage(1);
    stage.need_manifest(1);
    REQUIRE(stage.town.wait([&] { return !stage.reader->done<DeliverManifest>().empty(); }));
    std::uint64_t number = 1000;

    for (std::size_t i = 0; i < limits::kMaxReads; ++i)
        stage.reader->tell(
            facts::ReadAsked{{++number},
                             {0},
                             {stage.film.id, {0}, {static_cast<std::uint32_t>(i % 100)}},
                             stage.reader->now() + 25s});

    CHECK_FALSE(stage.failed(number));
    stage.read(++number, 0, 0, 0);
    CHECK(stage.failed(number) == ErrorKind::busy);

    for (std::uint64_t viewer = 1; viewer <= limits::kMaxViewers + 10; ++viewer)
        stage.reader->tell(facts::PlayheadMoved{{viewer}, stage.film.id, {0}, 0});

    for (std::size_t i = 0; i <= limits::kMaxAsks; ++i)
        stage.reader->tell(facts::QuestionAsked{
            {50000 + i}, Locate{{}, {}, "x", -1}, true, stage.reader->now() + 10s});

    CHECK(stage.failed(50000 + limits::kMaxAsks) == ErrorKind::busy);
}

TEST_CASE("a stop ends everything that waits") {
    Stage stage(1);
    stage.need_manifest(1);
    REQUIRE(stage.town.wait([&] { return !stage.reader->done<DeliverManifest>().empty(); }));
    stage.read(2, 7, 0, 3);
    stage.reader->tell(
        facts::QuestionAsked{{3}, Locate{{}, {}, "x", -1}, true, stage.reader->now() + 10s});
    stage.reader->tell(facts::Leaving{});
    CHECK(stage.failed(2) == ErrorKind::interrupted);
    CHECK(stage.failed(3) == ErrorKind::interrupted);
    CHECK(stage.reader->said<Bye>().size() == 1);
    stage.read(5, 7, 0, 3);
    CHECK(stage.failed(5) == ErrorKind::interrupted);
}

TEST_SUITE_END();

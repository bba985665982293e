// A want belongs to who wants it: the end of one is the end of no other.
#include "tests/peer/swarm/town.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::town;

TEST_SUITE_BEGIN("swarm: wants");

namespace {

constexpr ReadId kAnnaAsks{100};
constexpr ReadId kBertAsks{101};

// A reader whose source is there, but for now reads nothing.
struct WantsStage {
    Town town;
    TestAsset film = make_asset("film", 6, 4);
    Inhabitant* source = nullptr;
    Inhabitant* reader = nullptr;

    WantsStage() {
        source = &town.add("source");
        source->start({stored(film)});
        reader = &town.add("reader", with_friend(*source));
        reader->start();
        town.pass(1s);
        reader->tell(facts::ManifestAsked{{1}, film.id, reader->now() + 10s});
        REQUIRE(town.wait([&] { return reader->swarm().manifest(film.id) != nullptr; }));
        source->deaf = true;
    }
    void fetch_for(ReadId who, const RangeSet& fragments) {
        reader->tell(facts::FetchAsked{film.id, fragments, who});
    }
    void unwant_by(ReadId who) { reader->tell(facts::FetchEnded{film.id, who}); }
    void unwant() { reader->tell(facts::FetchEnded{film.id}); }
    // A row: "#" is here, "w" is wanted, "." neither.
    std::string row() const {
        std::string out;
        const auto view = reader->swarm().asset_view(film.id, town.now());
        for (const auto& one : view->fragments)
            out += one.state == FragmentView::State::here      ? '#'
                   : one.state == FragmentView::State::missing ? '.'
                                                               : 'w';
        return out;
    }
    void let_come() {
        source->deaf = false;
        town.pass(20s);
    }
};

}  // namespace

TEST_CASE("one asker's end is the end of its want alone") {
    WantsStage stage;
    stage.fetch_for(kAnnaAsks, RangeSet{{0, 3}});
    stage.fetch_for(kBertAsks, RangeSet{{2, 4}});
    CHECK(stage.row() == "wwww..");
    stage.unwant_by(kAnnaAsks);
    CHECK(stage.row() == "..ww..");
    stage.unwant();  // its user, who wants nothing of it
    CHECK(stage.row() == "..ww..");
    stage.let_come();
    CHECK(stage.row() == "..##..");
}

TEST_CASE("what its user wants for good outlives an asker, and the other way round") {
    WantsStage stage;
    fetch(*stage.reader, stage.film, RangeSet{{0, 2}});
    stage.fetch_for(kAnnaAsks, {});
    CHECK(stage.row() == "wwwwww");
    SUBCASE("the asker's end") {
        stage.unwant_by(kAnnaAsks);
        CHECK(stage.row() == "ww....");
        stage.let_come();
        CHECK(stage.row() == "##....");
    }
    SUBCASE("its user's") {
        stage.unwant();
        CHECK(stage.row() == "wwwwww");
        stage.let_come();
        CHECK(stage.row() == "######");
    }
}

TEST_CASE("what was offered stays wanted when a fetch of it fails") {
    WantsStage stage;
    stage.source->deaf = false;
    stage.source->tell(
        facts::PublishAsked{stage.film.id, {{stage.reader->record(), RangeSet{{4, 6}}}}});
    // The offer is heard, and nothing that is asked because of it.
    REQUIRE(stage.town.wait([&] {
        stage.source->deaf = true;
        return !stage.reader->said<OfferAnswer>().empty();
    }));
    fetch(*stage.reader, stage.film, RangeSet{{0, 1}});
    stage.unwant();
    CHECK(stage.row().substr(0, 4) == "....");
    CHECK(stage.row().substr(4) != "..");
    stage.let_come();
    CHECK(stage.row() == "....##");
}

TEST_CASE("what came for an asker stays wanted: lost, it comes again") {
    WantsStage stage;
    stage.fetch_for(kAnnaAsks, RangeSet{{1, 2}});
    stage.let_come();
    REQUIRE(stage.row() == ".#....");
    stage.unwant_by(kAnnaAsks);
    CHECK(stage.row() == ".#....");
    stage.source->deaf = true;
    stage.reader->tell(facts::FragmentLost{{stage.film.id, {1}}});
    CHECK(stage.row() == ".w....");
}

TEST_CASE("a viewer's end is the end of no fetch, and a removal the end of all") {
    WantsStage stage;
    stage.fetch_for(kAnnaAsks, RangeSet{{0, 1}});
    stage.reader->tell(facts::PlayheadMoved{{7}, stage.film.id, {4}, 0});
    CHECK(stage.row() == "w...ww");
    stage.reader->tell(facts::ViewerGone{{7}});
    CHECK(stage.row() == "w.....");
    stage.reader->tell(facts::RemoveAsked{stage.film.id});
    stage.town.settle();
    CHECK(stage.reader->swarm().sizes().at("wanted") == 0);
}

TEST_SUITE_END();

// An answer counts only from whom it was asked of, and what nobody answers ends.
#include "tests/peer/swarm/town.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::town;

TEST_SUITE_BEGIN("swarm: answers");

namespace {

void need_manifest(Inhabitant& who, const TestAsset& asset) {
    who.tell(facts::ManifestAsked{{1}, asset.id, who.now() + 60s});
}

// A reader that is linked with a source and with a stranger, who knows all numbers of requests.
struct AnswersStage {
    Town town;
    TestAsset film = make_asset("film", 4, 64);
    TestAsset other = make_asset("other", 1, 1);
    Inhabitant* source = nullptr;
    Inhabitant* stranger = nullptr;
    Inhabitant* reader = nullptr;
    const LinkId to_reader{kFirstAccepted + 1};

    explicit AnswersStage(std::uint64_t upload = 0) {
        SwarmOptions slow;
        slow.max_upload = upload;
        source = &town.add("source", slow);
        source->start({stored(film)});
        stranger = &town.add("stranger");
        stranger->start();
        SwarmOptions options;
        options.friends = {source->record().exchange, stranger->record().exchange};
        reader = &town.add("reader", options);
        reader->start({stored(other)});
        // Both are linked: one as a friend, the other because it is offered something.
        reader->tell(facts::PublishAsked{other.id, {{stranger->record(), RangeSet::up_to(1)}}});
        town.pass(1s);
        REQUIRE(reader->done<Dial>().size() == 2);
        reader->forget_log();
    }
    std::size_t size(const char* table) const { return reader->swarm().sizes().at(table); }
    bool barred(const Inhabitant& who) const { return reader->look().barred(who.record().id); }
};

}  // namespace

TEST_CASE("proofs that were asked for and are not wanted any more leave room for others") {
    Town town;
    const TestAsset many = make_asset("many", 40, 1);
    const TestAsset film = make_asset("film", 4, 4);
    Inhabitant& mute = town.add("mute");
    mute.start({stored(many)});
    Inhabitant& source = town.add("source");
    source.start({stored(film)});
    SwarmOptions options;
    options.friends = {mute.record().exchange, source.record().exchange};
    Inhabitant& reader = town.add("reader", options);
    reader.start();
    town.pass(1s);
    need_manifest(reader, many);
    REQUIRE(town.wait([&] { return reader.swarm().manifest(many.id) != nullptr; }, 3s));
    mute.deaf = true;
    fetch(reader, many);
    town.settle();
    reader.tell(facts::FetchEnded{many.id});
    REQUIRE(reader.said<AskProof>().size() >= limits::kMaxProofsAsked);
    SUBCASE("at once") {}
    SUBCASE("when the link to who was asked is gone") {
        town.pass(11s);
    }
    fetch(reader, film);
    CHECK(town.wait([&] { return reader.has(film); }, 20s));
}

TEST_CASE("busy counts only from whom was asked") {
    AnswersStage stage(1 << 20);
    fetch(*stage.reader, stage.film);
    REQUIRE(stage.town.wait([&] { return stage.size("inflight") > 0; }));
    const auto requests = stage.reader->said<Request>();
    const std::size_t before = stage.size("inflight");
    for (const Request& request : requests)
        stage.stranger->send_to(stage.to_reader, Busy{request.request, 10'000, {}});
    stage.town.settle();
    CHECK(stage.size("inflight") == before);
    CHECK(stage.town.wait([&] { return stage.reader->has(stage.film); }, 120s));
}

TEST_CASE("absent, refused, proofs and manifests count only from whom they were asked of") {
    AnswersStage stage(1 << 20);
    SUBCASE("the manifest") {
        stage.source->deaf = true;
        fetch(*stage.reader, stage.film);
        REQUIRE(stage.town.wait([&] { return !stage.reader->said<AskManifest>().empty(); }));
        const auto asked = stage.reader->said<AskManifest>().back();
        stage.stranger->send_to(stage.to_reader, Refused{asked.request, "not_found", "no"});
        stage.stranger->send_to(stage.to_reader, Busy{asked.request, 10'000, {}});
        stage.stranger->send_to(stage.to_reader, ManifestPart{asked.request, stage.film.id, 0, 0});
        stage.town.settle();
        CHECK(stage.reader->said<AskManifest>().size() == 1);
        CHECK(stage.reader->done<KeepManifestPart>().empty());
    }
    SUBCASE("a proof") {
        need_manifest(*stage.reader, stage.film);
        REQUIRE(stage.town.wait(
            [&] { return stage.reader->swarm().manifest(stage.film.id) != nullptr; }));
        stage.source->deaf = true;
        fetch(*stage.reader, stage.film);
        REQUIRE(stage.town.wait([&] { return !stage.reader->said<AskProof>().empty(); }));
        const std::size_t asked = stage.reader->said<AskProof>().size();
        for (const AskProof& ask : stage.reader->said<AskProof>()) {
            stage.stranger->send_to(stage.to_reader,
                                    Absent{ask.request, ask.asset, ask.fragment, {}});
            stage.stranger->send_to(stage.to_reader, Busy{ask.request, 10'000, {}});
            stage.stranger->send_to(stage.to_reader,
                                    ProofPart{ask.request, ask.asset, ask.fragment});
        }
        stage.town.settle();
        CHECK(stage.reader->said<AskProof>().size() == asked);
        CHECK(stage.reader->done<StoreProof>().size() < 4);
    }
    stage.source->deaf = false;
    CHECK(stage.town.wait([&] { return stage.reader->has(stage.film); }, 200s));
}

TEST_CASE("who is too busy to send a manifest is asked again later, not after a timeout") {
    AnswersStage stage;
    stage.source->deaf = true;
    fetch(*stage.reader, stage.film);
    REQUIRE(stage.town.wait([&] { return !stage.reader->said<AskManifest>().empty(); }));
    const auto asked = stage.reader->said<AskManifest>().back();
    stage.source->deaf = false;
    stage.source->send_to(stage.to_reader, Busy{asked.request, 100, {}});
    CHECK(stage.town.wait([&] { return stage.reader->has(stage.film); }, 1s));
}

TEST_CASE("late data is no fault of who was asked, and one of any other") {
    AnswersStage stage(1 << 20);
    fetch(*stage.reader, stage.film);
    REQUIRE(stage.town.wait([&] { return stage.size("inflight") > 0; }));
    stage.reader->tell(facts::FetchEnded{stage.film.id});
    const auto cancelled = stage.reader->said<Cancel>();
    REQUIRE_FALSE(cancelled.empty());
    const Data late{cancelled[0].request, stage.film.id, {0}, {0}};
    SUBCASE("who was asked") {
        for (int i = 0; i < 12; ++i)
            stage.source->send_to(stage.to_reader, late);
        stage.town.settle();
        CHECK_FALSE(stage.barred(*stage.source));
    }
    SUBCASE("another") {
        for (int i = 0; i < 12; ++i)
            stage.stranger->send_to(stage.to_reader, late);
        stage.town.settle();
        CHECK(stage.barred(*stage.stranger));
    }
}

TEST_CASE("an offer is answered once, by whom it was made to") {
    AnswersStage stage;
    const TestAsset more = make_asset("more", 1, 1);
    stage.stranger->deaf = true;

    stage.reader->tell(facts::AssetAdded{stored(more)});
    stage.reader->tell(
        facts::PublishAsked{more.id, {{stage.stranger->record(), RangeSet::up_to(1)}}});

    stage.town.settle();
    const auto made = stage.reader->said<Offer>();
    REQUIRE(made.size() == 1);
    stage.source->send_to(stage.to_reader, OfferAnswer{made[0].request, false, "draining"});
    stage.town.settle();
    CHECK_FALSE(stage.reader->swarm().offerings(more.id).at(0).answered);
    stage.stranger->send_to(stage.to_reader, OfferAnswer{made[0].request, true, {}});
    stage.stranger->send_to(stage.to_reader, OfferAnswer{made[0].request, false, "no room"});
    stage.town.settle();
    CHECK(stage.reader->swarm().offerings(more.id).at(0).answered);
    CHECK_FALSE(stage.reader->swarm().offerings(more.id).at(0).refused);
}

TEST_SUITE_END();

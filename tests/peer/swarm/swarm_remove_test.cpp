// What a user takes away stays away until somebody asks for it; and a bad disk is no lie.
#include "tests/peer/swarm/town.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::town;

TEST_SUITE_BEGIN("swarm: removing");

namespace {

void remove(Inhabitant& who, const TestAsset& asset) {
    who.tell(facts::RemoveAsked{asset.id});
}

void offer(Inhabitant& who, const TestAsset& asset, Inhabitant& to) {
    const auto count = static_cast<std::uint32_t>(asset.manifest->fragments.size());
    who.tell(facts::PublishAsked{asset.id, {{to.record(), RangeSet::up_to(count)}}});
}

std::size_t read(Inhabitant& who, const TestAsset& asset, std::uint32_t fragment) {
    static std::uint64_t next = 1000;
    const ReadId id{next++};
    who.tell(facts::ReadAsked{id, {}, {asset.id, {fragment}, {0}}, who.now() + 20s});
    return id.value;
}

// A source, and somebody who has all of it from there.
struct Pair {
    Town town;
    TestAsset film = make_asset("film", 3, 8);
    Inhabitant* source = nullptr;
    Inhabitant* owner = nullptr;

    Pair() {
        source = &town.add("source");
        source->start({stored(film)});
        owner = &town.add("owner", with_friend(*source));
        owner->start();
        fetch(*owner, film);
        REQUIRE(town.wait([&] { return owner->has(film); }));
    }
};

}  // namespace

TEST_CASE("what is asked for by name is a name, an id in any case, or four digits of one") {
    Pair pair;
    std::string id = pair.film.id.text();
    const auto fits = [&](const std::string& word) {
        return pair.owner->swarm().find(word).size();
    };
    CHECK(fits("film") == 1);
    CHECK(fits(id) == 1);
    CHECK(fits(id.substr(0, 4)) == 1);
    CHECK(fits(id.substr(0, 3)) == 0);
    CHECK(fits(id.substr(0, 1)) == 0);
    for (char& c : id)
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    CHECK(fits(id) == 1);
    CHECK(fits(id.substr(0, 9)) == 1);
}

TEST_CASE("what is removed is dropped, told to be gone, and wanted no more") {
    Pair pair;
    pair.owner->forget_log();
    remove(*pair.owner, pair.film);
    pair.town.settle();
    const auto drops = pair.owner->done<DropAsset>();
    REQUIRE(drops.size() == 1);
    CHECK(drops[0].asset == pair.film.id);
    CHECK(drops[0].decline);
    CHECK(pair.owner->swarm().holding(pair.film.id).fragments.empty());
    CHECK(pair.owner->swarm().manifest(pair.film.id) == nullptr);
    CHECK(pair.owner->swarm().declined(pair.film.id));
    // Its neighbours were told.
    const auto haves = pair.owner->said<Have>();
    CHECK(std::any_of(haves.begin(), haves.end(), [&](const Have& have) {
        return have.asset == pair.film.id && have.whole && have.fragments.empty();
    }));
    pair.town.pass(30s);
    CHECK(pair.owner->swarm().holding(pair.film.id).fragments.empty());
    CHECK(pair.owner->swarm().asset_view(pair.film.id, pair.town.now())->declined);
}

TEST_CASE("an offer of what was removed is declined, and says so; a fetch of it is not") {
    Pair pair;
    remove(*pair.owner, pair.film);
    pair.town.settle();
    offer(*pair.source, pair.film, *pair.owner);
    pair.town.pass(1s);
    const auto offerings = pair.source->swarm().offerings(pair.film.id);
    REQUIRE(offerings.size() == 1);
    CHECK(offerings[0].refused);
    CHECK(offerings[0].text == "declined: removed by its user");
    pair.owner->forget_log();
    fetch(*pair.owner, pair.film);
    CHECK_FALSE(pair.owner->swarm().declined(pair.film.id));
    const auto told = pair.owner->done<Decline>();
    REQUIRE(told.size() == 1);
    CHECK_FALSE(told[0].declined);
    REQUIRE(pair.town.wait([&] { return pair.owner->has(pair.film); }));
}

TEST_CASE(
    "what was removed in an earlier run is declined in this one, unless it lies there again") {
    Town town;
    const TestAsset film = make_asset("film", 2, 4);
    Inhabitant& source = town.add("source");
    source.start({stored(film)});
    SwarmOptions options;
    options.declined = {film.id};
    Inhabitant& other = town.add("other", options);
    SUBCASE("nothing of it is there") {
        other.start();
        offer(source, film, other);
        town.pass(1s);
        CHECK(source.swarm().offerings(film.id)[0].refused);
    }
    SUBCASE("its user put it there") {
        other.start({stored(film)});
        CHECK_FALSE(other.swarm().declined(film.id));
        CHECK(other.done<Decline>().size() == 1);
    }
}

TEST_CASE("who reads what is removed is told, and who reads it later asks for it again") {
    Pair pair;
    SwarmOptions slow = with_friend(*pair.source);
    slow.max_download = 64 << 10;
    Inhabitant& reader = pair.town.add("reader", slow);
    reader.start();
    fetch(reader, pair.film, RangeSet{{0, 1}});
    REQUIRE(pair.town.wait([&] { return reader.swarm().manifest(pair.film.id) != nullptr; }));
    read(reader, pair.film, 2);
    CHECK(reader.done<DeliverFailure>().empty());
    remove(reader, pair.film);
    const auto failures = reader.done<DeliverFailure>();
    REQUIRE(failures.size() == 1);
    CHECK(failures[0].error.text == "it was removed from this peer by its user");
    pair.town.pass(5s);
    CHECK(reader.chunks_stored() <= 3);
    CHECK(reader.swarm().declined(pair.film.id));
    // A viewer needs the manifest first; looking at it is no wish for the film.
    reader.tell(facts::ManifestAsked{ReadId{1}, pair.film.id, reader.now() + 20s});
    REQUIRE(pair.town.wait([&] { return !reader.done<DeliverManifest>().empty(); }));
    CHECK(reader.swarm().declined(pair.film.id));
    read(reader, pair.film, 0);
    CHECK_FALSE(reader.swarm().declined(pair.film.id));
}

TEST_CASE("what the store says late of a removed asset does not bring it back") {
    Pair pair;
    remove(*pair.owner, pair.film);
    // Before the store has got to it.

    pair.owner->tell(facts::FragmentDone{{pair.film.id, {0}}});
    pair.owner->tell(facts::AssetAdded{stored(pair.film)});
    pair.owner->tell(
        facts::ManifestStored{pair.film.id, {}, StoreVerdict::stored, pair.film.manifest});

    CHECK(pair.owner->swarm().holding(pair.film.id).fragments.empty());
    CHECK(pair.owner->swarm().manifest(pair.film.id) == nullptr);
    pair.town.settle();
    // Afterwards it is news.
    pair.owner->tell(facts::AssetAdded{stored(pair.film)});
    CHECK(pair.owner->swarm().holding(pair.film.id).fragments == RangeSet::up_to(3));
    CHECK_FALSE(pair.owner->swarm().declined(pair.film.id));
}

TEST_CASE(
    "files that were taken away are not fetched again for an earlier fetch, the others stay") {
    Pair pair;
    pair.owner->tell(facts::FragmentsTaken{pair.film.id, RangeSet{{1, 2}}});
    pair.town.pass(10s);
    CHECK(pair.owner->swarm().holding(pair.film.id).fragments == RangeSet{{0, 1}, {2, 3}});
    pair.owner->tell(facts::AssetTaken{pair.film.id});
    CHECK(pair.owner->swarm().holding(pair.film.id).fragments.empty());
    CHECK_FALSE(pair.owner->swarm().declined(pair.film.id));
}

TEST_CASE("a fragment that rotted is taken back, fetched again, and its owner is not barred") {
    Pair pair;
    Inhabitant& owner = *pair.owner;
    owner.rotten = {{pair.film.id, {0}, {3}}, {pair.film.id, {1}, {5}}};
    Inhabitant& reader = pair.town.add("reader", with_friend(owner));
    reader.start();
    fetch(reader, pair.film);
    REQUIRE(pair.town.wait([&] { return reader.has(pair.film); }));
    // One of them at least was asked for there before the source was met.
    CHECK(owner.rotten.size() < 2);
    CHECK(owner.look().overview->counters["lost_fragments"] >= 1);
    pair.town.pass(10s);
    CHECK_FALSE(reader.look().barred(owner.record().id));
    // The one who has a bad disk has them again, and is asked for them.
    REQUIRE(pair.town.wait([&] { return owner.has(pair.film); }));
}

TEST_CASE("complaints of one neighbour are looked into one in 100 ms, and of what is here only") {
    Pair pair;
    REQUIRE(pair.town.wait([&] { return pair.owner->has(pair.film); }));
    // The owner's link to the source, by which it complains without a reason.
    const auto asked = pair.owner->done<SendTo>();
    const LinkId link = asked.back().link;
    pair.source->forget_log();
    const auto complain = [&](std::uint32_t fragment, std::uint32_t chunk) {
        pair.owner->send_to(link, Bad{pair.film.id, {fragment}, {chunk}});
        pair.town.settle();
    };
    complain(0, 1);
    complain(0, 2);
    complain(1, 2);
    CHECK(pair.source->done<DoubtChunk>().size() == 1);
    pair.town.pass(200ms);
    complain(1, 2);
    CHECK(pair.source->done<DoubtChunk>().size() == 2);
    pair.town.pass(200ms);
    complain(9, 2);
    CHECK(pair.source->done<DoubtChunk>().size() == 2);
    CHECK(pair.source->swarm().holding(pair.film.id).fragments == RangeSet::up_to(3));
}

TEST_SUITE_END();

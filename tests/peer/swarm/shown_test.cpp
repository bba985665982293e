// What people see of assets: made when they look, of what changed since.
#include "peer/swarm/shown.hpp"

#include "tests/peer/swarm/town.hpp"
#include "tests/support/pictures.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::town;
namespace pic = fragcast::pictures;

namespace {

const AssetId kSeen = pic::asset(0);
const AssetId kUnseen = pic::asset(1);

}  // namespace

TEST_CASE("shown: what is forgotten is told gone where it was shown, and is no more where not") {
    Shown shown;
    for (const AssetId& id : {kSeen, kUnseen})
        shown.touch(id);
    CHECK(shown.touched(kUnseen));
    shown.forget(kUnseen);
    CHECK_FALSE(shown.touched(kUnseen));
    CHECK(shown.take() == std::set<AssetId>{kSeen});
    CHECK_FALSE(shown.set(kSeen, true));
    CHECK(shown.take().empty());
    shown.forget(kSeen);
    CHECK(shown.take() == std::set<AssetId>{kSeen});
    CHECK(shown.set(kSeen, false));
    CHECK_FALSE(shown.contains(kSeen));
}

TEST_CASE("shown: without a bus all are of use that friends may have; told once of each change") {
    Shown shown;
    CHECK_FALSE(shown.change(false));
    CHECK(shown.change(true));
    CHECK_FALSE(shown.change(true));
    CHECK(shown.by_friends());
}

TEST_CASE("news: the first has all, and later ones what changed: nothing, a removal, a fetch") {
    Town town;
    const TestAsset film = make_asset("film", 3, 8);
    const TestAsset song = make_asset("song", 3, 2);
    Inhabitant& source = town.add("source");
    source.start({stored(film), stored(song)});
    Inhabitant& owner = town.add("owner", with_friend(source));
    owner.start();
    fetch(owner, film);
    REQUIRE(town.wait([&] { return owner.has(film); }));
    Swarm& swarm = source.swarm();
    const Time now = town.now();
    source.look();
    News news = swarm.news(now);
    CHECK(news.changed_peers.empty());
    CHECK(news.changed.empty());
    CHECK(news.gone.empty());
    CHECK(source.look().peers.size() == 2);
    CHECK(source.look().assets.size() == 2);

    source.tell(facts::RemoveAsked{film.id});
    news = swarm.news(now);
    REQUIRE(news.changed.size() == 1);
    CHECK(news.changed[0]->asset.id == film.id);
    CHECK(news.changed[0]->declined);
    CHECK(swarm.news(now).changed.empty());

    // What is fetched changes all the time.
    owner.tell(facts::FetchAsked{song.id, {}, {}});
    (void)owner.swarm().news(town.now());
    CHECK(owner.swarm().news(town.now()).changed.size() == 1);
    REQUIRE(town.wait([&] { return owner.has(song); }));
    (void)owner.swarm().news(town.now());
    CHECK(owner.swarm().news(town.now()).changed.empty());
}

TEST_CASE("holdings: gone through in pieces of any size they are all, and each once") {
    Town town;
    const TestAsset film = make_asset("film", 3, 8);
    const TestAsset song = make_asset("song", 3, 2);
    Inhabitant& source = town.add("source");
    source.start({stored(film), stored(song)});
    Inhabitant& owner = town.add("owner", with_friend(source));
    owner.start();
    fetch(owner, film);
    fetch(owner, song);
    REQUIRE(town.wait([&] { return owner.has(film) && owner.has(song); }));
    for (const std::size_t steps : {1U, 2U, 3U, 100U}) {
        HoldingsPlace place;
        std::vector<HoldingRecord> all;
        std::size_t calls = 1;
        for (std::size_t before = 0; owner.swarm().holdings(place, steps, all); ++calls) {
            CHECK(all.size() - before <= steps);
            before = all.size();
        }
        CHECK(calls == (4 + steps - 1) / steps);  // two assets, a claim of each
        std::set<std::pair<AssetId, PeerId>> who;
        for (const HoldingRecord& held : all) {
            CHECK(held.fragments == RangeSet::up_to(3));
            who.emplace(held.asset, held.peer);
        }
        CHECK(all.size() == 4);
        CHECK(who.size() == 4);
    }
}

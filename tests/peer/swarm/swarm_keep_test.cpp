// What a full store may drop, and on whose word.
#include "tests/peer/swarm/alone.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::town;

TEST_SUITE_BEGIN("swarm: keeping");

namespace {

// Weighs more than all others together.
constexpr std::uint32_t kBoast = 1U << 31;

SwarmOptions room_for(const TestAsset& asset, std::uint64_t times) {
    SwarmOptions options;
    options.max_store = asset.manifest->size() * times;
    return options;
}

StoredAsset loose(const TestAsset& asset) {
    StoredAsset out = stored(asset);
    out.loose = Alone::all_of(asset);
    return out;
}

std::vector<Somebody> three(std::uint32_t capacity = kBoast) {
    return {Somebody(1, capacity), Somebody(2, capacity), Somebody(3, capacity)};
}

std::vector<PeerRecord> records(const std::vector<Somebody>& people) {
    std::vector<PeerRecord> out;
    for (const Somebody& one : people)
        out.push_back(one.record);
    return out;
}

// They have it, they say, whoever asks and wherever.
void claim_all(Alone& here, const std::vector<Somebody>& people, const std::vector<LinkId>& links,
               const TestAsset& asset) {
    for (std::size_t i = 0; i < people.size(); ++i)
        for (const AskHave& ask : here.said<AskHave>(links[i])) {
            Have have;
            have.request = ask.request;
            have.asset = asset.id;
            have.fragments = Alone::all_of(asset);
            have.whole = have.last = true;
            here.say(links[i], people[i], have);
        }
}

// Something is wanted that does not fit.
void want(Alone& here, const TestAsset& asset) {
    here.swarm.on(facts::ManifestStored{asset.id, {}, StoreVerdict::stored, asset.manifest},
                  here.now, here.out);
    here.swarm.on(facts::FetchAsked{asset.id, {}}, here.now, here.out);
    here.swarm.on(facts::ManifestStored{asset.id, {}, StoreVerdict::stored, asset.manifest},
                  here.now, here.out);
}

// All its chunks come, as the store tells it.
void arrives(Alone& here, const TestAsset& asset) {
    for (std::uint32_t i = 0; i < asset.manifest->fragments.size(); ++i)
        here.swarm.on(facts::FragmentDone{{asset.id, {i}}}, here.now, here.out);
}

OfferAnswer offered(Alone& here, LinkId link, const Somebody& who, const TestAsset& asset,
                    OfferReason reason) {
    here.say(link, who,
             Offer{RequestId{77}, reason, Alone::record_of(asset), Alone::all_of(asset)});
    const auto answers = here.said<OfferAnswer>(link);
    REQUIRE_FALSE(answers.empty());
    return answers.back();
}

}  // namespace

TEST_CASE(
    "three invented ids that claim all, and a guest that fills the store: what was put stays") {
    const TestAsset film = make_asset("film", 2, 4);
    const TestAsset junk = make_asset("junk", 2, 4);
    const TestAsset more = make_asset("more", 2, 4);
    Alone here(room_for(film, 2), {stored(film)});
    // They even join the bus, and answer where they say that they live.
    const auto usurpers = three();
    here.welcome(records(usurpers));
    std::vector<LinkId> links;
    for (const Somebody& one : usurpers) {
        links.push_back(here.dialled_by(one));
        here.claim(links.back(), one, film);
    }
    Somebody guest(9, 0);
    guest.record.guest = true;
    guest.record.exchange.clear();
    const LinkId link = here.dialled_by(guest);
    CHECK(offered(here, link, guest, junk, OfferReason::publish).accepted);
    here.swarm.on(facts::AssetAdded{stored(junk)}, here.now, here.out);
    // What is beyond it is refused; and what is wanted here is not fetched, which is said.
    CHECK(offered(here, link, guest, more, OfferReason::publish).text == "no room");
    CHECK(offered(here, links[0], usurpers[0], more, OfferReason::repair).text == "no room");
    want(here, more);
    for (int i = 0; i < 20; ++i) {
        here.pass(500ms);
        here.answer_dials(usurpers);
        claim_all(here, usurpers, links, film);
    }
    CHECK(here.done<DropFragment>().empty());
    CHECK(here.swarm.holding(film.id).fragments == Alone::all_of(film));
    CHECK(here.reported("store.limit"));
}

namespace {

// A full store whose first film may go, if others have it.
struct Full {
    TestAsset film;
    TestAsset more = make_asset("more", 2, 4);
    std::vector<Somebody> others = three(1);
    bool bus;
    Alone here;

    explicit Full(bool with_bus = true, bool friends = false, std::uint32_t fragments = 2)
        : film(make_asset("film", fragments, 4)),
          bus(with_bus),
          here(options(with_bus, friends), {loose(film)}) {}
    // Responsible for nothing itself.
    SwarmOptions options(bool with_bus, bool friends) const {
        SwarmOptions out = room_for(film, 1);
        out.self.capacity = 0;
        out.buses = with_bus ? 1 : 0;
        if (friends)
            for (const Somebody& one : others)
                out.friends.push_back(one.record.exchange);
        return out;
    }

    // Until the eviction is over; `dialled`: those who live where the bus says answer there.
    void press(bool dialled) {
        want(here, more);
        for (int i = 0; i < 20; ++i) {
            here.pass(500ms);
            if (!dialled) {
                claim_all(here, others, accepted, film);
                continue;
            }
            for (std::size_t one = 0; one < others.size(); ++one)
                for (const Dial& dial : here.done<Dial>())
                    if (dial.endpoint == others[one].record.exchange) dials[one] = dial.link;
            here.answer_dials(others);
            claim_all(here, others, dials, film);
        }
    }
    void come(bool to_bus) {
        if (bus) here.welcome(to_bus ? records(others) : std::vector<PeerRecord>{});
        for (const Somebody& one : others) {
            accepted.push_back(here.dialled_by(one));
            here.claim(accepted.back(), one, film);
        }
    }
    std::vector<LinkId> accepted;
    std::vector<LinkId> dials = std::vector<LinkId>(others.size());  // 0: not yet
};

}  // namespace

TEST_CASE(
    "what was only copied goes on the word of those who answer where the bus says they live") {
    Full full;
    full.come(true);
    full.press(true);
    // Nobody gives anything of the other: room for one fragment of it is all that lacks.
    CHECK(full.here.done<DropFragment>().size() == 1);
    CHECK(full.here.reported("store.evicted"));
    CHECK(full.here.swarm.holding(full.film.id).fragments.count() == 1);
}

TEST_CASE("no more goes than lacks, though what is wanted waits while the witnesses are heard") {
    Full full(true, false, 4);
    full.more = make_asset("more", 1, 4);
    full.come(true);
    full.press(true);
    CHECK(full.here.done<DropFragment>().size() == 1);
}

TEST_CASE("links that dialled us are no witnesses: who answers there may be anybody") {
    Full full;
    full.come(true);
    full.press(false);
    CHECK(full.here.done<DropFragment>().empty());
    // What was withdrawn meanwhile is announced again.
    std::uint64_t most = 0;
    for (int i = 0; i < 60; ++i) {
        full.here.pass(100ms);
        most = std::max(most, full.here.swarm.holding(full.film.id).fragments.count());
    }
    CHECK(most == 2);
}

TEST_CASE("ids that no bus names are no witnesses, wherever they can be dialled") {
    Full full;
    full.come(false);
    full.press(true);
    CHECK(full.here.done<DropFragment>().empty());
    CHECK(full.here.reported("store.limit"));
}

TEST_CASE("without a bus, those whom the configuration names are witnesses, and no others") {
    for (const bool friends : {true, false}) {
        Full full(false, friends);
        full.come(false);
        full.press(true);
        CHECK(full.here.done<DropFragment>().size() == (friends ? 1U : 0U));
        CHECK(full.here.reported("store.limit") != friends);
    }
}

TEST_CASE("an answer counts over the link that was asked only") {
    Full full;
    full.come(true);
    want(full.here, full.more);
    full.here.pass(500ms);
    full.here.answer_dials(full.others);
    full.here.pass(100ms);
    // Whoever dialled us under the same ids guesses the numbers of the questions.
    for (std::uint64_t request = 1; request < 400; ++request)
        for (std::size_t i = 0; i < full.others.size(); ++i) {
            Have have;
            have.request = RequestId{request};
            have.asset = full.film.id;
            have.fragments = Alone::all_of(full.film);
            have.whole = true;
            full.here.say(full.accepted[i], full.others[i], have);
        }
    full.here.pass(limits::kWitnessWait);
    CHECK(full.here.done<DropFragment>().empty());
}

TEST_CASE("what is kept: put here, offered by who publishes it, fetched on purpose") {
    const TestAsset film = make_asset("film", 2, 4);
    Somebody other(1);
    const auto marks = [&](Alone& here) {
        RangeSet may_go;
        for (const Mark& mark : here.done<Mark>()) {
            CHECK(mark.asset == film.id);
            if (mark.kept)
                may_go.remove(mark.fragments);
            else
                may_go.add(mark.fragments);
        }
        return may_go;
    };
    Town town;
    Inhabitant& source = town.add("source");
    source.start({stored(film)});
    Inhabitant& taker = town.add("taker", with_friend(source));
    taker.start();
    const auto may_go = [&] {
        RangeSet out;
        for (const Mark& mark : taker.done<Mark>())
            mark.kept ? out.remove(mark.fragments) : out.add(mark.fragments);
        return out;
    };
    const auto play = [&] {
        // A player asks for the description first.
        taker.tell(facts::ManifestAsked{ReadId{1}, film.id, taker.now() + 20s});
        REQUIRE(town.wait([&] { return taker.swarm().manifest(film.id) != nullptr; }));
        taker.tell(facts::PlayheadMoved{ViewerId{1}, film.id, {0}, 0});
    };
    const auto ask = [&](const RangeSet& fragments) {
        taker.tell(facts::FetchAsked{film.id, fragments, ReadId{7}});
    };
    SUBCASE("what came for an asker is kept, also after its end") {
        ask({});
        REQUIRE(town.wait([&] { return taker.has(film); }));
        taker.tell(facts::FetchEnded{film.id, ReadId{7}});
        CHECK(may_go().empty());
    }
    SUBCASE("what was played may go") {
        play();
        REQUIRE(town.wait([&] { return taker.has(film); }));
        CHECK(may_go() == RangeSet::up_to(2));
        SUBCASE("until an asker fetches it on purpose") {
            ask(RangeSet{{1, 2}});
            CHECK(may_go() == RangeSet::up_to(1));
        }
        SUBCASE("until somebody fetches it on purpose") {
            fetch(taker, film, RangeSet{{1, 2}});
            CHECK(may_go() == RangeSet::up_to(1));
            fetch(taker, film);
            CHECK(may_go().empty());
        }
    }
    SUBCASE("what was fetched stays") {
        fetch(taker, film);
        REQUIRE(town.wait([&] { return taker.has(film); }));
        CHECK(taker.done<Mark>().empty());
    }
    SUBCASE("what was offered by who publishes it stays") {
        source.tell(facts::PublishAsked{film.id, {{taker.record(), RangeSet::up_to(2)}}});
        REQUIRE(town.wait([&] { return taker.has(film); }));
        CHECK(taker.done<Mark>().empty());
    }
    SUBCASE("what was offered to be copied may go") {
        Alone here({}, {});
        here.welcome({other.record});
        const LinkId link = here.dialled_by(other);
        CHECK(offered(here, link, other, film, OfferReason::repair).accepted);
        here.swarm.on(facts::ManifestStored{film.id, link, StoreVerdict::stored, film.manifest},
                      here.now, here.out);
        CHECK(marks(here).empty());
        // A file that somebody copied in meanwhile is none that came from there.
        arrives(here, film);
        CHECK(marks(here).empty());
    }
    (void)source;
}

TEST_CASE("a loose fragment that the disk spoilt is fetched again, and is loose still") {
    const TestAsset film = make_asset("film", 2, 4);
    Town town;
    Inhabitant& source = town.add("source");
    source.start({stored(film)});
    Inhabitant& taker = town.add("taker", with_friend(source));
    taker.start({loose(film)});
    town.pass(1s);
    taker.rotten.insert({film.id, {1}, {2}});
    taker.tell(facts::FragmentDamaged{{film.id, {1}}});
    taker.rotten.clear();
    REQUIRE(town.wait([&] { return taker.swarm().holding(film.id).fragments.count() == 2; }));
    const auto marks = taker.done<Mark>();
    REQUIRE(marks.size() == 1);
    CHECK_FALSE(marks[0].kept);
    CHECK(marks[0].fragments == RangeSet{{1, 2}});
}

TEST_CASE("what the disk does not give is said as what it is: whole, or begun") {
    const TestAsset film = make_asset("film", 3, 100);
    Town town;
    Inhabitant& source = town.add("source");
    source.start({stored(film)});
    Inhabitant& taker = town.add("taker", with_friend(source));
    taker.start();
    fetch(taker, film, {{0, 2}});
    REQUIRE(town.wait([&] { return taker.swarm().holding(film.id).fragments.count() == 2; }));
    taker.tell(facts::LimitsSet{0, 1 << 20});
    fetch(taker, film, {{2, 3}});
    REQUIRE(town.wait([&] { return taker.chunks_stored() > 210; }));
    REQUIRE(taker.swarm().holding(film.id).fragments.count() == 2);
    const auto said = [&](std::uint32_t fragment, bool unread) {
        taker.forget_log();
        taker.tell(facts::FragmentDamaged{{film.id, {fragment}}, unread});
        for (const Report& report : taker.done<Report>())
            if (report.kind == "fragment.damaged") return report.text;
        return std::string();
    };
    CHECK(said(2, true) ==
          "film 2 is not whole yet, and what is here of it cannot be read from "
          "the disk: it is begun again, with what can");
    CHECK(said(0, true) ==
          "film 0 cannot be read from the disk: it does not count until it can, "
          "and is wanted again");
    CHECK(said(1, false) == "film 1 was damaged on disk: dropped, and wanted again");
}

TEST_CASE("who claims very much and gives none of it keeps nobody else's copies from being made") {
    const TestAsset film = make_asset("film", 20, 1);
    Somebody liar(1), honest(2);
    Alone here;
    here.welcome({liar.record, honest.record});
    here.pass(Duration(limits::kSettling) + 1s);
    AssetRecord many = Alone::record_of(film);
    many.id.bytes[0] ^= 1;
    many.fragments = 1000;
    liar.sequence = honest.sequence = 1;
    here.announced(liar.header(), FragmentAvailable{many, RangeSet::up_to(1000)});
    here.pass(2s);
    here.announced(honest.header(), FragmentAvailable{Alone::record_of(film), Alone::all_of(film)});
    const auto wanted = [&] { return here.swarm.asset_view(film.id, here.now)->wanted; };
    here.pass(Duration(limits::kCopyWaits) - 3s);
    CHECK_FALSE(wanted());
    here.pass(5s);
    CHECK(wanted());
}

TEST_SUITE_END();

// Whose word on a peer counts: anybody can repeat another's id and key.
#include "tests/peer/swarm/alone.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::town;

TEST_SUITE_BEGIN("swarm: whose word");

namespace {

// The victim's id and key, in the mouth of somebody else.
Somebody forged(const Somebody& victim, Epoch epoch) {
    Somebody out = victim;
    out.record.epoch = epoch;
    out.record.name = "forged";
    out.record.exchange = "tcp://10.6.6.6:6666";
    out.record.http = "http://10.6.6.6:6666";
    out.record.capacity = 1U << 31;
    out.record.draining = true;
    return out;
}

}  // namespace

TEST_CASE("a hello serves its link and takes no bus's word away") {
    const Somebody victim(1);
    Alone here;
    here.welcome({victim.record});
    const LinkId link = here.dialled_by(forged(victim, Epoch{5}));
    CHECK(here.said<Hello>(link).size() == 1);  // it is answered
    CHECK(here.record_of(victim) == victim.record);
    here.swarm.on(facts::LinkDown{link}, here.now, here.out);
    CHECK(here.record_of(victim) == victim.record);
    SUBCASE("another bus's word does, and the same one's later") {
        PeerRecord moved = victim.record;
        moved.epoch = Epoch{2};
        moved.exchange = "tcp://10.0.0.1:5000";
        here.joined(moved);
        CHECK(here.record_of(victim) == moved);
        here.joined(victim.record);  // late
        CHECK(here.record_of(victim) == moved);
    }
}

TEST_CASE("a hello of a life that no bus has heard of ends nothing of what is known") {
    const Somebody victim(1);
    const TestAsset film = make_asset("film", 2, 4);
    Alone here;
    here.welcome({victim.record});
    Somebody speaker = victim;
    speaker.sequence = 1;
    here.announced(speaker.header(), FragmentAvailable{Alone::record_of(film), {{0, 2}}});
    REQUIRE(here.holding_of(victim, film).count() == 2);
    const LinkId link = here.dialled_by(forged(victim, Epoch{5}));
    CHECK(here.holding_of(victim, film).count() == 2);
    here.swarm.on(facts::LinkDown{link}, here.now, here.out);
    // And is not taken for what it says afterwards.
    speaker.sequence = 2;
    here.announced(speaker.header(), FragmentGone{film.id, {{1, 2}}});
    CHECK(here.holding_of(victim, film) == RangeSet{{0, 1}});
}

TEST_CASE("an announcement of a life that no bus has heard of is asked for, and waits") {
    const Somebody victim(1);
    const TestAsset film = make_asset("film", 2, 4);
    Alone here;
    here.welcome({victim.record});
    Somebody speaker = victim;
    speaker.sequence = 1;
    here.announced(speaker.header(), FragmentAvailable{Alone::record_of(film), {{0, 2}}});
    Somebody liar = forged(victim, Epoch{7});
    liar.sequence = 1;
    here.take<SendToBus>();
    here.announced(liar.header(), FragmentGone{film.id, {{0, 2}}});
    CHECK(here.holding_of(victim, film).count() == 2);
    here.pass(100ms);
    std::size_t lists = 0;
    for (const SendToBus& send : here.done<SendToBus>())
        if (const auto* list = std::get_if<ListPeers>(&send.body)) {
            ++lists;
            PeerRecord anew = victim.record;
            anew.epoch = Epoch{7};
            here.bus_says(Peers{list->request, false, {anew}, false});
        }
    REQUIRE(lists > 0);
    // The bus says so: it began anew.
    liar.sequence = 2;
    here.announced(liar.header(), FragmentAvailable{Alone::record_of(film), {{1, 2}}});
    CHECK(here.record_of(victim).epoch == Epoch{7});
    CHECK(here.holding_of(victim, film).text() == "1");
}

TEST_CASE("a forged sequence makes nobody deaf: two beacons say where the peer really is") {
    const Somebody victim(1);
    const TestAsset film = make_asset("film", 2, 4);
    Alone here;
    here.welcome({victim.record});
    Somebody speaker = victim;
    const auto beacon = [&](const RangeSet& has) {
        PeerAlive alive;
        alive.root = root_of(std::map<AssetId, StateDigest>{{film.id, digest_of(film.id, has)}});
        here.announced(speaker.header(), alive);
    };
    speaker.sequence = 1;
    here.announced(speaker.header(), FragmentAvailable{Alone::record_of(film), {{0, 1}}});
    Somebody liar = speaker;
    liar.sequence = ~0ULL;
    here.announced(liar.header(), FragmentGone{film.id, {{0, 1}}});
    speaker.sequence = 2;
    here.announced(speaker.header(), FragmentAvailable{Alone::record_of(film), {{1, 2}}});
    CHECK(here.holding_of(victim, film).empty());  // so far it is believed
    here.take<SendToBus>();
    beacon(RangeSet::up_to(2));
    here.pass(limits::kHeartbeat);
    beacon(RangeSet::up_to(2));
    here.pass(2s);
    // Its bus is asked what it holds, and what it says next is heard.
    bool asked_for = false;
    for (const SendToBus& send : here.done<SendToBus>())
        if (const auto* dump = std::get_if<Dump>(&send.body))
            asked_for = asked_for || dump->peer == victim.record.id;
    CHECK(asked_for);
    speaker.sequence = 3;
    here.announced(speaker.header(), FragmentAvailable{Alone::record_of(film), {{0, 1}}});
    CHECK(here.holding_of(victim, film).contains(0));
}

TEST_CASE("who is known by hello only is forgotten with its link, while a bus is asked") {
    const Somebody stranger(3);
    Alone here;
    here.welcome();
    const LinkId link = here.dialled_by(stranger);
    CHECK(here.record_of(stranger) == stranger.record);
    here.swarm.on(facts::LinkDown{link}, here.now, here.out);
    CHECK(here.record_of(stranger).id.is_zero());
    CHECK(here.swarm.sizes().at("peers") == 0);
}

TEST_CASE("a guest's entry goes when somebody else says hello on its link") {
    Somebody guest(4, 0);
    guest.record.guest = true;
    guest.record.exchange.clear();
    const Somebody other(5);
    for (const bool bus : {true, false}) {
        Alone here(bus ? SwarmOptions{} : friends_only());
        if (bus) here.welcome();
        const LinkId link = here.dialled_by(guest);
        REQUIRE(here.swarm.sizes().at("peers") == 1);
        here.say(link, other, other.hello(false));
        CHECK(here.record_of(guest).id.is_zero());
        CHECK(here.swarm.sizes().at("peers") == 1);
    }
}

TEST_CASE("whom busy names is dialled and not written down") {
    const Somebody source(1);
    const Somebody victim(2);
    const TestAsset film = make_asset("film", 1, 8);
    Alone here;
    here.welcome({source.record, victim.record});
    here.swarm.on(facts::FetchAsked{film.id, {}}, here.now, here.out);
    const LinkId link = here.dialled_by(source);
    here.claim(link, source, film);
    here.pass(1s);
    here.swarm.on(facts::ManifestStored{film.id, link, StoreVerdict::stored, film.manifest},
                  here.now, here.out);
    here.pass(1s);
    here.swarm.on(
        facts::LinkSaid{link,
                        {source.header(), ProofPart{asked<AskProof>(here, link), film.id, {0}}},
                        8 * Digest::kBytes},
        here.now, here.out);
    here.swarm.on(facts::ProofStored{{film.id, {0}}, link, StoreVerdict::stored, {}}, here.now,
                  here.out);
    here.pass(100ms);
    here.take<Dial>();
    const Somebody liar = forged(victim, Epoch{9});
    Somebody unknown(8);
    here.say(link, source, Busy{asked<Request>(here, link), 500, {liar.record, unknown.record}});
    CHECK(here.record_of(victim) == victim.record);
    CHECK(here.record_of(unknown).id.is_zero());
    std::set<std::string> dialled;
    for (const Dial& dial : here.done<Dial>())
        dialled.insert(dial.endpoint);
    // The one where its bus says that it lives, the other where busy said.
    CHECK(dialled == std::set{victim.record.exchange, unknown.record.exchange});
    here.answer_dials({unknown});
    CHECK(here.record_of(unknown) == unknown.record);  // by its own hello
    SUBCASE("and no more than so many at a time") {
        Busy many{{}, 500, {}};
        for (int round = 0; round < 30; ++round) {
            here.pass(600ms);
            const auto requests = here.said<Request>(link);
            many.request = requests.back().request;
            many.others.clear();
            for (std::uint8_t i = 0; i < limits::kMaxReferrals; ++i) {
                PeerRecord one = unknown.record;
                one.id.bytes[0] = i;
                one.id.bytes[1] = static_cast<std::uint8_t>(round);
                many.others.push_back(one);
            }
            here.say(link, source, many);
            CHECK(here.swarm.sizes().at("referred") <= limits::kMaxReferred);
        }
        CHECK(here.swarm.sizes().at("referred") > limits::kMaxReferrals);
        CHECK(here.swarm.sizes().at("peers") <= 3);
    }
}

TEST_CASE("without a bus, what others say of a peer fills an empty place and takes none") {
    const Somebody teller(1);
    const Somebody victim(2);
    const Somebody news(3);
    const Somebody liar = forged(victim, Epoch{9});
    const TestAsset film = make_asset("film", 2, 4);
    Alone here(friends_only());
    const LinkId link = here.dialled_by(teller);
    here.pass(100ms);
    const auto tell = [&](const PeerRecord& of) {
        here.pass(limits::kFriendsEvery + 1s);
        here.say(link, teller, Pong{});
        for (int i = 0; i < 3; ++i) {  // through the pauses in which it would be silent
            here.pass(2s);
            here.say(link, teller, Pong{});
        }
        here.say(link, teller, Peers{asked<ListPeers>(here, link), false, {of}, false});
    };
    SUBCASE("of one that is linked") {
        const LinkId its = here.dialled_by(victim);
        here.say(link, teller,
                 Peers{asked<ListPeers>(here, link), false, {liar.record, news.record}, false});
        CHECK(here.record_of(victim) == victim.record);
        CHECK(here.record_of(news) == news.record);
        // Nor does another link under its id.
        (void)here.dialled_by(liar);
        CHECK(here.record_of(victim) == victim.record);
        (void)its;
    }
    SUBCASE("of one that others told of") {
        here.say(link, teller, Peers{asked<ListPeers>(here, link), false, {victim.record}, false});
        REQUIRE(here.record_of(victim) == victim.record);
        Located located;
        located.found = Found::ok;
        located.assets = {Alone::record_of(film)};
        located.holders = {{liar.record, RangeSet::up_to(2)}};
        here.swarm.on(
            facts::QuestionAsked{ReadId{1}, Locate{{}, film.id, {}, -1}, true, here.now + 5s},
            here.now, here.out);
        located.request = asked<Locate>(here, link);
        here.say(link, teller, located);
        CHECK(here.record_of(victim) == victim.record);
        SUBCASE("its own hello does take that place") {
            Somebody moved = victim;
            moved.record.exchange = "tcp://10.0.0.2:5000";
            const LinkId its = here.dialled_by(moved);
            CHECK(here.record_of(victim) == moved.record);
            // And stays as an address to try, where no bus tells it.
            here.swarm.on(facts::LinkDown{its}, here.now, here.out);
            CHECK(here.record_of(victim) == moved.record);
        }
    }
    (void)tell;
}

TEST_CASE(
    "without a bus, who answers where it says that it lives is believed before who dialled us") {
    const Somebody victim(2);
    const Somebody liar = forged(victim, Epoch{9});
    SwarmOptions options = friends_only();
    options.friends = {victim.record.exchange};
    Alone here(options);
    const LinkId false_link = here.dialled_by(liar);
    REQUIRE(here.record_of(victim) == liar.record);
    here.pass(100ms);
    REQUIRE(here.answer_dials({victim}).size() == 1);
    CHECK(here.record_of(victim) == victim.record);
    here.swarm.on(facts::LinkDown{false_link}, here.now, here.out);
    CHECK(here.record_of(victim) == victim.record);
}

TEST_CASE("without a bus a link says that its peer drains; with one the bus does") {
    const TestAsset film = make_asset("film", 1, 4);
    for (const bool bus : {true, false}) {
        Somebody other(1);
        Alone here(bus ? SwarmOptions{} : friends_only(), {stored(film)});
        if (bus) here.welcome({other.record});
        const LinkId link = here.dialled_by(other);
        here.claim(link, other, film);
        here.pass(200ms);
        CHECK(here.swarm.at_risk().empty());
        other.record.draining = true;
        here.say(link, other, other.hello(true));
        here.pass(200ms);
        CHECK(here.swarm.at_risk().empty() == bus);
        if (!bus) continue;
        here.joined(other.record);
        here.pass(200ms);
        CHECK_FALSE(here.swarm.at_risk().empty());
    }
}

TEST_CASE("whom no bus names is no copy while one is asked") {
    const TestAsset film = make_asset("film", 1, 4);
    const Somebody other(1);
    Alone here({}, {stored(film)});
    here.welcome();
    const LinkId link = here.dialled_by(other);
    here.claim(link, other, film);
    here.pass(200ms);
    CHECK(here.swarm.at_risk().size() == 1);
    here.joined(other.record);
    here.pass(200ms);
    CHECK(here.swarm.at_risk().empty());
}

TEST_CASE("a later life that only a link told of gives way when the bus is back") {
    const Somebody victim(1);
    const TestAsset film = make_asset("film", 2, 4);
    Alone here;
    here.welcome({victim.record});
    here.lose_bus();
    const LinkId link = here.dialled_by(forged(victim, Epoch{50}));  // nobody can know better
    here.swarm.on(facts::LinkDown{link}, here.now, here.out);
    here.take<SendToBus>();
    here.pass(2s);
    here.welcome({victim.record});
    Somebody speaker = victim;
    speaker.sequence = 1;
    here.announced(speaker.header(), FragmentAvailable{Alone::record_of(film), {{0, 2}}});
    CHECK(here.holding_of(victim, film).count() == 2);
    CHECK(here.record_of(victim) == victim.record);
}

TEST_CASE("that somebody leaves is heard of the life that is known, and of no other") {
    const TestAsset film = make_asset("film", 1, 4);
    Somebody other(1);
    other.record.epoch = Epoch{5};
    other.sequence = 1;
    Alone here({}, {stored(film)});
    here.welcome({other.record});
    here.announced(other.header(), FragmentAvailable{Alone::record_of(film), {{0, 1}}});
    here.pass(200ms);
    CHECK(here.swarm.at_risk().empty());
    // Said by the life before, or by whoever has seen it then.
    here.announced(forged(other, Epoch{4}).header(), PeerLeaving{});
    here.pass(200ms);
    CHECK(here.swarm.at_risk().empty());
    here.announced(other.header(), PeerLeaving{});
    here.pass(200ms);
    CHECK_FALSE(here.swarm.at_risk().empty());
}

TEST_CASE("invented peers shut out nobody whom a bus lists") {
    const TestAsset film = make_asset("film", 1, 4);
    const Somebody other(1);
    Alone here;
    here.welcome();
    for (std::uint32_t i = 0; i < limits::kMaxBusPeers; ++i) {
        Header invented{{}, Epoch{1}, Sequence{1}};
        invented.sender.bytes = {0xee, static_cast<std::uint8_t>(i >> 8U),
                                 static_cast<std::uint8_t>(i)};
        here.announced(invented, AssetRemoved{film.id});
    }
    CHECK(here.swarm.sizes().at("peers") == limits::kMaxBusPeers);
    here.joined(other.record);
    CHECK(here.record_of(other) == other.record);
    CHECK(here.swarm.sizes().at("peers") == limits::kMaxBusPeers);
}

TEST_CASE("copies are wanted of what the description names, however much was said that there is") {
    const TestAsset film = make_asset("film", 3, 1);
    const Somebody liar(1);
    Alone here;
    here.welcome({liar.record});
    here.pass(Duration(limits::kSettling) + 1s);
    Somebody later = liar;
    later.sequence = 1;
    AssetRecord more = Alone::record_of(film);
    more.fragments = 100;
    here.announced(later.header(), FragmentAvailable{more, RangeSet::up_to(100)});
    here.pass(1s);
    REQUIRE(here.reported("copies.wanted"));
    here.swarm.on(facts::ManifestStored{film.id, {}, StoreVerdict::stored, film.manifest}, here.now,
                  here.out);
    here.swarm.check_invariants(here.now);
}

TEST_CASE("who misbehaves in another's name bars him nowhere but where he came from himself") {
    const Somebody victim(1);
    Alone here(friends_only());
    std::uint64_t links = 0;
    const auto greeted = [&](const std::string& from) {
        const LinkId link{kFirstAccepted + 100 + ++links};
        here.swarm.on(facts::LinkUp{link, false, from}, here.now, here.out);
        here.say(link, victim, victim.hello(false));
        return here.said<Hello>(link).empty() ? LinkId{} : link;
    };
    const LinkId bad = greeted("192.0.2.1");
    REQUIRE(bad.value != 0);
    for (int i = 0; i < 20; ++i)
        here.swarm.on(facts::Garbage{bad, true}, here.now, here.out);
    CHECK(here.reported("neighbour.barred"));
    here.swarm.check_invariants(here.now);
    CHECK(greeted("192.0.2.1").value == 0);
    CHECK(greeted("192.0.2.2").value != 0);
    here.now += limits::kBar;
    CHECK(greeted("192.0.2.1").value != 0);
}

TEST_SUITE_END();

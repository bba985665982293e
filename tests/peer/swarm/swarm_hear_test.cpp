// What a swarm makes of announcements, one by one: gaps, words that come twice, last words.
#include "messages/wire/hash.hpp"
#include "tests/peer/swarm/alone.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::town;

namespace {

PeerId peer_id(std::uint8_t byte) {
    PeerId id;
    id.bytes.fill(byte);
    return id;
}

// One swarm whose buses the test plays.
struct Listener {
    Time now{Duration{1'000'000}};
    Swarm swarm;
    Actions out;

    explicit Listener(std::uint32_t buses = 1, const std::vector<StoredAsset>& has = {})
        : swarm(options(buses), 1) {
        swarm.on(facts::Started{has}, now, out);
        for (std::uint32_t bus = 0; bus < buses; ++bus) {
            Welcome welcome;
            welcome.heartbeat_ms = 5000;
            welcome.lease_ms = 15000;
            for (const SendToBus& send : done<SendToBus>())
                if (const auto* join = std::get_if<Join>(&send.body);
                    join != nullptr && send.bus.value == bus)
                    welcome.request = join->request;
            answer(BusId{bus}, welcome);
            // What all hold: nothing.
            for (const SendToBus& send : done<SendToBus>())
                if (const auto* dump = std::get_if<Dump>(&send.body); dump != nullptr)
                    answer(BusId{bus}, Dumped{dump->request, false, {}, false});
        }
        out.clear();
    }
    static SwarmOptions options(std::uint32_t buses) {
        SwarmOptions out;
        out.key = Bytes(limits::kKeyBytes, 1);
        out.self.id = peer_id_of(out.key);
        out.self.epoch = Epoch{1};
        out.self.name = "listener";
        out.buses = buses;
        return out;
    }
    void answer(BusId bus, Body body) {
        const Message message{{peer_id(0xb0), Epoch{1}, {}}, std::move(body)};
        swarm.on(facts::BusSaid{bus, message, 0}, now, out);
    }
    void hear(std::uint64_t sequence, Body body, BusId bus = BusId{0}) {
        const Message message{{peer_id(7), Epoch{1}, Sequence{sequence}}, std::move(body)};
        swarm.on(facts::Announced{bus, message}, now, out);
    }
    void pass(Duration time) {
        for (const Time end = now + time; now < end; now += 100ms)
            swarm.on(facts::Ticked{}, now, out);
    }
    template <class T>
    std::vector<T> done() const {
        std::vector<T> found;
        for (const Action& action : out)
            if (const T* one = std::get_if<T>(&action)) found.push_back(*one);
        return found;
    }
    // How often the bus was asked for all that the speaker holds; answers with nothing.
    std::size_t asked() {
        std::vector<RequestId> requests;
        for (const SendToBus& send : done<SendToBus>())
            if (const auto* dump = std::get_if<Dump>(&send.body); dump && dump->peer == peer_id(7))
                requests.push_back(dump->request);
        out.clear();
        for (const RequestId request : requests)
            answer(BusId{0}, Dumped{request, false, {}, false});
        return requests.size();
    }
    CountersView counters() { return swarm.news(now).overview->counters; }
};

PeerAlive beacon(const std::map<AssetId, StateDigest>& digests = {}) {
    PeerAlive alive;
    alive.root = root_of(digests);
    return alive;
}

}  // namespace

TEST_CASE("swarm: a gap is asked for, whichever announcement shows it") {
    const TestAsset film = make_asset("film", 4, 1);
    AssetRecord record;
    record.id = film.id;
    record.name = "film";
    Listener here;
    here.hear(3, beacon());
    CHECK(here.asked() == 0);  // of one who was just met nothing is missed where the root is right
    CHECK(here.counters()["gaps"] == 0);
    SUBCASE("a change that skips one") {
        here.hear(5, FragmentAvailable{record, RangeSet::up_to(1)});
    }
    SUBCASE("the word that it is published, and its change was lost") {
        here.hear(5, AssetPublished{record});
    }
    SUBCASE("the word that it was removed") {
        here.hear(5, AssetRemoved{film.id});
    }
    CHECK(here.asked() == 1);
    CHECK(here.counters()["gaps"] == 1);
    // The next one comes too soon to be asked for: then it is asked for later.
    here.hear(8, FragmentGone{film.id, RangeSet::up_to(1)});
    CHECK(here.asked() == 0);
    here.pass(2s);
    CHECK(here.asked() == 1);
    CHECK(here.counters()["gaps"] == 2);
}

TEST_CASE("swarm: an answer that is older than the last beacon is asked for again, not for ever") {
    const TestAsset film = make_asset("film", 4, 1);
    Listener here;
    here.hear(1, beacon());
    here.hear(2, beacon({{film.id, digest_of(film.id, RangeSet::up_to(1))}}));
    CHECK(here.counters()["digests_differed"] == 1);
    CHECK(here.asked() == 1);  // and answered: it has nothing
    here.pass(1500ms);
    CHECK(here.asked() == 1);
    here.pass(30s);
    CHECK(here.asked() <= 5);
    here.pass(30s);
    CHECK(here.asked() == 0);
    CHECK(here.counters()["mended"] == 0);
}

TEST_CASE("swarm: what several buses carry counts once") {
    const TestAsset film = make_asset("film", 4, 1);
    AssetRecord record;
    record.id = film.id;
    record.name = "film";
    Listener here(2);
    for (const BusId bus : {BusId{0}, BusId{1}}) {
        here.hear(1, FragmentAvailable{record, RangeSet::up_to(4)}, bus);
        here.hear(1, AssetPublished{record}, bus);
    }
    std::size_t told = 0;
    for (const Report& report : here.done<Report>())
        told += report.kind == "asset.published";
    CHECK(told == 1);
    CHECK(here.counters()["gaps"] == 0);
}

TEST_CASE("swarm: who is not heard of for a lease is looked for in the buses' lists") {
    Listener here;
    here.hear(1, beacon());
    const auto lists = [&] {
        std::vector<RequestId> requests;
        for (const SendToBus& send : here.done<SendToBus>())
            if (const auto* list = std::get_if<ListPeers>(&send.body))
                requests.push_back(list->request);
        here.out.clear();
        return requests;
    };
    PeerRecord record;
    record.id = peer_id(7);
    record.epoch = Epoch{1};
    record.name = "speaker";
    here.pass(1s);
    for (const RequestId request : lists())  // who it is
        here.answer(BusId{0}, Peers{request, false, {record}, false});
    REQUIRE(here.swarm.known_peers().size() == 2);
    const auto wait = [&](Duration time) {
        for (Duration passed{}; passed < time; passed += 1s) {
            here.pass(1s);
            here.answer(BusId{0}, HeartbeatAck{true, true, false});
        }
    };
    wait(13s);
    CHECK(lists().empty());
    wait(8s);
    const auto asked = lists();
    REQUIRE(asked.size() == 1);
    SUBCASE("it is there: its beacons are lost") {
        here.answer(BusId{0}, Peers{asked[0], false, {record}, false});
        CHECK(here.swarm.known_peers().size() == 2);
    }
    SUBCASE("while the bus settles nothing is concluded") {
        here.answer(BusId{0}, Peers{asked[0], true, {}, false});
        CHECK(here.swarm.known_peers().size() == 2);
    }
    SUBCASE("it is not: its farewell was lost") {
        here.answer(BusId{0}, Peers{asked[0], false, {}, false});
        CHECK(here.swarm.known_peers().size() == 1);
        CHECK(here.counters()["mended"] == 1);
    }
}

TEST_CASE("swarm: changes of one moment are announced each with its own sequence") {
    const TestAsset film = make_asset("film", 4, 1);
    Listener here(1, {stored(film)});
    here.swarm.on(facts::FragmentLost{{film.id, {0}}}, here.now, here.out);
    here.swarm.on(facts::FragmentLost{{film.id, {1}}}, here.now, here.out);
    std::vector<std::uint64_t> told;
    for (const Publish& publish : here.done<Publish>())
        if (std::holds_alternative<FragmentGone>(publish.body))
            told.push_back(publish.sequence.value);
    CHECK(told == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE(
    "swarm: what a neighbour names no more is forgotten: of an asset at once, others at the end") {
    const TestAsset film = make_asset("film", 4, 1), song = make_asset("song", 2, 1);
    Alone here(friends_only());
    const Somebody anna(7);
    const LinkId link = here.dialled_by(anna);
    here.claim(link, anna, film);
    here.claim(link, anna, song);
    const auto questions = here.said<AskHave>(link);
    const auto of_all = std::find_if(questions.begin(), questions.end(),
                                     [](const AskHave& one) { return one.asset.is_zero(); });
    REQUIRE(of_all != questions.end());
    Have have;
    have.request = of_all->request;
    have.asset = song.id;
    have.fragments = RangeSet::up_to(1);
    have.whole = true;
    here.say(link, anna, have);
    CHECK(here.holding_of(anna, song) == RangeSet::up_to(1));
    CHECK(here.holding_of(anna, film) == Alone::all_of(film));  // it may come yet
    Have last;
    last.request = of_all->request;
    last.last = true;
    here.say(link, anna, last);
    CHECK(here.holding_of(anna, film).empty());
    CHECK(here.holding_of(anna, song) == RangeSet::up_to(1));
}
TEST_CASE(
    "whoever announces wants in a neighbour's name has us say much to it, but not without end") {
    const TestAsset film = make_asset("film", 3, 1);
    const Somebody victim(1);
    Alone here({}, {stored(film)});
    here.welcome({victim.record});
    const LinkId link = here.dialled_by(victim);
    here.pass(1s);
    here.out.clear();
    const auto wants = [&](int times) {
        for (int i = 0; i < times; ++i)
            here.announced(victim.header(), FragmentWanted{film.id, RangeSet::up_to(3)});
        return here.said<Have>(link).size();
    };
    CHECK(wants(1) == 1);
    CHECK(wants(1000) == 1);
    here.now += limits::kHavesEvery;
    CHECK(wants(1000) == 2);
}

// What takes too long is asked of a second neighbour, within a cap.
#include "tests/peer/swarm/alone.hpp"
#include "tests/peer/swarm/town.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::town;

namespace {

// A viewer, and two who were quick and fall silent.
struct Silence {
    Town town;
    TestAsset film = make_asset("film", 2, 100);
    Inhabitant& anna = town.add("anna");
    Inhabitant& viewer = town.add("viewer", with_friend(anna));
    Inhabitant& bert = town.add("bert", with_friend(viewer));

    Silence() {
        anna.start({stored(film)});
        bert.start({stored(film)});
        viewer.start();
        fetch(bert, make_asset("nothing", 1, 1));  // he dials the viewer for it
        town.pass(1s);
        fetch(viewer, film, {{0, 1}});
        REQUIRE(town.wait([&] { return viewer.chunks_stored() == 100; }));
        town.pass(1s);
        viewer.forget_log();
    }
    // The viewer plays on; who is deaf falls silent when the next fragment's proof is here.
    void play(const std::vector<Inhabitant*>& deaf) {
        const auto play_at = [&](std::uint64_t max_download) {
            viewer.tell(facts::LimitsSet{0, max_download});
            viewer.tell(facts::PlayheadMoved{{7}, film.id, {1}, 0});

            town.settle();
        };
        play_at(1);  // byte a second: the proof, and a chunk or two
        for (Inhabitant* one : deaf)
            one->deaf = true;
        town.pass(100ms);
        play_at(0);  // no limit
    }
    // Of which links each chunk was asked.
    std::map<ChunkRef, std::set<LinkId>> asked() const {
        std::map<ChunkRef, std::set<LinkId>> out;
        for (const SendTo& send : viewer.done<SendTo>())
            if (const auto* request = std::get_if<Request>(&send.body))
                for (std::uint32_t i = request->chunks.begin; i < request->chunks.end; ++i)
                    out[{request->asset, request->fragment, {i}}].insert(send.link);
        return out;
    }
    std::uint64_t twice() const {
        const auto all = asked();
        return static_cast<std::uint64_t>(std::count_if(
            all.begin(), all.end(), [](const auto& one) { return one.second.size() > 1; }));
    }
};

}  // namespace

TEST_CASE("rescue: what two do not bring is asked twice, no more of it than the limit says") {
    Silence scene;
    scene.play({&scene.anna, &scene.bert});
    CHECK(scene.asked().size() >= 40);  // ten seconds of a file: all of it is urgent
    CHECK(scene.twice() == 0);
    for (int i = 0; i < 50; ++i) {
        scene.town.pass(100ms);
        REQUIRE(scene.twice() * limits::kChunkBytes <= limits::kMaxTwiceAskedBytes);
    }
    CHECK(scene.twice() * limits::kChunkBytes > limits::kMaxTwiceAskedBytes - (1 << 20));
}

TEST_CASE("rescue: what came when it was asked twice makes room to ask for more") {
    Silence scene;
    scene.play({&scene.anna});
    scene.town.pass(5s);  // her silence is no end of the link yet
    CHECK(scene.twice() >= limits::kMaxTwiceAskedBytes / limits::kChunkBytes);
    CHECK(scene.viewer.chunks_stored() >= 140);
}

TEST_CASE("however many claim all and give nothing, the one who has it is dialled in the end") {
    const TestAsset film = make_asset("film", 1, 1);
    StoredAsset described;
    described.id = film.id;
    described.manifest = film.manifest;
    Alone here({}, {described});
    std::vector<Somebody> people;
    std::vector<PeerRecord> records;
    for (std::uint8_t i = 1; i <= 2 * limits::kMaxDialledPerAsset + 1; ++i) {
        people.emplace_back(i);
        people.back().sequence = 1;
        records.push_back(people.back().record);
    }
    here.welcome(records);
    for (const Somebody& one : people)
        here.announced(one.header(),
                       FragmentAvailable{Alone::record_of(film), Alone::all_of(film)});
    here.swarm.on(facts::FetchAsked{film.id, {}}, here.now, here.out);
    std::set<std::string> dialled;
    std::map<LinkId, const Somebody*> links;
    const auto most = static_cast<int>(2 * limits::kGivesNothing / 1s) + 40;
    for (int second = 0; second < most && dialled.size() < people.size(); ++second) {
        for (const Dial& dial : here.take<Dial>()) {
            dialled.insert(dial.endpoint);
            const auto who = std::find_if(people.begin(), people.end(), [&](const auto& one) {
                return one.record.exchange == dial.endpoint;
            });
            here.swarm.on(facts::LinkUp{dial.link, true}, here.now, here.out);
            here.say(dial.link, *who, who->hello(true));
            links[dial.link] = &*who;
        }
        here.pass(1s);
        for (const HangUp& end : here.take<HangUp>())
            links.erase(end.link);
        for (const auto& [link, who] : links)
            here.say(link, *who, Pong{});
    }
    CHECK(dialled.size() == people.size());
    CHECK(links.size() <= limits::kMaxDialled);
}

TEST_CASE("who greets under a holder's id and is silent does not stand in its place for long") {
    const TestAsset film = make_asset("film", 1, 1);
    StoredAsset described;
    described.id = film.id;
    described.manifest = film.manifest;
    Alone here({}, {described});
    Somebody holder(1);
    holder.sequence = 1;
    here.welcome({holder.record});
    here.announced(holder.header(), FragmentAvailable{Alone::record_of(film), Alone::all_of(film)});
    const LinkId false_one = here.dialled_by(holder);
    here.swarm.on(facts::FetchAsked{film.id, {}}, here.now, here.out);
    for (int second = 0; second < limits::kGivesNothing / 1s + 3 && here.done<Dial>().empty();
         ++second) {
        here.pass(1s);
        here.say(false_one, holder, Pong{});
    }
    const auto up = here.answer_dials({holder});
    REQUIRE(up.size() == 1);
    here.pass(3s);
    CHECK_FALSE(here.said<AskProof>(up[0]).empty());
    CHECK(here.done<Dial>().empty());
}

// What people see of peers: made when they look, of who looks otherwise.
#include "tests/peer/swarm/alone.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::town;

namespace {

std::vector<PeerRecord> a_crowd(std::size_t count) {
    std::vector<PeerRecord> crowd(count);
    for (std::size_t i = 0; i < count; ++i) {
        crowd[i].id.bytes[0] = static_cast<std::uint8_t>(1 + i / 256);
        crowd[i].id.bytes[1] = static_cast<std::uint8_t>(i);
        crowd[i].epoch = Epoch{1};
        crowd[i].name = "peer" + std::to_string(i);
    }
    return crowd;
}

void left(Alone& here, const PeerRecord& peer) {
    PeerId bus;
    bus.bytes.fill(0xb0);
    here.announced({bus, here.bus_epoch, {}}, PeerLeft{peer.id});
}

// Somebody looks, and knows from news alone who is known, and how: each looks as he was shown
// (check_invariants), and a second look tells nothing.
const Onlooker& look(Inhabitant& one) {
    const Onlooker& seen = one.look();
    CHECK(seen.right);
    std::vector<PeerRecord> told;
    for (const auto& [id, peer] : seen.peers)
        told.push_back(peer.peer);
    CHECK(told == one.swarm().known_peers());
    CHECK_NOTHROW(one.swarm().check_invariants(one.now()));
    const News news = one.swarm().news(one.now());
    CHECK(news.changed_peers.empty());
    CHECK(news.gone_peers.empty());
    return seen;
}

}  // namespace

TEST_CASE("news of peers: kMaxBusPeers are known, one changes: of one a view is made, and told") {
    Alone here;
    std::vector<PeerRecord> crowd = a_crowd(limits::kMaxBusPeers);
    here.welcome(crowd);
    const auto to_make = [&here] { return here.swarm.sizes().at("peers_to_show"); };
    CHECK(to_make() == crowd.size());
    CHECK(here.swarm.news(here.now).changed_peers.size() == crowd.size() + 1);  // and we
    CHECK(to_make() == 0);

    // As they were: nothing is made for that.
    for (const PeerRecord& peer : crowd)
        here.joined(peer);
    here.pass(1s);
    CHECK(to_make() == 0);
    News news = here.swarm.news(here.now);
    CHECK(news.changed_peers.empty());
    CHECK(news.gone_peers.empty());

    crowd[7777].draining = true;
    here.joined(crowd[7777]);
    CHECK(to_make() == 1);
    news = here.swarm.news(here.now);
    REQUIRE(news.changed_peers.size() == 1);
    CHECK(news.changed_peers[0]->peer == crowd[7777]);
    CHECK(here.swarm.news(here.now).changed_peers.empty());

    left(here, crowd[7777]);
    news = here.swarm.news(here.now);
    CHECK(news.changed_peers.empty());
    CHECK(news.gone_peers == std::vector{crowd[7777].id});
}

TEST_CASE("news of peers: while nobody looks ids gather, no more than there are peers") {
    Alone here;
    here.welcome();
    (void)here.swarm.news(here.now);
    for (std::uint8_t round = 1; round < 6; ++round) {
        std::vector<PeerRecord> crowd = a_crowd(100);
        for (PeerRecord& peer : crowd)
            peer.id.bytes[2] = round;  // others each time
        for (const PeerRecord& peer : crowd)
            here.joined(peer);
        CHECK(here.swarm.sizes().at("peers_to_show") == 100);
        for (const PeerRecord& peer : crowd)
            left(here, peer);
        CHECK(here.swarm.sizes().at("peers_to_show") == 0);
    }
    CHECK(here.swarm.news(here.now).gone_peers.empty());
}

TEST_CASE("news of peers: a peer that leaves marks whom it loses") {
    Town town;
    Inhabitant& anna = town.add("anna");
    Inhabitant& owner = town.add("owner", with_friend(anna));
    owner.seen = false;  // but by us
    anna.start();
    owner.start();
    const PeerId whom = anna.record().id;
    REQUIRE(town.wait([&] { return look(owner).peers.contains(whom); }));
    CHECK(look(owner).peers.at(whom).linked);
    CHECK_NOTHROW(owner.tell(facts::Leaving{}));
    CHECK_FALSE(look(owner).peers.at(whom).linked);
}

TEST_CASE("news of peers: of whom nothing comes that should, the rate falls, which no fact says") {
    Town town;
    const TestAsset film = make_asset("film", 1, 100);
    SwarmOptions slow;
    slow.max_upload = 4 << 20;
    Inhabitant& source = town.add("source", slow);
    source.start({stored(film)});
    Inhabitant& owner = town.add("owner", with_friend(source));
    owner.seen = false;  // but by us
    owner.start();
    fetch(owner, film);
    REQUIRE(town.wait([&] { return owner.chunks_stored() >= 20; }));
    source.deaf = true;
    PeerView before;
    bool fell = false;
    CHECK(town.wait(
        [&] {
            const PeerView& now = look(owner).peers.at(source.record().id);
            fell = fell || (now.rate_in < before.rate_in && now.bytes_in == before.bytes_in);
            before = now;
            return fell;
        },
        10s));
    CHECK(before.linked);
}

TEST_CASE("news of peers: put together it is what there is, while one is fetched from and barred") {
    Town town;
    const TestAsset film = make_asset("film", 3, 8);
    const TestAsset song = make_asset("song", 3, 8);
    Inhabitant& source = town.add("source");
    source.start({stored(film), stored(song)});
    Inhabitant& owner = town.add("owner", with_friend(source));
    owner.seen = false;  // but by us
    owner.start();
    const auto source_seen = [&] {
        const auto& peers = look(owner).peers;
        const auto found = peers.find(source.record().id);
        return found == peers.end() ? PeerView{} : found->second;
    };
    fetch(owner, film);
    REQUIRE(town.wait([&] {
        look(owner);
        return owner.has(film);
    }));
    CHECK(source_seen().linked);
    CHECK(source_seen().bytes_in > 0);
    CHECK(source_seen().fragments > 0);
    CHECK(source_seen().rate_in > 0);

    source.lies = true;
    fetch(owner, song);
    REQUIRE(town.wait([&] { return source_seen().barred; }));
    source.deaf = true;
    look(owner);
    town.pass(limits::kBar + 1s);
    CHECK_FALSE(source_seen().barred);  // by time alone
}

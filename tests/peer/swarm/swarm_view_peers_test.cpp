// What people see of peers: made when they look, of who looks otherwise.
#include "tests/peer/swarm/alone.hpp"

#include <map>

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

// Somebody who looks all the time, and knows what news told alone.
struct Watcher {
    std::map<PeerId, PeerView> seen;
    bool right = true;

    void look(Swarm& swarm, Time now) {
        const News news = swarm.news(now);
        for (const PeerId& id : news.gone_peers)
            right = seen.erase(id) == 1 && right;
        for (const PeerPtr& peer : news.changed_peers)
            seen[peer->peer.id] = *peer;
        std::map<PeerId, PeerView> all;
        const auto whole = swarm.snapshot(now);
        for (const PeerView& peer : whole->peers)
            all[peer.peer.id] = peer;
        right = seen == all && right;
        CHECK(swarm.news(now).changed_peers.empty());
        CHECK(swarm.news(now).gone_peers.empty());
    }
};

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
    Watcher watcher;
    REQUIRE(town.wait([&] {
        watcher.look(owner.swarm(), town.now());
        return watcher.seen.contains(anna.record().id);
    }));
    CHECK(watcher.seen.at(anna.record().id).linked);
    CHECK_NOTHROW(owner.tell(facts::Leaving{}));
    watcher.look(owner.swarm(), town.now());
    CHECK(watcher.right);
    CHECK_FALSE(watcher.seen[anna.record().id].linked);
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
    Watcher watcher;
    const auto looks = [&] { watcher.look(owner.swarm(), town.now()); };
    const auto of_source = [&] {
        const auto found = watcher.seen.find(source.record().id);
        return found == watcher.seen.end() ? PeerView{} : found->second;
    };
    fetch(owner, film);
    REQUIRE(town.wait([&] {
        looks();
        return owner.has(film);
    }));
    CHECK(watcher.right);
    CHECK(of_source().linked);
    CHECK(of_source().bytes_in > 0);
    CHECK(of_source().fragments > 0);
    CHECK(of_source().rate_in > 0);

    source.lies = true;
    fetch(owner, song);
    REQUIRE(town.wait([&] {
        looks();
        return of_source().barred;
    }));
    CHECK(watcher.right);
    source.deaf = true;
    looks();
    town.pass(limits::kBar + 1s);
    looks();
    CHECK(watcher.right);
    CHECK_FALSE(of_source().barred);  // by time alone
}

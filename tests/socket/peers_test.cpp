// Whole peers on real sockets and disks: a connection that dies in silence, twins, copied stores,
// and a bus that is killed.
#include "messages/wire/limits.hpp"
#include "peer/store/fragment_store.hpp"
#include "tests/socket/real_peer.hpp"
#include "tests/socket/running_bus.hpp"
#include "tests/socket/silent_relay.hpp"
#include "tests/socket/wait.hpp"

#include <algorithm>
#include <filesystem>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;

namespace {

// Peers on one loop. The bus has its own: it is turned while a condition is waited for.
struct Village {
    RunningBus bus{RunningBus::Lasting{}};
    const Endpoint at = bus.directory();
    bool bus_lives = true;
    Loop loop;
    TempFolder folders;
    std::vector<std::unique_ptr<RealPeer>> peers;

    RealPeer& peer(const std::string& folder, const std::string& name) {
        PeerWishes wishes;
        wishes.name = name;
        wishes.buses = {at};
        peers.push_back(std::make_unique<RealPeer>(loop, folders / folder, std::move(wishes)));
        return *peers.back();
    }
    bool wait(const std::function<bool()>& condition, Duration patience = kPatience) {
        return wait_for(
            loop,
            [&] {
                int turns = 0;
                if (bus_lives) bus.loop().run_until([&] { return turns++ != 0; }, 1ms);
                return condition();
            },
            patience);
    }
    void kill_bus() {
        bus.kill();
        bus_lives = false;
    }
    void start_bus() {
        bus.start(at);
        bus_lives = true;
    }
};

BusView bus_of(RealPeer& peer) {
    return peer.node().swarm().news(Loop::now()).overview->buses.at(0);
}
bool joined(RealPeer& peer) {
    const auto state = bus_of(peer).state;
    return state == BusView::State::joined || state == BusView::State::settling;
}
std::size_t others(RealPeer& peer) {
    return peer.node().swarm().known_peers().size() - 1;  // it is among them
}

}  // namespace

TEST_CASE(
    "a connection that dies in silence is noticed within 10 s, made anew, and the rest comes") {
    Loop loop;
    TempFolder folders;
    SilentRelay relay(loop);
    PeerWishes behind;
    behind.name = "giver";
    behind.tell_exchange = relay.endpoint().text();
    RealPeer giver(loop, folders / "giver", behind);
    relay.lead_to(giver.exchange());
    PeerWishes wishes;
    wishes.name = "taker";
    wishes.friends = {relay.endpoint().text()};
    RealPeer taker(loop, folders / "taker", wishes);
    const AssetId asset = giver.add_file("file", kFileBytes);
    taker.fetch(asset);
    REQUIRE(wait_for(
        loop, [&] { return relay.passed() > kFileBytes / 4; }, kPatience));
    relay.swallow();
    const Time silent = Loop::now();
    const Duration busy = stood_ready();
    REQUIRE_FALSE(taker.has_all(asset));

    const std::uint64_t proven = taker.proven_bytes(asset);
    const std::uint64_t passed = relay.passed();
    REQUIRE(wait_for(
        loop, [&] { return relay.passed() > passed; }, 60s));
    CHECK(Loop::now() - silent - (stood_ready() - busy) <= limits::kDeadAfterSilence + 2s);
    CHECK(taker.reports("neighbour.lost") + taker.reports("neighbour.silent") == 1);
    CHECK(wait_for(
        loop, [&] { return taker.has_all(asset); }, kPatience));
    // What was proven is not fetched again; what was on its way is.
    CHECK(relay.passed() - passed < kFileBytes - proven + (1U << 20));
}

TEST_CASE("two peers of one name are two peers") {
    Village village;
    RealPeer& first = village.peer("a", "twin");
    RealPeer& second = village.peer("b", "twin");
    RealPeer& taker = village.peer("c", "taker");
    const AssetId one = first.add_file("one", kFileBytes / 8);
    const AssetId two = second.add_file("two", kFileBytes / 4);
    taker.fetch(one);
    taker.fetch(two);
    CHECK(village.wait([&] { return taker.has_all(one) && taker.has_all(two); }));
    CHECK(village.wait([&] { return others(taker) == 2; }));
    CHECK_FALSE(first.self().id == second.self().id);
}

// The copy began later, so its epoch is the higher one: the original cannot be told from a peer
// that was restarted, until it speaks again.
TEST_CASE("one store copied: the one of the lower epoch draws a new id, keeps it, and goes on") {
    Village village;
    RealPeer& first = village.peer("original", "original");
    const AssetId asset = first.add_file("file", kFileBytes / 8);
    REQUIRE(village.wait([&] { return joined(first) && first.has_all(asset); }));
    std::filesystem::copy(village.folders / "original", village.folders / "copy",
                          std::filesystem::copy_options::recursive);
    RealPeer& second = village.peer("copy", "copy");
    const PeerId shared = first.self().id;
    REQUIRE(second.self().id == shared);
    REQUIRE(first.self().epoch < second.self().epoch);
    CHECK(village.wait([&] { return first.self().id != shared && joined(first); }));
    CHECK(first.reports("bus.duplicate") == 1);
    CHECK(second.reports("bus.duplicate") == 0);
    CHECK(second.self().id == shared);
    CHECK(joined(second));
    const PeerId drawn = first.self().id;

    // Both are there, with what they hold.
    RealPeer& taker = village.peer("taker", "taker");
    CHECK(village.wait([&] { return others(taker) == 2; }));
    taker.fetch(asset);
    CHECK(village.wait([&] { return taker.has_all(asset); }));

    village.peers.erase(village.peers.begin());
    const auto store = FragmentStore::open(real_files(), village.folders / "original", "original");
    REQUIRE(store);
    CHECK((*store)->identity().id == drawn);
}

TEST_CASE("a bus is killed and comes back: within one heartbeat all are registered again") {
    Village village;
    RealPeer& giver = village.peer("a", "giver");
    RealPeer& taker = village.peer("b", "taker");
    RealPeer& third = village.peer("c", "third");
    const AssetId asset = giver.add_file("file", kFileBytes / 2);
    REQUIRE(village.wait([&] {
        return giver.has_all(asset) && others(giver) == 2 && others(taker) == 2 &&
               others(third) == 2;
    }));
    village.kill_bus();
    taker.fetch(asset);
    CHECK(village.wait([&] { return taker.has_all(asset); }));

    // Dead for so long that all wait as long as they ever do before they try again.
    const auto tried = [&](RealPeer& peer) {
        return bus_of(peer).tries >= 5 && bus_of(peer).state == BusView::State::away;
    };
    REQUIRE(village.wait(
        [&] {
            return std::all_of(village.peers.begin(), village.peers.end(),
                               [&](const auto& one) { return tried(*one); });
        },
        60s));
    village.start_bus();
    const Time began = Loop::now();
    const Duration busy = stood_ready();
    CHECK(village.wait([&] {
        return std::all_of(village.peers.begin(), village.peers.end(),
                           [](const auto& one) { return joined(*one); });
    }));
    CHECK(Loop::now() - began - (stood_ready() - busy) <= limits::kHeartbeat);
    MESSAGE("all registered after " << (Loop::now() - began).count() / 1000 << " [ms]");
    // And it knows again who has what: who was not told before finds both.
    RealPeer& late = village.peer("d", "late");
    late.fetch(asset);
    CHECK(village.wait([&] { return late.has_all(asset) && others(late) == 3; }));
}

// Whole peers on real sockets and disks, and a bus whose announcements get lost on the way.
#include "messages/wire/limits.hpp"
#include "tests/socket/lossy_relay.hpp"
#include "tests/socket/real_peer.hpp"
#include "tests/socket/running_bus.hpp"
#include "tests/socket/wait.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;

namespace {

constexpr std::size_t kPeers = 4;
constexpr std::size_t kNoteBytes = 4000;
constexpr auto kSlack = 1s;  // a question and its answer

// Each peer has a way to the bus of its own, which loses announcements of its own.
struct LossyVillage {
    RunningBus bus;
    Loop loop;
    TempFolder folders;
    std::vector<std::unique_ptr<LossyRelay>> ways;
    std::vector<std::unique_ptr<RealPeer>> peers;
    std::vector<AssetId> notes;
    Duration busy = stood_ready();

    LossyVillage() {
        for (std::size_t i = 0; i < kPeers; ++i) {
            const std::string name = "peer" + std::to_string(i + 1);
            ways.push_back(std::make_unique<LossyRelay>(loop, "127.0.0." + std::to_string(11 + i),
                                                        bus.directory(), bus.in(), bus.out()));
            PeerWishes wishes;
            wishes.name = name;
            wishes.buses = {ways.back()->directory()};
            peers.push_back(std::make_unique<RealPeer>(loop, folders / name, std::move(wishes)));
        }
    }
    bool wait(const std::function<bool()>& condition, Duration patience = kPatience) {
        return wait_for(
            loop,
            [&] {
                int turns = 0;
                bus.loop().run_until([&] { return turns++ != 0; }, 1ms);
                return condition();
            },
            patience);
    }
    void note(std::size_t peer) {
        notes.push_back(peers[peer]->add_file("note" + std::to_string(notes.size()),
                                              kNoteBytes + notes.size()));
        const AssetId added = notes.back();
        REQUIRE(wait([&] { return peers[peer]->has_all(added); }));
    }
    bool knows(std::size_t who, std::size_t whom) {
        return std::all_of(notes.begin(), notes.end(), [&](const AssetId& note) {
            RangeSet told;
            for (const HolderRecord& holder : peers[who]->node().swarm().holders(note))
                if (holder.peer.id == peers[whom]->self().id) told = holder.fragments;
            return told == peers[whom]->node().swarm().holding(note).fragments;
        });
    }
    // Also that nobody lacks anything a heartbeat after a beacon came through.
    bool all_know() {
        bool all = true;
        for (std::size_t who = 0; who < kPeers; ++who)
            for (std::size_t whom = 0; whom < kPeers; ++whom) {
                if (who == whom || knows(who, whom)) continue;
                all = false;
                const auto& beacons = ways[who]->beacons();
                const auto heard = beacons.find(peers[whom]->self().id);
                CAPTURE(who);
                CAPTURE(whom);
                if (heard != beacons.end())
                    REQUIRE(Loop::now() - heard->second - (stood_ready() - busy) <=
                            limits::kHeartbeat + kSlack);
            }
        return all;
    }
    CountersView counters(std::size_t peer) {
        return peers[peer]->node().swarm().news(Loop::now()).overview->counters;
    }
    std::uint64_t mended() {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < kPeers; ++i)
            sum += counters(i)["mended"];
        return sum;
    }
};

}  // namespace

TEST_CASE("one announcement in three is lost on real sockets: a beacon later all is known") {
    LossyVillage village;
    REQUIRE(village.wait([&] {
        return std::all_of(village.peers.begin(), village.peers.end(), [](const auto& peer) {
            return peer->node().swarm().known_peers().size() == kPeers;
        });
    }));
    // By counting, for each peer another third.
    for (std::size_t i = 0; i < kPeers; ++i)
        village.ways[i]->lose([count = i](const Message&) mutable { return ++count % 3 == 0; });
    for (std::size_t i = 0; i < 4 * kPeers; ++i)
        village.note(i % kPeers);
    for (std::size_t i = 0; i < kPeers; ++i)
        village.ways[i]->lose([count = i](const Message&) mutable { return ++count % 3 == 0; });
    const Time began = Loop::now();
    CHECK(village.wait([&] { return village.all_know(); }));
    MESSAGE("everybody knows after " << (Loop::now() - began).count() / 1000 << " [ms]");
    // Which of the announcements a peer loses is the moment's.
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kPeers; ++i) {
        CHECK(village.ways[i]->lost() > 0);
        seen += village.counters(i)["gaps"] + village.counters(i)["digests_differed"];
    }
    CHECK(seen > 0);
    // The last word of a peer is no exception.
    for (auto& way : village.ways)
        way->lose([](const Message& message) {
            return !std::holds_alternative<PeerAlive>(message.body);
        });
    const std::uint64_t before = village.counters(1)["digests_differed"];
    village.note(0);
    CHECK(village.wait([&] { return village.all_know(); }));
    CHECK(village.counters(1)["digests_differed"] > before);
    // A neighbour may tell of it before the answer does; of several last words, not of each.
    for (int more = 0; more < 10 && village.mended() == 0; ++more) {
        village.note(0);
        CHECK(village.wait([&] { return village.all_know(); }));
    }
    CHECK(village.mended() > 0);
    for (std::size_t i = 0; i < kPeers; ++i)
        CHECK(village.counters(i)["asks"] >= village.counters(i)["mended"]);
}

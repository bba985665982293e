// Peers that lie, lag, die and fill up.
#include "messages/endpoint.hpp"
#include "tests/sim/scenarios.hpp"

#include <algorithm>
#include <chrono>

namespace fragcast::sim {

using namespace std::chrono_literals;

namespace {
constexpr std::uint64_t kMiB = 1 << 20;
}

void source_leaves(World& world, const Knobs& knobs, Story& story) {
    NodeOptions source;
    source.max_upload = knobs.upload ? knobs.upload : 2 * kMiB;
    Cast cast = make_cast(world, knobs.peers ? knobs.peers : 6,
                          knobs.bytes ? knobs.bytes : 10 * kMiB, source);
    fetch_all(cast);
    const auto copied = [&] {
        RangeSet missing = RangeSet::up_to(cast.asset.fragments());
        for (const SimNode* peer : cast.peers)
            missing.remove(peer->disk().done(cast.asset.id));
        return missing.empty();
    };
    require(world, world.run_until(copied, 60s), "no copy exists after a minute");
    story.push_back("one copy exists after " + seconds(world.since_start()));
    if (world.random().chance(50))
        world.crash(*cast.source);
    else
        cast.source->leave();
    complete_within(world, cast.asset.id, 30s, story);
}

// One source tells the truth, one peer has everything too and spoils what it sends.
void liar(World& world, const Knobs& knobs, Story& story) {
    NodeOptions honest;
    honest.max_upload = 2 * kMiB;
    Cast cast = make_cast(world, knobs.peers ? knobs.peers : 5,
                          knobs.bytes ? knobs.bytes : 10 * kMiB, honest);
    NodeOptions options;
    options.name = "liar";
    options.lies_percent = world.random().chance(50) ? 100 : 20;
    SimNode& liar = world.add(options);
    liar.disk().put(cast.asset, RangeSet::up_to(cast.asset.fragments()));
    liar.start();
    world.run(1s);
    fetch_all(cast);
    complete_within(world, cast.asset.id, 60s, story);
    story.push_back("the liar was barred " + std::to_string(world.reports("neighbour.barred")) +
                    " times, " + std::to_string(world.wasted()) + " chunks came in vain");
    for (const SimNode* peer : cast.peers) {
        const std::uint64_t taken = world.sent(liar, *peer);
        if (options.lies_percent < 100) continue;
        // What was underway when the first chunk failed, and the same of one more fragment.
        require(world, taken <= 2 * limits::kMaxInFlightBytes,
                peer->name() + " took " + human_bytes(taken) + " from the liar");
    }
    if (options.lies_percent == 100)
        require(world, world.reports("neighbour.barred") >= 1, "the liar was never barred");
}

// A fast and a slow holder: whoever fetches is not held up by the slow one.
void slow(World& world, const Knobs& knobs, Story& story) {
    NodeOptions fast;
    fast.host.up_rate = 4 * kMiB;
    Cast cast = make_cast(world, 1, knobs.bytes ? knobs.bytes : 20 * kMiB, fast);
    NodeOptions options;
    options.name = "slow";
    options.host.up_rate = 40 << 10;
    SimNode& slow = world.add(options);
    slow.disk().put(cast.asset, RangeSet::up_to(cast.asset.fragments()));
    slow.start();
    world.run(1s);
    fetch_all(cast);
    const Duration alone{
        static_cast<Duration::rep>(cast.asset.manifest->size() * 1'000'000 / fast.host.up_rate)};
    complete_within(world, cast.asset.id, alone + alone / 2 + 2s, story);
    story.push_back("the fast one alone needs " + seconds(alone));
}

// What lay on the disk when a peer was killed is not fetched again: World checks each request.
void crashes(World& world, const Knobs& knobs, Story& story) {
    NodeOptions source;
    source.max_upload = 2 * kMiB;
    Cast cast = make_cast(world, knobs.peers ? knobs.peers : 8,
                          knobs.bytes ? knobs.bytes : 40 * kMiB, source);
    fetch_all(cast);
    int killed = 0;
    for (int round = 0; round < 40; ++round) {
        world.run(world.random().between(50ms, 600ms));
        SimNode& node = *cast.peers[world.random().below(cast.peers.size())];
        if (node.alive()) {
            world.crash(node);
            ++killed;
        } else {
            node.start();
            node.fetch(cast.asset.id);
        }
    }
    for (SimNode* peer : cast.peers)
        if (!peer->alive()) {
            peer->start();
            peer->fetch(cast.asset.id);
        }
    story.push_back(std::to_string(killed) + " kills");
    complete_within(world, cast.asset.id, 120s, story);
    truth_within(world, {cast.asset.id}, 30s, story);
}

void full_disk(World& world, const Knobs& knobs, Story& story) {
    const std::uint64_t bytes = knobs.bytes ? knobs.bytes : 10 * kMiB;
    NodeOptions small;
    small.disk.capacity = bytes * 45 / 100;
    Cast cast = make_cast(world, 1, bytes, {}, small);
    SimNode& tight = *cast.peers[0];
    fetch_all(cast);
    world.run(20s);
    require(world, !tight.disk().whole(cast.asset.id), "it has more than fits");
    require(world, tight.disk().used() + 2 * limits::kChunkBytes > small.disk.capacity,
            "it stopped before the disk was full");
    // It serves what it has: another gets that from it alone.
    const RangeSet has = tight.disk().done(cast.asset.id);
    world.crash(*cast.source);
    SimNode& other = world.add({});
    other.start();
    world.run(500ms);
    other.fetch(cast.asset.id, has);
    require(world,
            has.empty() || world.run_until(
                               [&] {
                                   RangeSet left = has;
                                   left.remove(other.disk().done(cast.asset.id));
                                   return left.empty();
                               },
                               20s),
            "a peer with a full disk does not serve what it has");
    cast.source->start();
    tight.make_room(0);
    other.fetch(cast.asset.id);
    complete_within(world, cast.asset.id, 60s, story);
}

void silence(World& world, const Knobs& knobs, Story& story) {
    NodeOptions source;
    source.max_upload = kMiB;
    Cast cast = make_cast(world, knobs.peers ? knobs.peers : 4,
                          knobs.bytes ? knobs.bytes : 10 * kMiB, source);
    fetch_all(cast);
    world.run(1s);
    for (const SimNode* peer : cast.peers)
        world.network().kill_silently(cast.source->id(), peer->id());
    world.run(500ms);
    // SIGSTOP for longer than a lease.
    cast.peers[0]->pause();
    world.run(20s);
    cast.peers[0]->resume();
    complete_within(world, cast.asset.id, 60s, story);
    truth_within(world, {cast.asset.id}, 30s, story);
}

}  // namespace fragcast::sim

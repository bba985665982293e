// Peers that lie, lag, die and fill up.
#include "messages/wire/endpoint.hpp"
#include "tests/sim/scenarios.hpp"

#include <algorithm>
#include <chrono>

namespace fragcast::sim {

using namespace std::chrono_literals;

namespace {}

static void source_leaves(World& world, const Knobs& knobs, Story& story) {
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

namespace {

struct Deceived {
    Cast cast;
    SimNode* liar = nullptr;
};

// One source tells the truth; a liar, known to all, has these fragments too.
Deceived deceive(World& world, const Knobs& knobs, Lies lies, std::uint32_t fragments) {
    NodeOptions honest;
    honest.max_upload = 2 * kMiB;
    Deceived all{make_cast(world, knobs.peers ? knobs.peers : 5,
                           knobs.bytes ? knobs.bytes : 10 * kMiB, honest)};
    NodeOptions options;
    options.name = "liar";
    options.lies = lies;
    all.liar = &world.add(options);
    all.liar->disk().put(all.cast.asset, RangeSet::up_to(fragments));
    all.liar->start();
    world.run(1s);
    return all;
}

void complete_without(World& world, const Deceived& all, Duration limit, Story& story) {
    const auto done = [&] {
        return std::all_of(all.cast.peers.begin(), all.cast.peers.end(),
                           [&](SimNode* peer) { return peer->disk().whole(all.cast.asset.id); });
    };
    const Duration before = world.since_start();
    require(world, world.run_until(done, limit),
            "not everybody complete within " + seconds(limit) + " beside a liar");
    story.push_back("everybody has it all after " + seconds(world.since_start() - before));
    story.push_back("the liar was barred " + std::to_string(world.reports("neighbour.barred")) +
                    " times, " + std::to_string(world.wasted()) + " chunks came in vain");
}

}  // namespace

// It spoils the chunks that it sends, all of them or every fifth.
static void liar(World& world, const Knobs& knobs, Story& story) {
    Lies lies;
    lies.chunks = world.random().chance(50) ? 100 : 20;
    const Deceived all = deceive(world, knobs, lies, 10);
    fetch_all(all.cast);
    complete_without(world, all, 20s, story);
    require(world, world.wasted() > 0, "nobody was lied to");
    if (lies.chunks < 100) return;
    for (const SimNode* peer : all.cast.peers) {
        const std::uint64_t taken = world.sent(*all.liar, *peer);
        // What was underway when the first chunk failed, and the same of one more fragment.
        require(world, taken <= 2 * limits::kMaxInFlightBytes,
                peer->name() + " took " + human_bytes(taken) + " from the liar");
    }
    require(world, world.reports("neighbour.barred") >= 1, "the liar was never barred");
}

// No proof of it matches the manifest. It is alone at first, so that all ask it.
static void wrong_proofs(World& world, const Knobs& knobs, Story& story) {
    Lies lies;
    lies.proofs = true;
    const Deceived all = deceive(world, knobs, lies, 10);
    world.crash(*all.cast.source);
    fetch_all(all.cast);
    world.run(3s);
    require(world, world.sent() == 0, "a chunk was asked for by a wrong proof");
    require(world, world.reports("neighbour.barred") == all.cast.peers.size(),
            "not everybody barred the liar");
    all.cast.source->start();
    complete_without(world, all, 20s, story);
    require(world, world.wasted() == 0, "chunks came in vain");
}

// It has one fragment of ten and claims them all.
static void boaster(World& world, const Knobs& knobs, Story& story) {
    Lies lies;
    lies.claims = true;
    const Deceived all = deceive(world, knobs, lies, 1);
    fetch_all(all.cast);
    complete_without(world, all, 20s, story);
    require(world, world.wasted() == 0, "chunks came in vain");
}

// It answers twice, and what others were asked, and begins manifests that it does not end: nobody
// loses more by it than what it sends.
static void babbler(World& world, const Knobs& knobs, Story& story) {
    Lies lies;
    lies.babble = true;
    const Deceived all = deceive(world, knobs, lies, 10);
    constexpr std::uint32_t kLarge = 12;  // manifests of several parts: more than may be coming
    const RangeSet first{{0, 1}};
    std::vector<SimAsset> others;
    for (std::uint32_t i = 0; i < kLarge; ++i) {
        others.push_back(make_file("large" + std::to_string(i), 8000, 1000));
        all.liar->add(others.back(), first);
        all.cast.source->add(others.back(), first);
    }
    world.run(1s);
    fetch_all(all.cast);
    for (const SimAsset& other : others)
        for (SimNode* peer : all.cast.peers)
            peer->fetch(other.id, first);
    complete_without(world, all, 20s, story);
    const auto have_all = [&] {
        for (const SimAsset& other : others)
            for (const SimNode* peer : all.cast.peers)
                if (peer->disk().done(other.id) != first) return false;
        return true;
    };
    require(world, world.run_until(have_all, 60s), "manifests that are not ended hold somebody up");
    story.push_back("and of " + std::to_string(kLarge) +
                    " large manifests the first fragment after " + seconds(world.since_start()));
}

// A fast and a slow holder: whoever fetches is not held up by the slow one.
static void slow(World& world, const Knobs& knobs, Story& story) {
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

// Twelve who claim all and send nothing beside one source: who fetches notices soon, and needs at
// most twice the time that it takes without them.
static void silent_crowd(World& world, const Knobs& knobs, Story& story) {
    NodeOptions source;
    source.host.up_rate = 16 * kMiB;
    Cast cast = make_cast(world, 1, knobs.bytes ? knobs.bytes : 20 * kMiB, source);
    const auto fetch = [&](SimNode& who) {
        const Duration before = world.since_start();
        who.fetch(cast.asset.id);
        require(world, world.run_until([&] { return who.disk().whole(cast.asset.id); }, 60s),
                who.name() + " does not get it: " + who.disk().done(cast.asset.id).text());
        return world.since_start() - before;
    };
    const Duration alone = fetch(*cast.peers[0]);
    world.crash(*cast.peers[0]);
    NodeOptions mute;
    mute.lies.silent = true;
    for (std::uint32_t i = 0; i < (knobs.peers ? knobs.peers : 12); ++i) {
        SimNode& node = world.add(mute);
        node.disk().put(cast.asset, RangeSet::up_to(cast.asset.fragments()));
        node.start();
    }
    SimNode& second = world.add({});
    second.start();
    world.run(limits::kLease + 5s);  // the first one is gone for all
    const Duration beside = fetch(second);
    story.push_back("alone " + seconds(alone) + ", beside the silent " + seconds(beside));
    require(
        world, beside <= 2 * alone,
        "it took " + seconds(beside) + " beside the silent, " + seconds(alone) + " without them");
}

// What lay on the disk when a peer was killed is not fetched again: World checks each request.
static void crashes(World& world, const Knobs& knobs, Story& story) {
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

static void full_disk(World& world, const Knobs& knobs, Story& story) {
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

static void silence(World& world, const Knobs& knobs, Story& story) {
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

// --- the list ------------------------------------------------------------------------------------

const Stories kFaultsStories{
    {"source-leaves", "the source leaves when one copy exists", source_leaves},
    {"liar", "a peer that sends wrong bytes", liar},
    {"wrong-proofs", "a peer that sends wrong proofs", wrong_proofs},
    {"boaster", "a peer that claims what it has not", boaster},
    {"babbler", "a peer that answers twice, what others were asked, and half of manifests",
     babbler},
    {"slow", "a holder with a slow line beside a fast one", slow},
    {"silent-crowd", "twelve who claim all and send nothing, beside a source", silent_crowd},
    {"crashes", "peers are killed and started again at random", crashes},
    {"full-disk", "a peer whose disk is full, until it is not", full_disk},
    {"silence", "connections that die without a word, processes that stop for a while", silence}};

}  // namespace fragcast::sim

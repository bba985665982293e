#include "tests/sim/scenarios.hpp"

#include "messages/wire/endpoint.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

namespace fragcast::sim {

using namespace std::chrono_literals;

// --- what the stories share ----------------------------------------------------------------------

void require(const World& world, bool holds, const std::string& what) {
    if (!holds) world.fail("story", what);
}

std::string seconds(Duration time) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2f s", static_cast<double>(time.count()) / 1e6);
    return text;
}

std::string hex(std::uint64_t digest) {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(digest));
    return text;
}

Cast make_cast(World& world, std::uint32_t peers, std::uint64_t bytes, NodeOptions source,
               const NodeOptions& peer) {
    constexpr std::uint32_t kFragments = 10;
    Cast cast;
    cast.asset = make_file("film", kFragments, std::max<std::uint64_t>(bytes / kFragments, 1));
    if (source.name.empty()) source.name = "source";
    cast.source = &world.add(std::move(source));
    cast.source->disk().put(cast.asset, RangeSet::up_to(kFragments));
    cast.source->start();
    for (std::uint32_t i = 0; i < peers; ++i) {
        cast.peers.push_back(&world.add(peer));
        cast.peers.back()->start();
    }
    world.run(500ms);
    return cast;
}

void fetch_all(const Cast& cast) {
    for (SimNode* peer : cast.peers)
        peer->fetch(cast.asset.id);
}

void complete_within(World& world, const AssetId& asset, Duration limit, Story& story) {
    // Longer than allowed, so that the failure tells how late it was.
    const Duration before = world.since_start();
    const bool done = world.run_until([&] { return world.complete(asset); }, 4 * limit);
    const Duration took = world.since_start() - before;
    std::string lacking;
    for (const SimNode& node : world.nodes())
        if (node.alive() && !node.disk().whole(asset))
            lacking += " " + node.name() + " (" + node.disk().done(asset).text() + ")";
    require(world, done, "not complete after " + seconds(took) + ":" + lacking);
    require(world, took <= limit,
            "complete after " + seconds(took) + ", should be within " + seconds(limit));
    story.push_back("everybody has it all after " + seconds(took));
}

void truth_within(World& world, const std::vector<AssetId>& assets, Duration limit, Story& story) {
    const Duration before = world.since_start();
    // Everybody is asked of everybody: looked at now and then.
    std::string lie = world.untrue(assets);
    while (!lie.empty() && world.since_start() - before < limit) {
        world.run(std::min<Duration>(100ms, limit - (world.since_start() - before)));
        lie = world.untrue(assets);
    }
    require(world, lie.empty(), lie);
    story.push_back("everybody knows who has what after " + seconds(world.since_start() - before));
}

// --- the plain ones ------------------------------------------------------------------------------

namespace {

// Two peers copy an asset; nothing is sent twice.
void two(World& world, const Knobs& knobs, Story& story) {
    Cast cast = make_cast(world, 1, knobs.bytes ? knobs.bytes : 20 * kMiB);
    fetch_all(cast);
    complete_within(world, cast.asset.id, 10s, story);
    const std::uint64_t size = cast.asset.manifest->size();
    require(world, world.sent(*cast.source) == size, "the source sent more than the asset");
    require(world, world.wasted() == 0, "chunks were thrown away");
    truth_within(world, {cast.asset.id}, 1s, story);
}

// The source sends everything once before anything twice, and the others pass it on while it comes:
// all are done soon after the source's uplink could have sent it once.
void relay(World& world, const Knobs& knobs, Story& story) {
    const std::uint32_t peers = knobs.peers ? knobs.peers : 20;
    NodeOptions source;
    source.max_upload = knobs.upload ? knobs.upload : kMiB;
    Cast cast = make_cast(world, peers, knobs.bytes ? knobs.bytes : 20 * kMiB, source);
    fetch_all(cast);
    const std::uint64_t size = cast.asset.manifest->size();
    const Duration once{static_cast<Duration::rep>(size * 1'000'000 / source.max_upload)};
    // A hop costs a chunk's time; a tenth is for finding out and for what is sent twice.
    const Duration bound = once + once / 10 + 2s;
    story.push_back("the source alone needs " + seconds(once) + " to send it once");
    complete_within(world, cast.asset.id, bound, story);
    const std::uint64_t sent = world.sent(*cast.source);
    story.push_back("the source sent " + human_bytes(sent) + " of " + human_bytes(size) +
                    ", the others " + human_bytes(size * peers - std::min(sent, size * peers)));
    require(world, sent <= size + size / 8, "the source sent " + human_bytes(sent));
    story.push_back(std::to_string(world.wasted()) + " chunks came in vain");
    require(world, world.wasted() * limits::kChunkBytes <= size * peers / 20,
            std::to_string(world.wasted()) + " chunks came in vain");
}

// Everybody has another tenth, and gets the rest from all the others.
void exchange(World& world, const Knobs& knobs, Story& story) {
    const std::uint32_t peers = knobs.peers ? knobs.peers : 10;
    const SimAsset film = make_file("film", peers, (knobs.bytes ? knobs.bytes : 20 * kMiB) / peers);
    for (std::uint32_t i = 0; i < peers; ++i) {
        NodeOptions options;
        options.host.up_rate = 4 * kMiB;
        SimNode& node = world.add(options);
        node.disk().put(film, RangeSet{{i, i + 1}});
        node.start();
    }
    world.run(1s);
    for (SimNode& node : world.nodes())
        node.fetch(film.id);
    complete_within(world, film.id, 30s, story);
    truth_within(world, {film.id}, 1s, story);
}

// Fragments of many chunks, so that what is asked for at once has its full length.
void large_fragments(World& world, const Knobs& knobs, Story& story) {
    constexpr std::uint32_t kFragments = 3;
    const SimAsset film =
        make_file("film", kFragments, (knobs.bytes ? knobs.bytes : 48 * kMiB) / kFragments);
    NodeOptions options;
    options.host.up_rate = 32 * kMiB;
    for (std::uint32_t i = 0; i < 4; ++i) {
        SimNode& node = world.add(options);
        if (i < 2) node.disk().put(film, RangeSet::up_to(kFragments));
        node.start();
    }
    world.run(1s);
    for (SimNode& node : world.nodes())
        node.fetch(film.id);
    complete_within(world, film.id, 10s, story);
    truth_within(world, {film.id}, 1s, story);
}

constexpr Scenario kScenarios[] = {
    {"two", "two peers copy an asset", two},
    {"relay", "twenty peers and one source with an upload limit", relay},
    {"exchange", "ten peers have a tenth each", exchange},
    {"large-fragments", "two holders of fragments of 64 chunks, and two who want them",
     large_fragments},
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
    {"silence", "connections that die without a word, processes that stop for a while", silence},
    {"late-joiner", "a peer that no announcement reaches", late_joiner},
    {"bus-restart", "the bus is killed and comes back", bus_restart},
    {"two-buses", "two buses, each of them killed once", bus_restart, 2},
    {"lossy-bus", "one announcement in three is lost", lossy_bus},
    {"last-word", "exactly the last announcement of a peer is lost", last_word},
    {"partition", "the swarm is cut in two, both halves change, and it heals", partition},
    {"no-bus", "friends only", no_bus, 0},
    {"bus-away", "the bus dies for a while: all goes on, and nothing is asked twice", bus_away},
    {"churn", "everything goes wrong for ten minutes", churn},
    {"copied-store", "two peers with one store's key", copied_store},
    {"copies", "what one has, R have soon", copies_made},
    {"repair", "a holder is killed for good", copies_repaired},
    {"missed", "holders that come back in time", copies_missed},
    {"bus-storm", "the bus dies and comes back, and nobody repairs anything", copies_without_bus},
    {"hand-over", "peers stop: one, then all of them", handed_over},
    {"drain", "peers leave for good, one after the other", drained},
    {"drain-unlinked", "a peer without links leaves for good", drained_unlinked},
    {"eviction", "stores that are too small for all that is wanted", eviction},
    {"usurpers", "invented ids claim what one was given, and a guest fills its store", usurpers},
    {"drain-stop", "a stop overrules a drain", drain_overruled},
    {"silent-taker", "one who should take what a stopping peer has stands still", taker_silent},
    {"silent-witness", "one who should confirm a copy before an eviction stands still",
     witness_silent},
    {"many-copies", "hundreds of fragments lack copies", copies_at_a_time},
    {"put", "some of those who should take their part of a put do not answer", put_passes_over},
    {"put-waits", "a put to two, one of which is away for a while", put_waits},
    {"viewer", "a film is watched while it comes", viewer},
    {"audience", "a class watches together from one source with a thin line", audience},
    {"real-copy", "real stores: four peers copy an asset", real_copy},
    {"real-power-cuts", "real stores: the power fails again and again", real_power_cuts},
    {"real-full-disk", "real stores: no room, and then room again", real_full_disk},
    {"real-bad-disks", "real stores: one change in ten fails", real_bad_disks},
    {"real-rot", "real stores: a byte rots at the source", real_rot},
    {"real-last-step", "real stores: a fragment's last step fails", real_last_step},
    {"real-removed", "real stores: removed while it arrives, and wanted again", real_removed},
    {"slow-relay", "who was sent a film first passes it on slowly, and two watch it", slow_relay},
};

}  // namespace

std::span<const Scenario> scenarios() {
    return kScenarios;
}

const Scenario* find_scenario(const std::string& name) {
    for (const Scenario& one : kScenarios)
        if (one.name == name) return &one;
    return nullptr;
}

Played play(const Scenario& scenario, WorldOptions options, const Knobs& knobs) {
    options.buses = scenario.buses;
    World world(std::move(options));
    Played played;
    scenario.play(world, knobs, played.story);
    played.trace = world.trace();
    played.outcome = world.outcome();
    played.messages = world.messages();
    played.took = world.since_start();
    return played;
}

}  // namespace fragcast::sim

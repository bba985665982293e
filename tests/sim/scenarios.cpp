#include "tests/sim/scenarios.hpp"

#include "messages/wire/endpoint.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
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

const Stories kFirstStories{
    {"two", "two peers copy an asset", two},
    {"relay", "twenty peers and one source with an upload limit", relay},
    {"exchange", "ten peers have a tenth each", exchange},
    {"large-fragments", "two holders of fragments of 64 chunks, and two who want them",
     large_fragments}};

}  // namespace

// Of all files; the first to come makes it.
std::vector<Scenario>& Stories::all() {
    static std::vector<Scenario> stories;
    return stories;
}

Stories::Stories(std::initializer_list<Scenario> stories) {
    all().insert(all().end(), stories.begin(), stories.end());
    std::sort(all().begin(), all().end(),
              [](const Scenario& a, const Scenario& b) { return std::strcmp(a.name, b.name) < 0; });
}

const Scenario* find_scenario(const std::string& name) {
    for (const Scenario& one : Stories::all())
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

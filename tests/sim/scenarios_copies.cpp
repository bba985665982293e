// Copies: made, made again, moved on, given up; never lost.
#include "messages/wire/endpoint.hpp"
#include "tests/sim/scenarios.hpp"

#include <algorithm>
#include <chrono>

namespace fragcast::sim {

using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t kFragments = 10;

// How many live peers have it, whoever they are; `staying`: of those that hold copies and stay.
std::uint32_t holders(World& world, const FragmentRef& fragment) {
    std::uint32_t count = 0;
    for (const SimNode& node : world.nodes())
        count += node.alive() && node.disk().done(fragment);
    return count;
}

std::string holders_text(World& world, const SimAsset& asset) {
    std::string text;
    for (std::uint32_t i = 0; i < asset.fragments(); ++i)
        text += (i ? " " : "") + std::to_string(holders(world, {asset.id, {i}}));
    return text;
}

bool each_has(World& world, const SimAsset& asset, std::uint32_t least) {
    for (std::uint32_t i = 0; i < asset.fragments(); ++i)
        if (holders(world, {asset.id, {i}}) < least) return false;
    return true;
}

// No fragment was fetched by more peers than it lacked.
void require_exactly(World& world, const SimAsset& asset, std::uint32_t copies) {
    for (std::uint32_t i = 0; i < asset.fragments(); ++i)
        require(world, holders(world, {asset.id, {i}}) == copies,
                asset.manifest->name + ": copies of its fragments, wanted " +
                    std::to_string(copies) + ": " + holders_text(world, asset));
}

struct Town {
    std::vector<SimNode*> peers;
    SimAsset film;
};

NodeOptions keeper() {
    NodeOptions options;
    options.capacity = 1;
    return options;
}

// So many peers that keep copies; the first one gets the film.
Town make_town(World& world, std::uint32_t peers, std::uint32_t replicas, std::uint64_t bytes,
               const NodeOptions& options = keeper()) {
    Town town;
    for (std::uint32_t i = 0; i < peers; ++i) {
        town.peers.push_back(&world.add(options));
        town.peers.back()->start();
    }
    world.run(limits::kSettling + 1s);
    town.film = make_file("film", kFragments, bytes / kFragments, replicas);
    town.peers.front()->add(town.film, RangeSet::up_to(kFragments));
    return town;
}

void copies_within(World& world, const SimAsset& asset, std::uint32_t copies, Duration limit,
                   Story& story) {
    const Duration before = world.since_start();
    require(world, world.run_until([&] { return each_has(world, asset, copies); }, limit),
            "not " + std::to_string(copies) + " copies of each fragment within " + seconds(limit) +
                ": " + holders_text(world, asset));
    story.push_back(std::to_string(copies) + " copies of each fragment after " +
                    seconds(world.since_start() - before));
}

}  // namespace

// What one has, R have soon, and no more; one that joins moves nothing.
static void copies_made(World& world, const Knobs& knobs, Story& story) {
    const std::uint32_t replicas = world.random().chance(50) ? 2 : 3;
    const Town town = make_town(world, knobs.peers ? knobs.peers : 8, replicas,
                                knobs.bytes ? knobs.bytes : 20 * kMiB);
    copies_within(world, town.film, replicas, 20s, story);
    world.run(20s);
    require_exactly(world, town.film, replicas);
    const std::uint64_t sent = world.sent();
    require(world, sent == (replicas - 1) * town.film.manifest->size(),
            human_bytes(sent) + " were sent for " + std::to_string(replicas - 1) + " copies more");
    SimNode& late = world.add(keeper());
    late.start();
    world.run(30s);
    require(world, world.sent() == sent, "a peer that joined moved something");
    truth_within(world, {town.film.id}, 1s, story);
}

// Killed for good: what one has left is copied at once, the rest when it is given up.
static void copies_repaired(World& world, const Knobs& knobs, Story& story) {
    const std::uint32_t replicas = world.random().chance(50) ? 2 : 3;
    Town town = make_town(world, knobs.peers ? knobs.peers : 7, replicas,
                          knobs.bytes ? knobs.bytes : 20 * kMiB);
    copies_within(world, town.film, replicas, 20s, story);
    // The one that was given the film has all of it.
    SimNode& killed = *town.peers.front();
    world.crash(killed);
    const std::uint64_t before = world.sent();
    // Missed within its lease.
    copies_within(world, town.film, 2, limits::kLease + 10s, story);
    if (replicas > 2) {
        world.run(limits::kRepairAfter - 60s);
        require(world, world.sent() == before, "repaired what may come back");
    }
    copies_within(world, town.film, replicas, limits::kRepairAfter, story);
    world.run(20s);
    require_exactly(world, town.film, replicas);
    // Back, it brings one copy more, and nobody fetches anything.
    const std::uint64_t repaired = world.sent();
    killed.start();
    world.run(20s);
    require(world, world.sent() == repaired, "its return made others fetch");
}

// One that comes back in time makes nobody work, where two others have it too.
static void copies_missed(World& world, const Knobs& knobs, Story& story) {
    Town town =
        make_town(world, knobs.peers ? knobs.peers : 7, 3, knobs.bytes ? knobs.bytes : 20 * kMiB);
    copies_within(world, town.film, 3, 20s, story);
    world.run(10s);
    const std::uint64_t before = world.sent();
    for (int i = 0; i < 3; ++i) {
        SimNode& node = *town.peers[world.random().below(town.peers.size())];
        if (world.random().chance(50))
            world.crash(node);
        else
            node.stop(false, 8s);
        world.run(world.random().between(1s, 90s));
        if (node.alive()) world.crash(node);
        node.start();
        world.run(10s);
    }
    require(world, world.sent() == before, "a peer that came back in time was repaired");
    truth_within(world, {town.film.id}, 10s, story);
}

// Stopping hands over last copies only; where nobody stays, nothing, at once.
static void handed_over(World& world, const Knobs& knobs, Story& story) {
    Town town =
        make_town(world, knobs.peers ? knobs.peers : 5, 1, knobs.bytes ? knobs.bytes : 20 * kMiB);
    // Of the other half there is a copy.
    town.peers[1]->fetch(town.film.id, RangeSet{{0, kFragments / 2}});
    world.run(5s);
    const std::uint64_t before = world.sent();
    SimNode& first = *town.peers.front();
    first.stop(false, limits::kStopTimeout);
    const Duration began = world.since_start();
    require(world, world.run_until([&] { return !first.alive(); }, limits::kStopTimeout + 1s),
            "it does not end in time");
    story.push_back("stopped after " + seconds(world.since_start() - began));
    require(world, each_has(world, town.film, 1), "lost: " + holders_text(world, town.film));
    require(world, world.sent() - before == town.film.manifest->size() / 2,
            human_bytes(world.sent() - before) + " were handed over");
    world.run(5s);
    // All the others at once, and perhaps the bus.
    if (world.random().chance(50)) world.bus().kill();
    const std::uint64_t moved = world.sent();
    for (SimNode* peer : town.peers)
        if (peer->alive()) peer->stop(false, limits::kStopTimeout);
    const Duration all = world.since_start();
    require(world,
            world.run_until(
                [&] {
                    return std::none_of(town.peers.begin(), town.peers.end(),
                                        [](const SimNode* peer) { return peer->alive(); });
                },
                3s),
            "a swarm that stops as a whole takes longer than 3 s");
    story.push_back("all stopped after " + seconds(world.since_start() - all) + ", moving " +
                    human_bytes(world.sent() - moved));
}

// Who drains leaves R copies of all that it had.
static void drained(World& world, const Knobs& knobs, Story& story) {
    const std::uint32_t peers = knobs.peers ? knobs.peers : 6;
    Town town = make_town(world, peers, 2, knobs.bytes ? knobs.bytes : 20 * kMiB);
    copies_within(world, town.film, 2, 20s, story);
    world.run(5s);
    const bool no_bus = world.random().chance(30);
    if (no_bus) world.bus().kill();
    // One after the other, until two are left.
    for (std::uint32_t i = 0; i + 2 < peers; ++i) {
        SimNode& node = *town.peers[i];
        node.stop(true, limits::kDrainTimeout);
        const Duration began = world.since_start();
        require(world, world.run_until([&] { return !node.alive(); }, 30s),
                node.name() + " does not end");
        story.push_back(node.name() + " drained in " + seconds(world.since_start() - began));
        require(world, each_has(world, town.film, 2),
                "after " + node.name() + " drained: " + holders_text(world, town.film));
    }
    require_exactly(world, town.film, 2);
}

// Who drains has no links: it dials those who stay before it says that they have all.
static void drained_unlinked(World& world, const Knobs& knobs, Story& story) {
    const std::uint32_t replicas = world.random().chance(50) ? 1 : 2;
    Town town = make_town(world, 3, replicas, knobs.bytes ? knobs.bytes : 20 * kMiB);
    copies_within(world, town.film, replicas, 20s, story);
    world.run(limits::kIdleLink + 10s);
    if (world.random().chance(30)) world.crash(*town.peers[2]);
    const std::uint32_t staying = town.peers[2]->alive() ? 2 : 1;
    SimNode& leaver = *town.peers.front();
    leaver.stop(true, limits::kDrainTimeout);
    require(world, world.run_until([&] { return !leaver.alive(); }, 30s), "it does not end");
    require(world, each_has(world, town.film, std::min(replicas, staying)),
            "after it drained: " + holders_text(world, town.film));
    // The last one says what it takes with it.
    const std::size_t told = world.reports("stopping.at_risk");
    if (town.peers[2]->alive()) world.crash(*town.peers[2]);
    world.run(limits::kDeadAfterSilence + 2s);  // the bus still lists it, and no link is left
    SimNode& last = *town.peers[1];
    const bool has = !last.disk().done(town.film.id).empty();
    last.stop(true, limits::kDrainTimeout);
    require(world, world.run_until([&] { return !last.alive(); }, 5s), "the last does not end");
    require(world, world.reports("stopping.at_risk") == told + has, "it does not say what is lost");
}

// More is published than the stores hold; each is kept below its limit, and what is dropped has its
// copies elsewhere.
static void eviction(World& world, const Knobs& knobs, Story& story) {
    const std::uint32_t peers = knobs.peers ? knobs.peers : 6;
    const std::uint64_t bytes = knobs.bytes ? knobs.bytes : 4 * kMiB;
    NodeOptions options = keeper();
    options.max_store = 3 * bytes;
    std::vector<SimNode*> nodes;
    for (std::uint32_t i = 0; i < peers; ++i) {
        nodes.push_back(&world.add(options));
        nodes.back()->start();
    }
    world.run(limits::kSettling + 1s);
    std::vector<SimAsset> films;
    const auto safe = [&] {
        for (const SimNode* node : nodes)
            require(world, node->disk().used() <= options.max_store,
                    node->name() + " has " + human_bytes(node->disk().used()));
        for (const SimAsset& film : films)
            require(world, each_has(world, film, 2),
                    film.manifest->name + " has lost copies: " + holders_text(world, film));
    };
    // Two copies of six films fill two thirds of six stores; all want to see all of them. Each
    // keeps the one that was put there.
    for (std::uint32_t i = 0; i < peers; ++i) {
        const SimAsset film =
            make_file("film " + std::to_string(i), kFragments, bytes / kFragments);
        nodes[i]->add(film, RangeSet::up_to(kFragments));
        copies_within(world, film, 2, 60s, story);
        films.push_back(film);
    }
    for (int round = 0; round < 20; ++round) {
        SimNode& node = *nodes[world.random().below(nodes.size())];
        node.play(films[world.random().below(films.size())].id);
        for (int look = 0; look < 20; ++look) {
            world.run(world.random().between(50ms, 500ms));
            safe();
        }
    }
    for (std::uint32_t i = 0; i < peers; ++i)
        require(world, nodes[i]->disk().whole(films[i].id), "what was put there is gone");
    story.push_back(std::to_string(world.reports("store.evicted")) + " evictions");
    require(world, world.reports("store.evicted") > 0, "nothing was ever dropped");
}

// Three ids that nobody knew before, each more than all others by its own word, claim the one film
// that its holder was given, and a guest fills the holder's store: it says that it is full, and
// keeps what it has, through a restart as well.
static void usurpers(World& world, const Knobs& knobs, Story& story) {
    const std::uint64_t bytes = knobs.bytes ? knobs.bytes : 10 * kMiB;
    NodeOptions options = keeper();
    options.max_store = 2 * bytes + bytes / 2;
    SimNode& holder = world.add(options);
    holder.start();
    world.run(limits::kSettling + 1s);
    const SimAsset film = make_file("film", kFragments, bytes / kFragments, 2);
    holder.add(film, RangeSet::up_to(kFragments));
    NodeOptions liar = keeper();
    liar.capacity = 1U << 31;
    liar.lies.claims = true;
    liar.max_store = 2 * bytes / kFragments;
    for (int i = 0; i < 3; ++i) {
        SimNode& usurper = world.add(liar);
        usurper.start();
        // One fragment is enough to claim them all.
        usurper.add(film, RangeSet{{0, 1}});
    }
    world.run(5s);
    if (world.random().chance(50)) {
        world.crash(holder);
        holder.start();
        world.run(5s);
    }
    // The guest offers four times what is left.
    NodeOptions guest;
    guest.guest = true;
    SimNode& filler = world.add(guest);
    filler.start();
    world.run(1s);
    std::vector<SimAsset> junk;
    for (int i = 0; i < 4; ++i) {
        junk.push_back(make_file("junk " + std::to_string(i), kFragments, bytes / kFragments, 1));
        filler.add(junk.back(), RangeSet::up_to(kFragments));
        filler.publish(junk.back().id, {{holder.swarm().self(), RangeSet::up_to(kFragments)}});
        world.run(world.random().between(2s, 5s));
        require(world, holder.disk().whole(film.id),
                "lost what was put there: it has " + holder.disk().done(film.id).text());
    }
    // And somebody there wants more than fits.
    const SimAsset more = make_file("more", kFragments, bytes / kFragments, 1);
    filler.add(more, RangeSet::up_to(kFragments));
    holder.fetch(more.id);
    world.run(30s);
    require(world, holder.disk().whole(film.id),
            "lost what was put there: it has " + holder.disk().done(film.id).text());
    require(world, holder.disk().used() <= options.max_store, "it has more than its limit");
    require(world, world.reports("store.limit") > 0, "it does not say that it is full");
    story.push_back("its limit was told " + std::to_string(world.reports("store.limit")) +
                    " times, and " + std::to_string(world.reports("store.evicted")) +
                    " times something was dropped");
}

// The bus dies and comes back: nobody repairs anything.
static void copies_without_bus(World& world, const Knobs& knobs, Story& story) {
    Town town =
        make_town(world, knobs.peers ? knobs.peers : 8, 2, knobs.bytes ? knobs.bytes : 20 * kMiB);
    copies_within(world, town.film, 2, 20s, story);
    world.run(5s);
    const std::uint64_t before = world.sent();
    for (int i = 0; i < 3; ++i) {
        world.bus().kill();
        world.run(world.random().between(1s, 60s));
        world.bus().start();
        world.run(world.random().between(1s, 60s));
    }
    require(world, world.sent() == before,
            "a storm of repairs: " + human_bytes(world.sent() - before));
    truth_within(world, {town.film.id}, 30s, story);
}

// --- the list ------------------------------------------------------------------------------------

const Stories kCopiesStories{
    {"copies", "what one has, R have soon", copies_made},
    {"repair", "a holder is killed for good", copies_repaired},
    {"missed", "holders that come back in time", copies_missed},
    {"bus-storm", "the bus dies and comes back, and nobody repairs anything", copies_without_bus},
    {"hand-over", "peers stop: one, then all of them", handed_over},
    {"drain", "peers leave for good, one after the other", drained},
    {"drain-unlinked", "a peer without links leaves for good", drained_unlinked},
    {"eviction", "stores that are too small for all that is wanted", eviction},
    {"usurpers", "invented ids claim what one was given, and a guest fills its store", usurpers}};

}  // namespace fragcast::sim

// Buses that die, lose and are cut off; and none at all.
#include "tests/sim/scenarios.hpp"

#include <algorithm>
#include <chrono>

namespace fragcast::sim {

using namespace std::chrono_literals;

namespace {

// Assets of one fragment appear here and there.
void publish_some(World& world, std::vector<SimNode*> where, int count,
                  std::vector<AssetId>& assets) {
    for (int i = 0; i < count; ++i) {
        const SimAsset asset = make_file("note " + std::to_string(assets.size()), 1, 1000);
        assets.push_back(asset.id);
        where[world.random().below(where.size())]->add(asset, RangeSet::up_to(1));
        world.run(world.random().between(10ms, 700ms));
    }
}

}  // namespace

// It learns what it needs by asking: nothing depends on an announcement.
static void late_joiner(World& world, const Knobs& knobs, Story& story) {
    Cast cast =
        make_cast(world, knobs.peers ? knobs.peers : 3, knobs.bytes ? knobs.bytes : 5 * kMiB);
    fetch_all(cast);
    complete_within(world, cast.asset.id, 30s, story);
    SimNode& late = world.add({});
    world.bus().deafen(late.id());
    late.start();
    world.run(1s);
    late.fetch(cast.asset.id);
    complete_within(world, cast.asset.id, 30s, story);
    // What comes into being now, too.
    const SimAsset next = make_file("next", 2, kMiB);
    cast.source->add(next, RangeSet::up_to(2));
    world.run(1s);
    late.fetch(next.id);
    require(world, world.run_until([&] { return late.disk().whole(next.id); }, 30s),
            "it does not find what was published after it joined");
    world.bus().undeafen(late.id());
    truth_within(world, {cast.asset.id, next.id}, 60s, story);
}

// Each bus is killed while a transfer is under way, and comes back on the same address.
static void bus_restart(World& world, const Knobs& knobs, Story& story) {
    NodeOptions source;
    source.max_upload = 2 * kMiB;
    Cast cast = make_cast(world, knobs.peers ? knobs.peers : 6,
                          knobs.bytes ? knobs.bytes : 30 * kMiB, source);
    fetch_all(cast);
    // However many buses carry it, it is one event.
    const std::size_t told = world.reports("asset.published");
    const SimAsset note = make_file("note", 1, 1000);
    cast.peers.front()->add(note, RangeSet::up_to(1));
    world.run(1s);
    require(world, world.reports("asset.published") - told == world.nodes().size(),
            "that something was published is shown to some more than once, or not at all");
    for (SimBus* each : cast.source->options().buses) {
        SimBus& bus = *each;
        world.run(3s);
        const std::uint64_t before = world.sent();
        bus.kill();
        world.run(world.random().between(1s, 8s));
        require(world, world.sent() > before || world.complete(cast.asset.id),
                "the transfer stood still while the bus was away");
        bus.start();
        const auto all_back = [&] {
            for (const SimNode& node : world.nodes())
                if (node.alive() && bus.session().leases().find(node.peer()) == nullptr)
                    return false;
            return true;
        };
        const Duration came = world.since_start();
        require(world, world.run_until(all_back, limits::kHeartbeat + 1s),
                "not everybody registered again within a heartbeat");
        story.push_back("all registered again " + seconds(world.since_start() - came) +
                        " after the bus came back");
    }
    complete_within(world, cast.asset.id, 60s, story);
    truth_within(world, {cast.asset.id}, 15s, story);
    require(world, world.reports("gap") <= 20 * world.nodes().size(), "a storm of questions");
}

// Everybody whom a beacon of somebody reached knows within a heartbeat what that one has.
void truth_after_beacons(World& world, const std::vector<AssetId>& assets, Duration limit,
                         Story& story) {
    world.watch_beacons();
    const Duration began = world.since_start();
    const auto look = [&] {
        bool all = true;
        for (SimNode& who : world.nodes())
            for (const SimNode& whom : world.nodes()) {
                if (!who.alive() || who.id() == whom.id()) continue;
                if (world.knows(who, whom, assets)) continue;
                all = false;
                const auto heard = world.beacons().find({who.id(), whom.peer()});
                require(world,
                        heard == world.beacons().end() ||
                            world.clock().now() - heard->second <= limits::kHeartbeat,
                        who.name() + " heard a beacon of " + whom.name() +
                            " and does not know what it has, a heartbeat later");
            }
        return all;
    };
    while (!look()) {
        require(world, world.since_start() - began < limit, world.untrue(assets));
        world.run(250ms);
    }
    require(world, world.untrue(assets).empty(), world.untrue(assets));
    story.push_back("everybody knows who has what after " + seconds(world.since_start() - began));
}

static void lossy_bus(World& world, const Knobs& knobs, Story& story) {
    const std::uint32_t peers = knobs.peers ? knobs.peers : 6;
    std::vector<SimNode*> nodes;
    for (std::uint32_t i = 0; i < peers; ++i) {
        nodes.push_back(&world.add({}));
        nodes.back()->start();
    }
    world.run(1s);
    std::vector<AssetId> assets;
    publish_some(world, nodes, 10, assets);
    world.run(limits::kHeartbeat);
    const auto before = world.counted();
    require(world, before.at("gaps") + before.at("digests_differed") + before.at("mended") == 0,
            "without a loss, something is missed");
    world.bus().drop(33);
    publish_some(world, nodes, 50, assets);
    // That peers come and go is lost as well.
    const auto leaver = world.random().below(peers);
    nodes[leaver]->leave();
    const auto killed = (leaver + 1) % peers;
    world.crash(*nodes[killed]);
    world.add({}).start();
    nodes.erase(nodes.begin() + static_cast<std::ptrdiff_t>(std::max(leaver, killed)));
    nodes.erase(nodes.begin() + static_cast<std::ptrdiff_t>(std::min(leaver, killed)));
    publish_some(world, nodes, 5, assets);
    // The losses go on; beacons get through often enough.
    truth_after_beacons(world, assets, 10 * limits::kHeartbeat, story);
    const auto after = world.counted();
    story.push_back(std::to_string(after.at("gaps")) + " gaps, " +
                    std::to_string(after.at("digests_differed")) + " digests differed, " +
                    std::to_string(after.at("asks")) + " questions, " +
                    std::to_string(after.at("mended")) + " mended");
    require(world, after.at("gaps") > 0 && after.at("mended") > 0, "the losses are not counted");
}

// Of one peer exactly the last announcement is lost: of what it got, and that it is gone.
static void last_word(World& world, const Knobs& knobs, Story& story) {
    const std::uint32_t peers = knobs.peers ? knobs.peers : 4;
    for (std::uint32_t i = 0; i < peers; ++i)
        world.add({}).start();
    world.run(limits::kHeartbeat);
    SimNode& teller = world.nodes().front();
    std::vector<AssetId> assets;
    publish_some(world, {&teller}, 3, assets);
    world.run(limits::kHeartbeat);
    require(world, world.untrue(assets).empty(), world.untrue(assets));
    const auto before = world.counted();
    require(world, before.at("digests_differed") == 0, "a digest differs, and nothing was lost");
    world.bus().lose([&](NodeId, const Message& message) {
        return message.header.sender == teller.peer() &&
               !std::holds_alternative<PeerAlive>(message.body);
    });
    publish_some(world, {&teller}, 1, assets);
    truth_within(world, assets, limits::kHeartbeat + 1s, story);
    const auto after = world.counted();
    require(
        world, after.at("digests_differed") == peers - 1 && after.at("mended") == peers - 1,
        "not everybody's picture was mended by one beacon: " + std::to_string(after.at("mended")));
    world.bus().lose([](NodeId, const Message& message) {
        return std::holds_alternative<PeerLeft>(message.body);
    });
    if (world.random().chance(50))
        teller.leave();
    else
        world.crash(teller);
    world.run_until([&] { return !teller.alive(); }, 5s);
    truth_within(world, assets, limits::kLease + 2 * limits::kHeartbeat, story);
}

namespace {

// Asks a peer where an asset is, as a user does.
class Asker final : public Reader {
public:
    void ask(SimNode& node, const AssetId& asset) {
        const ReadId read = node.next_read(*this);
        node.tell(facts::QuestionAsked{read, Locate{{}, asset, {}, -1}, false, node.now() + 5s});
    }
    int found = 0;        // by a bus
    int unknown = 0;      // a bus says that there is no such thing
    int unavailable = 0;  // no bus: the peer answers from what it knows

private:
    void on_manifest(ReadId, std::shared_ptr<const Manifest>) override {}
    void on_chunk(ReadId, const ChunkRef&) override {}
    void on_answer(ReadId, const Body& body) override {
        const auto* located = std::get_if<Located>(&body);
        if (located == nullptr) return;
        ++(located->found == Found::ok ? found : unknown);
    }
    void on_failure(ReadId, const Error&) override { ++unavailable; }
};

}  // namespace

// All that users do goes on without it; its return brings no storm and no false "not found".
static void bus_away(World& world, const Knobs& knobs, Story& story) {
    Cast cast =
        make_cast(world, knobs.peers ? knobs.peers : 6, knobs.bytes ? knobs.bytes : 5 * kMiB);
    fetch_all(cast);
    complete_within(world, cast.asset.id, 30s, story);
    Asker asker;
    const auto pass = [&](Duration time) {
        for (Duration passed{}; passed < time; passed += 300ms) {
            world.run(300ms);
            SimNode& node = world.nodes()[world.random().below(world.nodes().size())];
            if (node.alive()) asker.ask(node, cast.asset.id);
        }
    };
    pass(3s);
    world.bus().kill();
    pass(world.random().between(1s, 15s));
    // Something new, wanted by somebody; somebody new, who knows one friend; and one is killed.
    const SimAsset next = make_file("next", 4, kMiB / 4);
    cast.peers[0]->add(next, RangeSet::up_to(4));
    NodeOptions options;
    options.friends = {cast.peers[1]->endpoint()};
    SimNode& late = world.add(options);
    late.start();
    pass(2s);
    late.fetch(cast.asset.id);
    cast.source->fetch(next.id);
    world.crash(*cast.peers[2]);
    const auto served = [&] {
        return late.disk().whole(cast.asset.id) && cast.source->disk().whole(next.id);
    };
    require(world, world.run_until(served, 60s),
            "without the bus, not everybody got what it wanted");
    pass(world.random().between(1s, 20s));
    for (const SimNode* peer : cast.peers)
        if (peer->alive()) require(world, peer->disk().whole(cast.asset.id), "something was lost");

    const std::uint64_t sent = world.sent();
    const auto before = world.counted();
    world.bus().start();
    // Whose last try was lost without a word waits for its answer first, and for the next try then.
    pass(limits::kDirectoryAnswer + limits::kRetryMax + 1s);
    for (const SimNode& node : world.nodes())
        require(world, !node.alive() || world.bus().session().leases().find(node.peer()) != nullptr,
                node.name() + " did not register at its next try");
    truth_within(world, {cast.asset.id, next.id}, limits::kLease + limits::kSettling + 5s, story);
    const auto after = world.counted();
    story.push_back(std::to_string(asker.found) + " answers of the bus, " +
                    std::to_string(asker.unavailable) + " without it; " +
                    std::to_string(after.at("asks") - before.at("asks")) +
                    " questions at its return");
    require(world, asker.unknown == 0, "somebody was told that there is no such thing");
    require(world, asker.found > 0 && asker.unavailable > 0, "nobody asked");
    require(world, world.sent() == sent, "its return moved chunks");
    const std::size_t peers = world.nodes().size();
    require(world, after.at("asks") - before.at("asks") <= 3 * peers * peers,
            "a storm of questions");
}

static void partition(World& world, const Knobs& knobs, Story& story) {
    NodeOptions source;
    source.max_upload = kMiB;
    Cast cast = make_cast(world, knobs.peers ? knobs.peers : 7,
                          knobs.bytes ? knobs.bytes : 20 * kMiB, source);
    fetch_all(cast);
    world.run(5s);
    std::vector<SimNode*> here, there;
    for (SimNode& node : world.nodes())
        (node.id().value % 2 ? there : here).push_back(&node);
    const bool one_way = world.random().chance(30);
    for (const SimNode* a : here)
        for (const SimNode* b : there) {
            world.network().block(a->id(), b->id());
            if (!one_way) world.network().block(b->id(), a->id());
        }
    for (const SimNode* b : there)
        world.bus().cut(b->id());
    story.push_back(one_way ? "cut one way" : "cut both ways");
    std::vector<AssetId> assets{cast.asset.id};
    publish_some(world, here, 5, assets);
    publish_some(world, there, 5, assets);
    world.run(world.random().between(5s, 40s));
    for (const SimNode* a : here)
        for (const SimNode* b : there) {
            world.network().unblock(a->id(), b->id());
            world.network().unblock(b->id(), a->id());
        }
    for (const SimNode* b : there)
        world.bus().mend(b->id());
    complete_within(world, cast.asset.id, 120s, story);
    truth_within(world, assets, 60s, story);
}

// Everybody knows one friend only: the one before. The asset is found and fetched along the chain.
static void no_bus(World& world, const Knobs& knobs, Story& story) {
    const std::uint32_t peers = knobs.peers ? knobs.peers : 5;
    const SimAsset film = make_file("film", 10, (knobs.bytes ? knobs.bytes : 10 * kMiB) / 10);
    std::string before;
    for (std::uint32_t i = 0; i < peers; ++i) {
        NodeOptions options;
        if (!before.empty()) options.friends = {before};
        SimNode& node = world.add(options, false);
        before = node.endpoint();
        if (i == 0) node.disk().put(film, RangeSet::up_to(10));
        node.start();
    }
    world.run(2s);
    world.nodes().back().fetch(film.id);
    require(world, world.run_until([&] { return world.nodes().back().disk().whole(film.id); }, 60s),
            "the last of the chain does not get it");
    story.push_back("found and fetched along " + std::to_string(peers) + " friends after " +
                    seconds(world.since_start()));
}

static void copied_store(World& world, const Knobs&, Story& story) {
    Cast cast = make_cast(world, 1, 5 * kMiB);
    SimNode& copy = world.add({});
    copy.copy_identity(*cast.source);
    copy.disk().put(cast.asset, RangeSet::up_to(cast.asset.fragments()));
    copy.start();
    require(world, world.run_until([&] { return copy.peer() != cast.source->peer(); }, 20s),
            "the copy kept the identity");
    story.push_back("the copy drew a new identity after " + seconds(world.since_start()));
    fetch_all(cast);
    complete_within(world, cast.asset.id, 30s, story);
    truth_within(world, {cast.asset.id}, 20s, story);
}

// --- the list ------------------------------------------------------------------------------------

const Stories kBusStories{
    {"late-joiner", "a peer that no announcement reaches", late_joiner},
    {"bus-restart", "the bus is killed and comes back", bus_restart},
    {"two-buses", "two buses, each of them killed once", bus_restart, 2},
    {"lossy-bus", "one announcement in three is lost", lossy_bus},
    {"last-word", "exactly the last announcement of a peer is lost", last_word},
    {"partition", "the swarm is cut in two, both halves change, and it heals", partition},
    {"no-bus", "friends only", no_bus, 0},
    {"bus-away", "the bus dies for a while: all goes on, and nothing is asked twice", bus_away},
    {"copied-store", "two peers with one store's key", copied_store}};

}  // namespace fragcast::sim

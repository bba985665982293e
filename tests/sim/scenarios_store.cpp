// Small stories on the real fragment store, on files in memory that fail.
#include "tests/sim/scenarios.hpp"

#include <algorithm>
#include <chrono>

namespace fragcast::sim {

using namespace std::chrono_literals;

namespace {

// A source that has a whole film on its disk, and so many who have empty ones.
struct Shelves {
    test::StoreAsset film =
        test::make_store_asset("film", {700'000, 1, 262'144, 600'001, 262'145, 900'000});
    std::vector<SimNode*> nodes;  // the source first

    std::size_t size() const { return nodes.size(); }
    test::MemoryFiles& files(std::size_t i) const { return *nodes[i]->options().files; }
    std::filesystem::path path(std::size_t i, const char* name) const {
        return nodes[i]->real_store()->folder(film) / name;
    }
};

Shelves make_shelves(World& world, std::uint32_t peers, std::uint32_t whole = 1) {
    Shelves all;
    for (std::uint32_t i = 0; i < peers; ++i) {
        NodeOptions options;
        options.files = std::make_shared<test::MemoryFiles>();
        options.host.up_rate = kMiB;
        SimNode& node = world.add(options);
        if (i < whole)
            node.real_store()->put(
                all.film, RangeSet::up_to(static_cast<std::uint32_t>(all.film.fragments.size())));
        node.start();
        all.nodes.push_back(&node);
    }
    world.run(500ms);
    return all;
}

void fetch(const Shelves& all) {
    for (SimNode* node : all.nodes)
        if (node->alive()) node->fetch(all.film.id);
}

// Not only what the store says: the very bytes lie there.
void same_within(World& world, const Shelves& all, Duration limit, Story& story) {
    const Duration before = world.since_start();
    const auto same = [&] {
        return std::all_of(all.nodes.begin(), all.nodes.end(),
                           [&](SimNode* node) { return node->real_store()->same(all.film); });
    };
    if (!world.run_until(same, limit)) {
        std::string who;
        for (const SimNode* node : all.nodes)
            who += " " + node->name() + " " + node->disk().done(all.film.id).text();
        require(world, false, "not everybody's files are the film's; whole:" + who);
    }
    complete_within(world, all.film.id, 5s, story);
    story.push_back("the very bytes lie on all disks after " +
                    seconds(world.since_start() - before));
}

}  // namespace

static void real_copy(World& world, const Knobs&, Story& story) {
    const Shelves all = make_shelves(world, 4);
    fetch(all);
    same_within(world, all, 30s, story);
    require(world, world.wasted() == 0, "chunks came in vain");
}

// What was not synced is there or not, block by block and name by name, as chance has it.
static void real_power_cuts(World& world, const Knobs&, Story& story) {
    const Shelves all = make_shelves(world, 3);
    fetch(all);
    for (int cut = 0; cut < 12; ++cut) {
        world.run(world.random().between(50ms, 900ms));
        SimNode& node = *all.nodes[world.random().below(all.size())];
        world.crash(node);
        world.run(100ms);
        node.start();
        node.fetch(all.film.id);
    }
    same_within(world, all, 60s, story);
}

static void real_full_disk(World& world, const Knobs&, Story& story) {
    const Shelves all = make_shelves(world, 2);
    all.files(1).set_capacity(1'300'000);
    fetch(all);
    world.run(20s);
    require(world, !all.nodes[1]->real_store()->same(all.film), "it has more than fits");
    require(world, world.reports("store.full") > 0, "it does not say that there is no room");
    all.files(1).set_capacity(~0ULL);
    same_within(world, all, 30s, story);
    require(world, world.reports("store.room") > 0, "it does not say that there is room again");
}

// One change in ten fails (a write, a sync, a rename), of everybody's disk, until they are mended.
static void real_bad_disks(World& world, const Knobs&, Story& story) {
    const Shelves all = make_shelves(world, 3);
    for (std::size_t i = 0; i < all.size(); ++i)
        all.files(i).set_fault([&world](test::Op op, const auto&) -> std::optional<ErrorKind> {
            const bool reads = op == test::Op::open || op == test::Op::read ||
                               op == test::Op::list || op == test::Op::stat;
            if (!reads && world.random().chance(10)) return ErrorKind::io;
            return std::nullopt;
        });
    fetch(all);
    world.run(20s);
    for (std::size_t i = 0; i < all.size(); ++i)
        all.files(i).set_fault({});
    // Nobody asks again: what failed is tried again by itself.
    same_within(world, all, 120s, story);
}

// One read in five fails at the only one who has it, for twenty seconds: nothing is lost by that.
static void real_unread(World& world, const Knobs&, Story& story) {
    const Shelves all = make_shelves(world, 3);
    const auto reads = std::make_shared<std::uint64_t>(world.random().below(5));
    all.files(0).set_fault([reads](test::Op op, const auto& path) -> std::optional<ErrorKind> {
        if (op != test::Op::read || path.string().find(".bin") == std::string::npos)
            return std::nullopt;
        return ++*reads % 5 == 0 ? std::optional(ErrorKind::io) : std::nullopt;
    });
    fetch(all);
    world.run(20s);
    require(world, world.reports("store.lost") > 0, "no read failed");
    all.files(0).set_fault({});
    same_within(world, all, 120s, story);
}

// A byte rots at the source. Who gets it says so; the source looks, drops it, and has it again of
// who has it right. Nobody is barred for it.
static void real_rot(World& world, const Knobs&, Story& story) {
    Shelves all = make_shelves(world, 3, 2);
    all.files(0).rot_byte(all.path(0, "003.bin"), 300'000);
    fetch(all);
    same_within(world, all, 120s, story);
    require(world, world.reports("fragment.damaged") == 1, "it was not found out");
    require(world, world.reports("neighbour.barred") == 0, "a bad disk was taken for a lie");
}

// The last step of a fragment fails, three times: it is said, and tried again after a pause.
static void real_last_step(World& world, const Knobs&, Story& story) {
    const Shelves all = make_shelves(world, 2);
    const auto left = std::make_shared<int>(3);
    all.files(1).set_fault([left](test::Op op, const auto& path) -> std::optional<ErrorKind> {
        const bool last = op == test::Op::rename && path.string().find("00") != std::string::npos &&
                          path.extension() != ".tmp" &&
                          path.string().find("film") != std::string::npos;
        if (last && *left > 0) {
            --*left;
            return ErrorKind::io;
        }
        return std::nullopt;
    });
    fetch(all);
    same_within(world, all, 60s, story);
    require(world, world.reports("fragment.failed") == 3, "it was not said");
}

// Its user takes it away while it arrives, and wants it again.
static void real_removed(World& world, const Knobs&, Story& story) {
    const Shelves all = make_shelves(world, 2);
    fetch(all);
    world.run(world.random().between(200ms, 2s));
    all.nodes[1]->tell(facts::RemoveAsked{all.film.id});
    world.run(5s);
    require(world, all.files(1).tree(all.nodes[1]->real_store()->folder(all.film)).empty(),
            "something is left of what was removed");
    all.nodes[1]->fetch(all.film.id);
    same_within(world, all, 60s, story);
}

// --- the list ------------------------------------------------------------------------------------

const Stories kStoreStories{
    {"real-copy", "real stores: four peers copy an asset", real_copy},
    {"real-power-cuts", "real stores: the power fails again and again", real_power_cuts},
    {"real-full-disk", "real stores: no room, and then room again", real_full_disk},
    {"real-bad-disks", "real stores: one change in ten fails", real_bad_disks},
    {"real-unread", "real stores: one read in five fails at the only one who has it", real_unread},
    {"real-rot", "real stores: a byte rots at the source", real_rot},
    {"real-last-step", "real stores: a fragment's last step fails", real_last_step},
    {"real-removed", "real stores: removed while it arrives, and wanted again", real_removed}};

}  // namespace fragcast::sim

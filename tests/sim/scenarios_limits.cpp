// Waits and amounts that have a limit, each reached.
#include "tests/sim/scenarios.hpp"

#include <algorithm>
#include <chrono>

namespace fragcast::sim {

using namespace std::chrono_literals;

namespace {

constexpr Duration kALittle{200'000};

SimNode& keeper_in(World& world, std::uint64_t up_rate = 0) {
    NodeOptions options;
    options.capacity = 1;
    options.host.up_rate = up_rate;
    SimNode& node = world.add(options);
    node.start();
    return node;
}

std::uint64_t offered(SimNode& node, const AssetId& asset) {
    std::uint64_t sum = 0;
    if (!node.alive()) return sum;
    for (const OfferingView& view : node.swarm().offerings(asset))
        sum += view.offered.count();
    return sum;
}

}  // namespace

// A drain that would take long is overruled by a stop: it ends within the stop's time.
static void drain_overruled(World& world, const Knobs&, Story& story) {
    SimNode& leaver = keeper_in(world, 200 << 10);
    keeper_in(world);
    keeper_in(world);
    const SimAsset film = make_file("film", 10, 2 * kMiB, 1);
    world.run(limits::kSettling + 1s);
    leaver.add(film, RangeSet::up_to(10));
    world.run(1s);
    leaver.stop(true, limits::kDrainTimeout);
    world.run(world.random().between(100ms, 20s));
    require(world, leaver.alive(), "20 MiB were drained at 200 KiB a second");
    require(world, leaver.swarm().farewell().state == FarewellView::State::draining, "no drain");
    leaver.stop(true, limits::kDrainTimeout);  // once more changes nothing
    const Duration most = world.random().between(500ms, 3s);
    leaver.stop(false, most);
    leaver.stop(true, limits::kDrainTimeout);  // nor does a drain overrule a stop
    const Duration began = world.since_start();
    require(world, world.run_until([&] { return !leaver.alive(); }, most + 1s),
            "a stop does not overrule a drain");
    story.push_back("ended after " + seconds(world.since_start() - began) + " of " + seconds(most));
}

// One of those who should take what a stopping peer has stands still, linked or not: after 1.5 s
// the next get its part.
static void taker_silent(World& world, const Knobs&, Story& story) {
    SimNode& leaver = keeper_in(world);
    std::vector<SimNode*> others;
    for (int i = 0; i < 3; ++i)
        others.push_back(&keeper_in(world));
    const SimAsset film = make_file("film", 40, 64 << 10, 1);
    const SimAsset other = make_file("other", 1, 64 << 10, 1);
    world.run(limits::kSettling + 1s);
    leaver.add(film, RangeSet::up_to(40));
    leaver.add(other, RangeSet::up_to(1));
    world.run(1s);
    SimNode& silent = *others[world.random().below(others.size())];
    if (world.random().chance(50)) silent.fetch(other.id);  // so there is a link
    world.run(1s);
    silent.pause();
    const Duration began = world.since_start();
    leaver.stop(false, limits::kStopTimeout);
    require(world, world.run_until([&] { return !leaver.alive(); }, limits::kStopTimeout + 1s),
            "it does not end");
    const Duration took = world.since_start() - began;
    story.push_back("stopped after " + seconds(took));
    for (std::uint32_t i = 0; i < 40; ++i)
        require(world,
                std::any_of(others.begin(), others.end(),
                            [&](const SimNode* one) {
                                return one != &silent && one->disk().done({film.id, {i}});
                            }),
                "nobody took fragment " + std::to_string(i));
    require(world, took >= limits::kTakerWait, "who is slow was not waited for");
    require(world, took <= limits::kTakerWait + 1s, "who is silent was waited for");
}

// One of the two witnesses of an eviction stands still: after 5 s what was withdrawn is announced
// again, and nothing was dropped.
static void witness_silent(World& world, const Knobs&, Story& story) {
    constexpr std::uint32_t kMany = 10;
    SimNode& first = keeper_in(world);
    SimNode& second = keeper_in(world);
    NodeOptions options;
    options.max_store = 15 * kMiB;
    SimNode& reader = world.add(options);
    reader.start();
    world.run(limits::kSettling + 1s);
    const SimAsset seen = make_file("seen", kMany, kMiB);
    const SimAsset next = make_file("next", kMany, kMiB);
    for (const SimAsset* film : {&seen, &next})
        first.add(*film, RangeSet::up_to(kMany));
    require(world,
            world.run_until(
                [&] { return second.disk().whole(seen.id) && second.disk().whole(next.id); }, 30s),
            "no copies are made");
    reader.play(seen.id);
    require(world, world.run_until([&] { return reader.disk().whole(seen.id); }, 30s), "no film");
    world.run(world.random().chance(50) ? 1s : limits::kIdleLink + 5s);  // linked still, or not
    second.pause();
    reader.play(next.id);
    const auto announced = [&] {
        return reader.swarm().holding(seen.id).fragments.count() == kMany;
    };
    require(world, world.run_until([&] { return !announced(); }, 10s), "it withdraws nothing");
    const Duration began = world.since_start();
    require(world, world.run_until(announced, 10s), "what it withdrew it never announces again");
    const Duration took = world.since_start() - began;
    require(world,
            took >= limits::kWitnessWait - kALittle && took <= limits::kWitnessWait + kALittle,
            "it waited for " + seconds(took));
    require(world, world.reports("store.evicted") == 0 && reader.disk().whole(seen.id),
            "dropped what has one copy");
    second.resume();
    require(world, world.run_until([&] { return reader.disk().whole(next.id); }, 60s),
            "no room is made for the next film");
    require(world, world.reports("store.evicted") > 0, "nothing was dropped for it");
    story.push_back("announced again after " + seconds(took));
}

// Of very many fragments that lack copies so many are wanted at a time, and so many are handed
// over; all are in the end.
static void copies_at_a_time(World& world, const Knobs&, Story& story) {
    constexpr std::uint32_t kMany = limits::kMaxCopiesWanted * 2 + 50;
    SimNode& source = keeper_in(world, 4 * kMiB);
    SimNode& taker = keeper_in(world);
    const SimAsset film = make_file("film", kMany, 32 << 10);
    world.run(limits::kSettling + 1s);
    source.add(film, RangeSet::up_to(kMany));
    std::size_t most = 0;
    const auto whole = [&] {
        std::size_t wanted = 0;
        if (const auto view = taker.swarm().asset_view(film.id, world.clock().now()))
            wanted = static_cast<std::size_t>(std::count_if(
                view->fragments.begin(), view->fragments.end(), [](const FragmentView& one) {
                    return one.state == FragmentView::State::wanted ||
                           one.state == FragmentView::State::coming;
                }));
        most = std::max(most, wanted);
        return taker.disk().whole(film.id);
    };
    require(world, world.run_until(whole, 60s), "not all has copies");
    story.push_back("at most " + std::to_string(most) + " were wanted at a time");
    require(world, most == limits::kMaxCopiesWanted,
            std::to_string(most) + " were wanted at a time");
    world.crash(source);
    world.run(limits::kLease + 5s);
    SimNode& heir = keeper_in(world);
    world.run(1s);
    taker.stop(true, limits::kDrainTimeout);
    require(world,
            world.run_until([&] { return offered(taker, film.id) > 0; }, 2s) &&
                offered(taker, film.id) == limits::kMaxCopiesWanted,
            std::to_string(offered(taker, film.id)) + " are handed over at a time");
    require(world, world.run_until([&] { return !taker.alive(); }, limits::kDrainTimeout + 1s),
            "the drain does not end");
    require(world, heir.disk().whole(film.id), "not all was handed over");
}

// --- the list ------------------------------------------------------------------------------------

const Stories kLimitsStories{
    {"drain-stop", "a stop overrules a drain", drain_overruled},
    {"silent-taker", "one who should take what a stopping peer has stands still", taker_silent},
    {"silent-witness", "one who should confirm a copy before an eviction stands still",
     witness_silent},
    {"many-copies", "hundreds of fragments lack copies", copies_at_a_time, 1, 2}};

}  // namespace fragcast::sim

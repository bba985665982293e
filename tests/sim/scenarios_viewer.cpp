// Films that are watched while they come.
#include "messages/wire/endpoint.hpp"
#include "tests/sim/scenarios.hpp"
#include "tests/sim/sim_viewer.hpp"

#include <algorithm>
#include <chrono>
#include <deque>

namespace fragcast::sim {

using namespace std::chrono_literals;

// A minute of film at 250 KB/s from a source that gives twice that: two watch it at different
// places, one of them jumps, and the bus dies meanwhile.
static void viewer(World& world, const Knobs& knobs, Story& story) {
    constexpr std::uint64_t kRate = 250'000;
    const SimAsset film = make_video("film", 10, 6, kRate);
    NodeOptions options;
    options.name = "source";
    options.max_upload = knobs.upload ? knobs.upload : 4 * kRate;
    SimNode& source = world.add(options);
    source.disk().put(film, RangeSet::up_to(10));
    source.start();
    SimNode& near = world.add({});
    SimNode& far = world.add({});
    near.start();
    far.start();
    world.run(1s);

    SimViewer first(world.clock(), near, film, ViewerId{1});
    SimViewer second(world.clock(), far, film, ViewerId{2});
    first.watch();
    world.run(2s);
    second.watch(20);
    world.run(5s);
    world.bus().kill();
    world.run(5s);
    require(world, first.started() && second.started(), "no picture after seven seconds");
    story.push_back("first picture after " + seconds(first.started_after()) + " and " +
                    seconds(second.started_after()));
    require(world, first.started_after() <= 2s, "the first picture came late");
    require(world, second.started_after() <= 2s, "the second viewer's first picture came late");
    first.watch(45);
    world.run(5s);
    require(world, first.started() && first.started_after() <= 2s, "after a jump it came late");
    story.push_back("after a jump " + seconds(first.started_after()));
    world.run_until([&] { return first.ended() && second.ended(); }, 90s);
    require(world, first.failure().empty(), first.failure());
    require(world, second.failure().empty(), second.failure());
    require(world, first.ended() && second.ended(), "the film did not end");
    const std::uint32_t stalls = first.stalls() + second.stalls();
    story.push_back(std::to_string(stalls) + " stalls");
    require(world, stalls == 0, std::to_string(stalls) + " stalls");
}

// Twelve open the same film within a few seconds. The source could send it twice while it
// plays: they have it from each other.
static void audience(World& world, const Knobs& knobs, Story& story) {
    constexpr std::uint64_t kRate = 250'000;
    const SimAsset film = make_video("film", 10, 6, kRate);
    NodeOptions options;
    options.name = "source";
    options.max_upload = knobs.upload ? knobs.upload : 2 * kRate;
    SimNode& source = world.add(options);
    source.disk().put(film, RangeSet::up_to(10));
    source.start();
    std::deque<SimViewer> viewers;
    const std::uint32_t count = knobs.peers ? knobs.peers : 12;
    for (std::uint32_t i = 0; i < count; ++i) {
        SimNode& node = world.add({});
        node.start();
        viewers.emplace_back(world.clock(), node, film, ViewerId{i + 1});
    }
    world.run(1s);
    for (SimViewer& one : viewers) {
        one.watch();
        world.run(world.random().between(100ms, 800ms));
    }
    const auto ended = [&] {
        return std::all_of(viewers.begin(), viewers.end(),
                           [](const SimViewer& one) { return one.ended(); });
    };
    world.run_until(ended, 120s);
    require(world, ended(), "the film did not end for all");
    std::uint32_t stalls = 0;
    Duration stalled{};
    Duration longest{};
    for (const SimViewer& one : viewers) {
        require(world, one.failure().empty(), one.failure());
        stalls += one.stalls();
        stalled += one.stalled();
        longest = std::max(longest, one.started_after());
    }
    const std::uint64_t size = film.manifest->size();
    story.push_back("first pictures within " + seconds(longest) + ", " + std::to_string(stalls) +
                    " stalls");
    story.push_back("the source sent " + human_bytes(world.sent(source)) + " of " +
                    human_bytes(size));
    require(world, longest <= 5s, "a first picture came after " + seconds(longest));
    require(world, stalls == 0, std::to_string(stalls) + " stalls, " + seconds(stalled));
    require(world, world.sent(source) <= size + size / 2,
            "the source sent " + human_bytes(world.sent(source)));
}

// Two fetch the film from a source with a thin line and pass it on slowly; then two watch it. Those
// who wait do not wait for the slow ones: the source sends again what it sent or promised them.
static void slow_relay(World& world, const Knobs& knobs, Story& story) {
    constexpr std::uint64_t kRate = 250'000;
    const SimAsset film = make_video("film", 10, 6, kRate);
    NodeOptions options;
    options.name = "source";
    options.max_upload = knobs.upload ? knobs.upload : 4 * kRate;
    SimNode& source = world.add(options);
    source.disk().put(film, RangeSet::up_to(10));
    source.start();
    NodeOptions slow;
    slow.host.up_rate = kRate / 10;
    SimNode* fetching[] = {&world.add(slow), &world.add(slow)};
    SimNode* watching[] = {&world.add({}), &world.add({})};
    for (SimNode* node : {fetching[0], fetching[1], watching[0], watching[1]})
        node->start();
    world.run(1s);
    for (SimNode* node : fetching)
        node->fetch(film.id);
    world.run(world.random().between(1s, 4s));
    SimViewer first(world.clock(), *watching[0], film, ViewerId{1});
    SimViewer second(world.clock(), *watching[1], film, ViewerId{2});
    first.watch();
    world.run(world.random().between(500ms, 3s));
    second.watch(world.random().below(30));
    world.run_until([&] { return first.ended() && second.ended(); }, 120s);
    for (const SimViewer* one : {&first, &second}) {
        require(world, one->failure().empty(), one->failure());
        require(world, one->ended(), "the film did not end");
        story.push_back("first picture after " + seconds(one->started_after()) + ", " +
                        std::to_string(one->stalls()) + " stalls, " + seconds(one->stalled()));
        require(world, one->started_after() <= 20s,
                "the first picture came after " + seconds(one->started_after()));
    }
}

// Somebody fetches the film from a source with a thin line, and was promised what is played first
// before three open it, at once. What nobody there waits for they get in his place, and of each
// other.
static void promised(World& world, const Knobs& knobs, Story& story) {
    constexpr std::uint64_t kRate = 250'000;
    const SimAsset film = make_video("film", 10, 6, kRate);
    NodeOptions options;
    options.name = "source";
    options.max_upload = knobs.upload ? knobs.upload : 2 * kRate;
    SimNode& source = world.add(options);
    source.disk().put(film, RangeSet::up_to(10));
    source.start();
    NodeOptions slow;
    slow.host.up_rate = kRate / 20;
    SimNode& fetching = world.add(slow);
    SimNode* watching[] = {&world.add({}), &world.add({}), &world.add({})};
    fetching.start();
    for (SimNode* node : watching)
        node->start();
    world.run(1s);
    fetching.fetch(film.id);
    world.run(world.random().between(100ms, 1s));
    std::deque<SimViewer> viewers;
    for (std::uint32_t i = 0; i < 3; ++i) {
        viewers.emplace_back(world.clock(), *watching[i], film, ViewerId{i + 1});
        viewers.back().watch();
        world.run(world.random().between(0ms, 300ms));
    }
    const auto all = [&](bool (SimViewer::*is)() const) {
        return std::all_of(viewers.begin(), viewers.end(),
                           [&](const SimViewer& one) { return (one.*is)(); });
    };
    world.run_until([&] { return all(&SimViewer::ended); }, 120s);
    Duration longest{};
    std::uint32_t stalls = 0;
    for (const SimViewer& one : viewers) {
        require(world, one.failure().empty(), one.failure());
        longest = std::max(longest, one.started_after());
        stalls += one.stalls();
    }
    require(world, all(&SimViewer::ended), "the film did not end");
    story.push_back("first pictures within " + seconds(longest) + ", " + std::to_string(stalls) +
                    " stalls");
    require(world, longest <= 8s, "a first picture came after " + seconds(longest));
}

// --- the list ------------------------------------------------------------------------------------

const Stories kViewerStories{
    {"viewer", "a film is watched while it comes", viewer},
    {"audience", "a class watches together from one source with a thin line", audience},
    {"promised", "what was promised to who does not wait goes to who does", promised},
    {"slow-relay", "who was sent a film first passes it on slowly, and two watch it", slow_relay}};

}  // namespace fragcast::sim

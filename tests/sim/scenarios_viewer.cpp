// Films that are watched while they come.
#include "messages/wire/endpoint.hpp"
#include "tests/sim/scenarios.hpp"
#include "tests/sim/sim_viewer.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <vector>

namespace fragcast::sim {

using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kFilmRate = 250'000;  // bytes a second

// A minute of film, and its source, which gives so many times its rate.
struct FilmSource {
    SimAsset film = make_video("film", 10, 6, kFilmRate);
    SimNode* source = nullptr;

    FilmSource(World& world, const Knobs& knobs, std::uint64_t times) {
        NodeOptions options;
        options.name = "source";
        options.max_upload = knobs.upload ? knobs.upload : times * kFilmRate;
        source = &world.add(options);
        source->disk().put(film, RangeSet::up_to(10));
        source->start();
    }
};

// The same, and some who fetch it and pass it on at a fraction of its rate, before others watch it.
struct SlowRelay : FilmSource {
    std::vector<SimNode*> watching;

    SlowRelay(World& world, const Knobs& knobs, std::uint64_t times, std::uint64_t fraction,
              std::size_t fetchers, std::size_t watchers)
        : FilmSource(world, knobs, times) {
        NodeOptions slow;
        slow.host.up_rate = kFilmRate / fraction;
        std::vector<SimNode*> fetching;
        while (fetching.size() < fetchers)
            fetching.push_back(&world.add(slow));
        while (watching.size() < watchers)
            watching.push_back(&world.add({}));
        for (const auto& nodes : {fetching, watching})
            for (SimNode* node : nodes)
                node->start();
        world.run(1s);
        for (SimNode* node : fetching)
            node->fetch(film.id);
    }
};

}  // namespace

// A minute of film at 250 KB/s from a source that gives twice that: two watch it at different
// places, one of them jumps, and the bus dies meanwhile.
static void viewer(World& world, const Knobs& knobs, Story& story) {
    const FilmSource at(world, knobs, 4);
    const SimAsset& film = at.film;
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
    const FilmSource at(world, knobs, 2);
    const SimAsset& film = at.film;
    SimNode& source = *at.source;
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
    const SlowRelay relay(world, knobs, 4, 10, 2, 2);
    const SimAsset& film = relay.film;
    const auto& watching = relay.watching;
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
    const SlowRelay relay(world, knobs, 2, 20, 1, 3);
    const SimAsset& film = relay.film;
    const auto& watching = relay.watching;
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

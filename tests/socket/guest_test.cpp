// The peer inside put and get: what it asks of a bus, and what it says while it waits.
#include "tools/guest.hpp"

#include "peer/store/output_store.hpp"
#include "tests/socket/running_bus.hpp"
#include "tests/support/memory_files.hpp"
#include "tests/support/said_on_stderr.hpp"

#include <atomic>
#include <thread>

#include <doctest/doctest.h>

namespace fragcast::tools {
bool interrupted() {
    return false;
}
}  // namespace fragcast::tools

using namespace fragcast;
using namespace fragcast::test;
using tools::Guest;

namespace {

AssetRecord some_asset() {
    AssetRecord record;
    record.id = asset_id(0x10);
    record.name = "film";
    record.fragments = 10;
    record.size = 1000;
    return record;
}

std::unique_ptr<OutputStore> store_in(MemoryFiles& files) {
    files.put_folder("/out");
    auto store = OutputStore::open(files, "/out/film", asset_id(0x10), false);
    REQUIRE(store);
    return std::move(*store);
}

// A guest of that bus in a thread of its own, which waits for it to list what `one` was given.
bool bus_lists(RunningBus& bus, const BusGuest& one, Duration most) {
    std::atomic<bool> over = false, listed = false;
    tools::Common common;
    common.bus = bus.directory().text();
    MemoryFiles files;
    auto store = store_in(files);
    std::thread thread([&] {
        Guest guest(common, {});
        const bool up = guest.start(std::move(store), {}) &&
                        guest.wait([&] { return guest.node().swarm().buses_joined() > 0; },
                                   [] { return 0; }, [] { return "the bus"; });
        listed = up && guest.wait_until_listed(asset_id(0x10), {{one.self(), {{0, 4}}}}, most);
        over = true;
    });
    const bool ended = bus.until([&] { return over.load(); });
    thread.join();
    CHECK(ended);
    return listed;
}

}  // namespace

TEST_CASE("guest: a bus that lists what was given is asked once") {
    RunningBus bus;
    BusGuest one{bus, 1};
    one.ask<Welcome>(one.join({{some_asset(), {{0, 5}}}}));
    CHECK(bus_lists(bus, one, 60s));
}

TEST_CASE("guest: a bus that does not list it yet is asked anew, and not without a pause") {
    RunningBus bus;
    BusGuest one{bus, 1};
    one.ask<Welcome>(one.join({{some_asset(), {{0, 3}}}}));
    const auto asked = [&] {
        const Stats stats = one.ask<Stats>(AskStats{RequestId{77}});
        for (const CounterRecord& counter : stats.counters)
            if (counter.name == "messages_in") return counter.value;
        return std::uint64_t{0};
    };
    const std::uint64_t before = asked();
    CHECK_FALSE(bus_lists(bus, one, 500ms));
    const std::uint64_t count = asked() - before;
    CHECK(count > 3);   // it is asked more than once
    CHECK(count < 20);  // 500 ms by kAskAgain, the guest's own words, and ours
}

TEST_CASE("guest: while nothing comes it says what it waits for and why, once") {
    tools::Common common;
    common.bus = "tcp://127.0.0.1:9";
    common.timeout = 2.6;  // beyond kMoment
    common.quiet = true;
    MemoryFiles files;
    Guest guest(common, {});
    REQUIRE(guest.start(store_in(files), {}));
    Status ended = Done{};
    int looks = 0;
    const std::string said = said_on_stderr([&] {
        ended = guest.wait([] { return false; }, [] { return 0; },
                           [&] {
                               return "\"film\": nobody has it; asking again in " +
                                      std::to_string(++looks) + " s";
                           });
    });
    CHECK(said == "waiting for \"film\": nobody has it; asking again in 1 s\n");
    CHECK(looks > 1);
    REQUIRE_FALSE(ended);
    CHECK(ended.error().kind == ErrorKind::timeout);
    CHECK(ended.error().text.find("waiting for \"film\": nobody has it") != std::string::npos);
}

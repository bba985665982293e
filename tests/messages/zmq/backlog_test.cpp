// What libzmq has of each connection: who is cut for it, by bytes and by memory, and who is not.
#include "messages/zmq/backlog.hpp"

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

using Cut = std::vector<Backlog::Connection>;

constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint64_t kBeyond = 64;       // more than heartbeats that may be among what came
constexpr std::uint64_t kCalm = 20 * kMiB;  // of memory
constexpr std::uint64_t kGrown = kCalm + limits::kGrownBytes + 1;

// Looked at so often, by a reader that has more to take.
struct Stage {
    Backlog backlog{{100, 1000, 2500}};
    Time now{Duration{1'000'000}};

    Cut look(const std::vector<Backlog::Seen>& seen, std::uint64_t memory = kCalm,
             bool dry = false) {
        now = now + limits::kGuardEvery;
        return backlog.look(now, seen, memory, dry);
    }
};

}  // namespace

TEST_CASE("backlog: what came since the last look counts at the next, if it is there still") {
    Stage stage;
    stage.backlog.taken(1, 10, 10);
    CHECK(stage.look({{1, 5000, 0}}).empty());
    stage.backlog.taken(1, 4500, 4500);
    CHECK(stage.look({{1, 9000, 0}}).empty());
    stage.backlog.taken(1, 3000, 3000);
    CHECK(stage.look({{1, 9000, 0}}) == Cut{1});
}

TEST_CASE("backlog: until a message of it was whole, a connection may have less") {
    Stage stage;
    CHECK(stage.look({{1, 101, 0}, {2, 100, 0}}).empty());
    CHECK(stage.look({{1, 101, 0}, {2, 100, 0}}) == Cut{1});
    stage.backlog.taken(2, 100, 100);
    CHECK(stage.look({{2, 1100, 0}}).empty());
    CHECK(stage.look({{2, 1110, 0}}).empty());
    CHECK(stage.look({{2, 1110, 0}}) == Cut{2});
}

TEST_CASE("backlog: a socket's own limit goes before that of all") {
    Stage stage;
    for (const Backlog::Connection one : {1, 2})
        stage.backlog.taken(one, 10, 10);
    CHECK(stage.look({{1, 310, 200}, {2, 310, 0}}).empty());
    CHECK(stage.look({{1, 310, 200}, {2, 310, 0}}) == Cut{1});
}

TEST_CASE("backlog: at XPUB a connection has kMaxSubscriptionsUnreadBytes unread, and no more") {
    const std::size_t own = limits::kMaxSubscriptionsUnreadBytes;
    Stage stage;
    stage.backlog = Backlog{Backlog::Limits::of_a_bus()};
    for (const Backlog::Connection one : {1, 2})
        stage.backlog.taken(one, 10, 10);
    const std::vector<Backlog::Seen> most{{1, own + 10, own}, {2, own + 10 + kBeyond, own}};
    CHECK(stage.look(most).empty());
    CHECK(stage.look(most) == Cut{2});
}

TEST_CASE("backlog: while all together have too much, the greediest are cut until the rest fits") {
    Stage stage;
    for (const Backlog::Connection one : {1, 2, 3})
        stage.backlog.taken(one, 10, 10);
    const std::vector<Backlog::Seen> fits{{1, 1010, 0}, {2, 910, 0}, {3, 610, 0}};
    CHECK(stage.look(fits).empty());
    CHECK(stage.look(fits).empty());
    const std::vector<Backlog::Seen> more{{1, 910, 0}, {2, 1010, 0}, {3, 620, 0}};
    CHECK(stage.look(more).empty());
    CHECK(stage.look(more) == Cut{2});
}

TEST_CASE("backlog: who sends what it was asked for is not the greediest") {
    Stage stage;
    for (const Backlog::Connection one : {1, 2, 3, 4})
        stage.backlog.taken(one, 10, 10);
    const std::vector<Backlog::Seen> seen{
        {1, 910, 0, 900}, {2, 710, 0}, {3, 510, 0}, {4, 510, 0, 100}};
    CHECK(stage.look(seen).empty());
    CHECK(stage.look(seen) == Cut{2});
}

TEST_CASE("backlog: heartbeats are never taken, and count for nothing") {
    Stage stage;
    std::uint64_t received = 50;
    const auto second = [&](std::uint64_t bytes) {
        stage.now = stage.now + Duration{1'000'000};
        received += bytes;
        return stage.look({{1, received, 0}});
    };
    constexpr std::uint64_t kASecond = limits::kHeartbeatBytes;
    for (int seconds = 0; seconds < 10000; ++seconds)
        REQUIRE(second(kASecond).empty());
    Cut cut;
    for (int seconds = 0; seconds < 100 && cut.empty(); ++seconds)
        cut = second(2 * kASecond);
    CHECK(cut == Cut{1});
}

TEST_CASE("backlog: small messages are cut for their memory, once the process has grown by it") {
    Stage stage;
    stage.backlog = Backlog{{64 * kMiB, 64 * kMiB, 640 * kMiB}};
    const auto take = [&](Backlog::Connection one, std::size_t bytes, std::size_t memory) {
        stage.backlog.taken(one, bytes, memory);
    };
    take(1, 1000, 1010);   // as large as they are
    take(2, 1000, 32000);  // empty ones
    take(3, 1000, 9000);
    const std::vector<Backlog::Seen> some{{1, 30 * kMiB, 0}, {2, 2 * kMiB, 0}, {3, kMiB / 2, 0}};
    CHECK(stage.look(some, kCalm, true).empty());
    CHECK(stage.look(some, kGrown - 1).empty());
    CHECK_FALSE(stage.backlog.grown());
    CHECK(stage.look(some, kGrown) == Cut{2});
    CHECK(stage.backlog.grown());
    // With nothing of that kind there, what it has is what it needs.
    CHECK(stage.look({{1, 30 * kMiB, 0}}, kGrown, true).empty());
    CHECK_FALSE(stage.backlog.grown());
}

TEST_CASE("backlog: of whom nothing was taken, the worst is assumed") {
    Stage stage;
    stage.backlog = Backlog{{64 * kMiB, 64 * kMiB, 640 * kMiB}};
    CHECK(stage.look({{1, 1, 0}, {2, 1, 0}}, kCalm, true).empty());
    CHECK(stage.look({{1, kMiB, 0}, {2, kMiB / 4, 0}}, kGrown) == Cut{1});
}

TEST_CASE("backlog: who is gone is forgotten, also who was never seen") {
    Stage stage;
    for (Backlog::Connection one = 1; one < 100; ++one)
        stage.backlog.taken(one, 10, 10);
    CHECK(stage.look({{1, 10, 0}}).empty());
    CHECK(stage.backlog.size() == 1);
    CHECK(stage.look({}).empty());
    CHECK(stage.backlog.size() == 0);
}

TEST_CASE("backlog: what a peer and a bus allow is exactly that, and no more") {
    struct Case {
        Backlog::Limits limits;
        std::uint64_t first, each, all;
    };
    const Case cases[] = {{{},
                           limits::kMaxUnpulledFirstBytes,
                           limits::kMaxUnpulledBytes,
                           limits::kMaxUnpulledTotalBytes},
                          {Backlog::Limits::of_buses(), limits::kMaxToldUnpulledBytes,
                           limits::kMaxUnpulledBytes, limits::kMaxUnpulledTotalBytes},
                          {Backlog::Limits::of_a_bus(), limits::kMaxToldUnpulledBytes,
                           limits::kMaxToldUnpulledBytes, limits::kMaxToldUnpulledTotalBytes}};
    for (const Case& one : cases) {
        CAPTURE(one.each);
        Stage stage;
        stage.backlog = Backlog{one.limits};
        const std::vector<Backlog::Seen> nearly{{1, one.first, 0}};
        CHECK(stage.look(nearly).empty());
        CHECK(stage.look(nearly).empty());
        const std::vector<Backlog::Seen> more{{2, one.first + kBeyond, 0}};
        CHECK(stage.look(more).empty());
        CHECK(stage.look(more) == Cut{2});

        Stage later;
        later.backlog = Backlog{one.limits};
        later.backlog.taken(1, 10, 10);
        later.backlog.taken(2, 10, 10);
        const std::vector<Backlog::Seen> most{{1, one.each + 10, 0},
                                              {2, one.each + 10 + kBeyond, 0}};
        CHECK(later.look(most).empty());
        CHECK(later.look(most) == Cut{2});

        // As many as all may have, and then one byte.
        Stage crowd;
        crowd.backlog = Backlog{one.limits};
        std::vector<Backlog::Seen> all;
        for (std::uint64_t i = 0; i < 16; ++i) {
            crowd.backlog.taken(i + 1, 10, 10);
            all.push_back({i + 1, one.all / 16 + 10, 0});
        }
        CHECK(crowd.look(all).empty());
        CHECK(crowd.look(all).empty());
        all[4].received += kBeyond;
        CHECK(crowd.look(all).empty());
        CHECK(crowd.look(all) == Cut{5});
    }
}

TEST_CASE("backlog: what it may cost of memory has a limit, and a little is let everybody") {
    const auto cut = [](std::uint64_t each, std::uint64_t count) {
        Stage stage;
        stage.backlog = Backlog{{1 << 30, 1 << 30, std::size_t{1} << 40}};
        std::vector<Backlog::Seen> seen;
        for (std::uint64_t one = 1; one <= count; ++one) {
            stage.backlog.taken(one, kMiB, 4 * kMiB);
            seen.push_back({one, kMiB + each / 4, 0});
        }
        stage.look(seen, kCalm, true);
        return stage.look(seen, kGrown).size();
    };
    CHECK(cut(limits::kUnpulledMemoryOfEach, 1000) == 0);
    const std::uint64_t half = limits::kMaxUnpulledMemory / 2;
    CHECK(cut(half - kMiB, 2) == 0);
    CHECK(cut(half + kMiB, 2) == 1);
}

#include "peer/http/media_crowd.hpp"

#include "messages/wire/limits.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using std::chrono::milliseconds;

namespace {

struct Client : MediaCrowd::Stream {
    std::size_t untaken_ = 0;
    milliseconds idle_{0};
    bool waits_ = false;
    int ended = 0;

    std::size_t untaken() const override { return untaken_; }
    milliseconds idle() const override { return idle_; }
    bool waits() const override { return waits_; }
    void end(const Error& why) override {
        CHECK(why.kind == ErrorKind::busy);
        untaken_ = 0;
        idle_ = {};
        ++ended;
    }
};

constexpr milliseconds kIdle = limits::kUntakenFor + milliseconds(1);

struct Crowd {
    Loop loop;
    MediaCrowd crowd{loop};
    // What they have untaken together is all that may be.
    Client slow, slower, player;

    Crowd() {
        for (Client* client : {&slow, &slower, &player})
            crowd.enter(*client);
        slow.untaken_ = 5;
        slower.untaken_ = limits::kUntakenChunks - 5;
    }
    // Until it has looked at who takes nothing, at least once.
    void look() {
        bool looked = false;
        loop.at(Loop::now() + limits::kUntakenFor + milliseconds(20), [&] { looked = true; });
        loop.run_until([&] { return looked; }, std::chrono::seconds(30));
        REQUIRE(looked);
    }
};

}  // namespace

TEST_CASE("media crowd: as long as there is room nobody is cut") {
    Crowd all;
    --all.slower.untaken_;
    all.slow.idle_ = all.slower.idle_ = kIdle;
    CHECK(all.crowd.has_room());
    all.crowd.make_room();
    CHECK(all.slow.ended + all.slower.ended == 0);
}

TEST_CASE("media crowd: without room the slowest is cut, and no more than it takes") {
    Crowd all;
    CHECK_FALSE(all.crowd.has_room());
    all.slow.idle_ = kIdle;
    all.slower.idle_ = kIdle + milliseconds(1);
    all.crowd.make_room();
    CHECK(all.slower.ended == 1);
    CHECK(all.slow.ended == 0);
    CHECK(all.crowd.has_room());
}

TEST_CASE("media crowd: who takes is not cut, however short the room") {
    Crowd all;
    all.slow.idle_ = all.slower.idle_ = limits::kUntakenFor;
    all.crowd.make_room();
    CHECK(all.slow.ended + all.slower.ended == 0);
}

TEST_CASE("media crowd: for who waits it is looked at again, though nobody moves") {
    Crowd all;
    all.player.waits_ = true;
    all.player.untaken_ = 1;
    all.crowd.make_room();
    all.crowd.asked();
    all.look();
    CHECK(all.slower.ended == 0);  // took something in between
    all.slower.idle_ = kIdle;
    all.look();
    CHECK(all.slower.ended == 1);
    CHECK(all.slow.ended + all.player.ended == 0);
}

TEST_CASE("media crowd: while nobody waits nobody is cut, and who waits later is seen") {
    Crowd all;
    all.slower.idle_ = kIdle;
    all.crowd.asked();
    all.look();
    CHECK(all.slower.ended == 0);
    all.player.waits_ = true;
    all.look();
    CHECK(all.slower.ended == 1);
}

TEST_CASE("media crowd: who left is not looked at") {
    Crowd all;
    all.slower.idle_ = kIdle;
    all.player.waits_ = true;
    all.crowd.asked();
    all.crowd.leave(all.slower);
    CHECK(all.crowd.has_room());
    all.look();
    CHECK(all.slower.ended == 0);
}

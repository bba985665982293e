// Whom we send what next: letters are neighbours, in the order in which their chunks go out.
#include "peer/swarm/serve/upload_slots.hpp"

#include "peer/swarm/chance.hpp"
#include "tests/support/pictures.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

namespace {

struct Server {
    std::uint32_t slots;
    UploadSlots uploads;
    Time now{1'000s};
    std::uint32_t next_chunk = 0;
    std::vector<Serving> loads{};  // under way
    std::uint32_t again{};         // queued beyond room(): full links

    explicit Server(std::uint32_t slot_count = 1, std::uint64_t rate = 0)
        : slots(slot_count), uploads(slot_count, rate) {}

    // "aab": two chunks of a, then one of b; each due so long from now.
    void add(const std::string& letters, Time deadline = kNever, std::uint64_t request = 1) {
        for (const char letter : letters) {
            REQUIRE(uploads.room(pic::link(letter)) > 0);
            uploads.add({pic::link(letter),
                         {request},
                         pic::chunk(next_chunk++),
                         limits::kChunkBytes,
                         deadline});
            check();
        }
    }
    std::optional<Serving> next() {
        const auto out = uploads.next(now);
        if (out) loads.push_back(*out);
        check();
        return out;
    }
    void done() {
        const Serving one = loads.front();
        loads.erase(loads.begin());
        const auto ended = uploads.done(one.link, one.request, one.chunk);
        REQUIRE(ended.has_value());
        CHECK(ended->chunk == one.chunk);
        check();
    }
    // What goes out, each load ending at once: "abc"; `most` at most.
    std::string serve(int most = 1000) {
        std::string out;
        for (int i = 0; i < most; ++i) {
            if (!next()) break;
            out += pic::letter(loads.back().link);
            done();
        }
        return out;
    }
    void check() {
        CHECK(uploads.loading() == loads.size());
        CHECK(uploads.loading() <= slots);
        std::uint64_t queued = 0;
        for (char letter = 'a'; letter <= 'z'; ++letter) {
            const std::uint64_t own = uploads.queued(pic::link(letter));
            queued += own;
            CHECK(own <= limits::kUploadQueuePerNeighbour + again);
            if (own < limits::kUploadQueuePerNeighbour && again == 0 &&
                uploads.queued() + limits::kUploadQueuePerNeighbour < limits::kUploadQueue)
                CHECK(uploads.room(pic::link(letter)) + own == limits::kUploadQueuePerNeighbour);
        }
        if (queued == uploads.queued()) return;
        // Others than these are queued, too.
        CHECK(queued < uploads.queued());
        CHECK(uploads.queued() <= limits::kUploadQueue + again);
    }
};

}  // namespace

TEST_CASE("upload slots: round robin over the neighbours, a chunk each") {
    Server server;
    server.add("aaaabbc");
    CHECK(server.serve() == "abcabaa");
    server.add("cba");
    CHECK(server.serve() == "bca");  // after the one served last
}

TEST_CASE("upload slots: what viewers need goes first, by the time when they need it") {
    Server server;
    server.add("aa");
    server.add("b", server.now + 3s);
    server.add("c", server.now + 1s);
    server.add("b", server.now + 2s);
    server.add("d", server.now + 9s);
    CHECK(server.serve(1) == "a");  // in turn: each fifth is
    CHECK(server.serve() == "cbbda");
}

TEST_CASE(
    "upload slots: of one neighbour, too, the earliest deadline goes first, then the oldest") {
    Server server;
    server.add("a");
    for (const auto due : {3s, 1s, 2s, 1s})
        server.add("a", server.now + due);
    std::string order;
    while (const auto next = server.next()) {
        order += std::to_string(next->chunk.chunk.value);
        server.done();
    }
    CHECK(order == "24310");
}

TEST_CASE("upload slots: nobody takes all by calling everything urgent: each fifth goes in turn") {
    Server server;
    server.add(pic::repeat('a', 20), server.now);
    server.add("bbb");
    server.add("c", server.now + 60s);
    CHECK(server.serve() == "aaaaabaaaacaaaaaaaaabaab");
}

TEST_CASE("upload slots: no more loads than slots, and an ended one lets the next go") {
    Server server(3);
    server.add("aabbcc");
    CHECK(server.next());
    CHECK(server.next());
    CHECK(server.next());
    CHECK_FALSE(server.next());
    CHECK(server.uploads.next_time(server.now) == kNever);  // an end comes first
    server.done();
    CHECK(server.uploads.next_time(server.now) == server.now);
    CHECK(server.next());
    CHECK_FALSE(server.next());
}

TEST_CASE(
    "upload slots: a neighbour queues so many chunks as the limit says, and again as they go") {
    Server server;
    server.add(pic::repeat('a', limits::kUploadQueuePerNeighbour));
    CHECK(server.uploads.room(pic::link('a')) == 0);
    CHECK(server.uploads.room(pic::link('b')) == limits::kUploadQueuePerNeighbour);
    CHECK(server.serve(3) == "aaa");
    CHECK(server.uploads.room(pic::link('a')) == 3);
    server.uploads.forget(pic::link('a'));
    CHECK(server.uploads.room(pic::link('a')) == limits::kUploadQueuePerNeighbour);
    CHECK(server.uploads.queued() == 0);
}

TEST_CASE(
    "upload slots: all together queue so many chunks as the limit says, and again as they go") {
    UploadSlots uploads(1, 0);
    uploads.add({{999}, {1}, pic::chunk(0), limits::kChunkBytes, kNever});  // an odd number
    std::uint64_t link = 0;
    while (uploads.queued() < limits::kUploadQueue) {
        ++link;
        for (std::uint32_t room = uploads.room({link}); room > 0; --room)
            uploads.add({{link}, {1}, pic::chunk(room), limits::kChunkBytes, kNever});
    }
    CHECK(uploads.queued() == limits::kUploadQueue);
    CHECK(uploads.room({link + 1}) == 0);
    CHECK(uploads.cancel({1}, {1}).size() == limits::kUploadQueuePerNeighbour);
    CHECK(uploads.room({link + 1}) == limits::kUploadQueuePerNeighbour);
}

TEST_CASE("upload slots: beyond kUploadQueue who queues most gives way, its last chunks first") {
    Server server;
    constexpr std::uint32_t kFull = limits::kUploadQueue / limits::kUploadQueuePerNeighbour;
    for (std::uint32_t i = 0; i < kFull; ++i)
        server.add(pic::repeat(static_cast<char>('a' + i), limits::kUploadQueuePerNeighbour));
    UploadSlots& uploads = server.uploads;
    REQUIRE(uploads.queued() == limits::kUploadQueue);
    CHECK(uploads.room(pic::link('z')) == 0);
    CHECK(uploads.make_room(pic::link('a'), 10).empty());  // it has as much as any
    const auto out = uploads.make_room(pic::link('z'), 1000);
    CHECK(out.size() == limits::kUploadQueuePerNeighbour / 2);
    for (const Serving& one : out)
        CHECK(one.link == out.front().link);
    CHECK(out.front().chunk.chunk.value > out.back().chunk.chunk.value);
    CHECK(uploads.room(pic::link('z')) == out.size());
    CHECK(uploads.make_room(pic::link('z'), 10).empty());  // there is room
}

TEST_CASE("upload slots: not faster than the limit, a chunk at least, and it says when") {
    Server server(100, limits::kChunkBytes);  // a chunk a second
    server.add("aaa");
    CHECK(server.next());
    CHECK_FALSE(server.next());
    const Time next = server.uploads.next_time(server.now);
    CHECK(next > server.now);
    CHECK(next <= server.now + 1s);
    server.now = next;
    CHECK(server.next());
    server.uploads.set_rate(0, server.now);
    CHECK(server.next());
    CHECK(server.uploads.next_time(server.now) == kNever);  // nothing is queued
}

TEST_CASE(
    "upload slots: a full link's chunk waits at the front, the others go on, nothing is lost") {
    Server server(2, limits::kChunkBytes);
    server.add("aab");
    REQUIRE(server.next());
    const Serving first = server.loads[0];
    server.done();
    ++server.again;
    server.uploads.again(first, server.now + 10ms);  // what it took of the rate is given back
    CHECK(server.uploads.queued(pic::link('a')) == 2);
    CHECK(server.serve(1) == "b");
    server.uploads.set_rate(0, server.now);
    CHECK_FALSE(server.next());
    CHECK(server.uploads.next_time(server.now) == server.now + 10ms);
    server.now += 10ms;
    REQUIRE(server.next());
    CHECK(server.loads[0].chunk == first.chunk);
    server.done();
    CHECK(server.serve() == "a");
}

TEST_CASE("upload slots: cancelling takes that request of that link, and leaves what is loaded") {
    Server server(1);
    server.add("aab", kNever, 1);
    server.add("aab", server.now + 1s, 2);
    REQUIRE(server.next());
    REQUIRE(server.loads[0].request == RequestId{2});  // in turn: of a, the urgent one
    CHECK(server.uploads.cancel(pic::link('a'), {2}).size() == 1);
    CHECK(server.uploads.cancel(pic::link('a'), {2}).empty());
    CHECK(server.uploads.cancel(pic::link('x'), {2}).empty());
    server.done();
    CHECK(server.serve() == "bbaa");
}

TEST_CASE("upload slots: what is not loaded here cannot end") {
    Server server;
    server.add("a");
    CHECK_FALSE(server.uploads.done(pic::link('a'), {1}, pic::chunk(0)));
    REQUIRE(server.next());
    CHECK_FALSE(server.uploads.done(pic::link('b'), {1}, pic::chunk(0)));
    CHECK_FALSE(server.uploads.done(pic::link('a'), {2}, pic::chunk(0)));
    server.done();
    CHECK_FALSE(server.uploads.done(pic::link('a'), {1}, pic::chunk(0)));
}

TEST_CASE("upload slots: the same request, cancelled and made again, takes a slot each time") {
    Server server(2);
    for (int i = 0; i < 2; ++i) {
        server.uploads.add({pic::link('a'), {1}, pic::chunk(0), limits::kChunkBytes, kNever});
        REQUIRE(server.next());
        server.uploads.cancel(pic::link('a'), {1});
    }
    server.uploads.add({pic::link('a'), {1}, pic::chunk(0), limits::kChunkBytes, kNever});
    CHECK_FALSE(server.next());
    server.done();
    server.done();
    CHECK(server.uploads.loading() == 0);
}

TEST_CASE("upload slots: whatever comes and goes, bounds hold and all that was added goes out") {
    Server server(4);
    Chance chance(2);
    std::size_t added = 0;
    std::size_t gone = 0;
    for (int i = 0; i < 3000; ++i) {
        const LinkId link{1 + chance.below(5)};
        const RequestId request{1 + chance.below(3)};
        CAPTURE(i);
        switch (chance.below(6)) {
            case 0:
                gone += server.uploads.cancel(link, request).size();
                break;
            case 1:
                if (!server.loads.empty()) gone += (server.done(), 1);
                break;
            case 2:
            case 3:
                server.next();
                break;
            default:
                if (server.uploads.room(link) == 0) break;
                server.uploads.add(
                    {link, request, pic::chunk(server.next_chunk++), limits::kChunkBytes,
                     chance.below(2) == 0 ? kNever
                                          : server.now + Duration(chance.below(1'000'000))});
                ++added;
        }
        server.check();
        CHECK(added == gone + server.uploads.queued() + server.loads.size());
    }
    while (!server.loads.empty())
        gone += (server.done(), 1);
    CHECK(added == gone + server.serve().size());
}

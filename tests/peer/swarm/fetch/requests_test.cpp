// How much is asked of neighbours, and what of it is late. Requests are of 16 chunks and go to 'a',
// 'b' and so on; times are since they were made.
#include "peer/swarm/fetch/requests.hpp"

#include "tests/support/pictures.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

namespace {

constexpr std::uint32_t kChunksOfOne = 16;

struct AskedFor {
    SwarmOptions options;
    Requests requests{options};
    Time now{100s};
    Actions out;
    std::uint64_t numbers = 0;
    Time wake = kNever;

    template <class Told>
    auto tell(Told told) {
        Turn turn{now, out, numbers};
        if constexpr (std::is_void_v<decltype(told(turn))>) {
            told(turn);
            wake = turn.wake;
            CHECK(requests.broken() == nullptr);
        } else {
            auto result = told(turn);
            wake = turn.wake;
            CHECK(requests.broken() == nullptr);
            return result;
        }
    }
    std::uint64_t room() {
        return tell([&](Turn& turn) { return requests.room(turn); });
    }
    RequestId ask(char who, std::uint32_t fragment, Duration takes = 1s, bool urgent = false,
                  bool again = false) {
        Asked asked;
        asked.request = RequestId{++numbers};
        asked.link = pic::link(who);
        asked.fragment = pic::fragment(fragment);
        asked.open = RangeSet::up_to(kChunksOfOne);
        asked.sent = now;
        asked.expected = now + takes;
        asked.urgent = urgent;
        asked.again = again;
        const RequestId request = asked.request;
        tell([&](Turn& turn) {
            requests.ask(std::move(asked), std::uint64_t{kChunksOfOne} * limits::kChunkBytes, turn);
        });
        return request;
    }
    Requests::Came came(char who, RequestId request, const ChunkRef& chunk) {
        const Requests::Came out_came = requests.came(pic::link(who), request, chunk);
        CHECK(requests.broken() == nullptr);
        return out_came;
    }
    static std::string names(const std::vector<Asked>& all) {
        std::string out;
        for (const Asked& one : all)
            out += pic::letter(one.link);
        return out;
    }
    // "awaited calm mute"; who is in `gave` gave something before, `readers` are waited for.
    std::string late(const std::string& gave = "abc", const std::string& readers = "") const {
        const auto is_of = [](const std::string& letters, const Asked& asked) {
            return letters.find(pic::letter(asked.link)) != std::string::npos;
        };
        const auto late = requests.late(
            [&](const Asked& asked) -> Requests::About {
                return {is_of(gave, asked), 300ms, is_of(readers, asked)};
            },
            now);
        return names(late.awaited) + " " + names(late.calm) + " " + names(late.mute);
    }
};

}  // namespace

TEST_CASE("requests: what is asked and what lies at the store are 48 MiB together") {
    AskedFor desk;
    CHECK(desk.room() == limits::kMaxInFlightTotalBytes / limits::kChunkBytes);
    CHECK(desk.room() == limits::kMaxStoreQueue);
    std::uint32_t fragment = 0;
    std::vector<RequestId> all;
    while (desk.room() >= kChunksOfOne)
        all.push_back(desk.ask('a', fragment++));
    CHECK(desk.room() == limits::kMaxStoreQueue % kChunksOfOne);
    // What came is no more room than before; what was stored is.
    const ChunkRef chunk = pic::chunk(3, 0);
    REQUIRE(desk.came('a', all[0], chunk) == Requests::Came::asked);
    desk.requests.storing(chunk, limits::kChunkBytes);
    CHECK(desk.room() == limits::kMaxStoreQueue % kChunksOfOne);
    CHECK(desk.requests.count_storing() == 1);
    desk.requests.stored(chunk);
    CHECK(desk.room() == limits::kMaxStoreQueue % kChunksOfOne + 1);
    // What nobody gave to the store counts for nothing.
    desk.requests.stored(chunk);
    desk.requests.stored(pic::chunk(4, 0));
    CHECK(desk.room() == limits::kMaxStoreQueue % kChunksOfOne + 1);
    for (const RequestId request : all)
        desk.requests.drop(request);
    CHECK(desk.room() == limits::kMaxStoreQueue);
}

TEST_CASE("requests: the same chunk may lie at the store twice, and each counts") {
    AskedFor desk;
    desk.requests.storing(pic::chunk(0, 0), 1);
    desk.requests.storing(pic::chunk(0, 0), 1);
    desk.requests.stored(pic::chunk(0, 0));
    CHECK(desk.requests.count_storing() == 1);
}

TEST_CASE("requests: no more per second than the user allows, and woken when more may be") {
    AskedFor desk;
    const std::uint64_t rate = 4 * kChunksOfOne * limits::kChunkBytes;  // a quarter of it at once
    CHECK(desk.requests.rate() == 0);
    desk.requests.set_rate(rate, desk.now);
    CHECK(desk.requests.rate() == rate);
    CHECK(desk.room() == kChunksOfOne + 1);  // one makes a debt
    CHECK_FALSE(desk.requests.held_back(desk.now));
    desk.ask('a', 0);
    CHECK_FALSE(desk.requests.rate_allows(desk.now));
    CHECK(desk.requests.held_back(desk.now));
    desk.room();
    CHECK(desk.wake > desk.now);
    CHECK(desk.wake < desk.now + 1ms);
    desk.now += 250ms;
    CHECK(desk.room() == kChunksOfOne + 1);
    desk.requests.set_rate(0, desk.now);
    desk.ask('a', 1);
    CHECK(desk.requests.rate_allows(desk.now));
}

TEST_CASE("requests: no more than 4 MiB are asked of a second neighbour") {
    AskedFor desk;
    desk.ask('a', 0);
    CHECK(desk.requests.may_ask_twice(limits::kMaxTwiceAskedBytes / limits::kChunkBytes));
    const RequestId again = desk.ask('b', 0, 1s, true, true);
    const std::uint32_t left = limits::kMaxTwiceAskedBytes / limits::kChunkBytes - kChunksOfOne;
    CHECK(desk.requests.may_ask_twice(left));
    CHECK_FALSE(desk.requests.may_ask_twice(left + 1));
    // What came, or is not waited for any more, is asked twice no longer.
    REQUIRE(desk.came('b', again, pic::chunk(0, 0)) == Requests::Came::asked);
    CHECK(desk.requests.may_ask_twice(left + 1));
    desk.requests.narrow(again, RangeSet{{4, 8}});
    CHECK(desk.requests.may_ask_twice(left + kChunksOfOne - 4));
    desk.requests.drop(again);
    CHECK(desk.requests.may_ask_twice(left + kChunksOfOne));
}

TEST_CASE("requests: late is what takes half as long again as expected, and a moment") {
    AskedFor desk;
    desk.ask('a', 0, 200ms);
    desk.ask('b', 1, 200ms, true);
    desk.ask('c', 2, 2s);
    desk.now += 400ms - 1us;
    CHECK(desk.late() == "  ");
    desk.now += 1us;
    CHECK(desk.late() == "b a ");
    CHECK(desk.late("abc", "a") == "ab  ");
    desk.now += 5s;
    CHECK(desk.late() == "b ac ");
}

TEST_CASE("requests: of who never gave anything, its patience is what counts") {
    AskedFor desk;
    desk.ask('a', 0, 2s);
    desk.ask('b', 1, 2s);
    desk.now += 300ms - 1us;
    CHECK(desk.late("") == "  ");
    desk.now += 1us;
    CHECK(desk.late("") == "  ab");
    CHECK(desk.late("a") == "  b");
}

TEST_CASE("requests: they are looked at every 100 ms while something is asked, and else never") {
    AskedFor desk;
    const auto due = [&] {
        return desk.tell([&](Turn& turn) { return desk.requests.look_due(turn); });
    };
    CHECK_FALSE(due());
    CHECK(desk.wake == kNever);
    const RequestId request = desk.ask('a', 0);
    CHECK(desk.wake == desk.now + 100ms);
    CHECK_FALSE(due());
    desk.now += 60ms;
    desk.ask('b', 1);
    CHECK(desk.wake == desk.now + 40ms);
    desk.now += 40ms;
    CHECK(due());
    desk.tell([&](Turn& turn) { desk.requests.looked(turn); });
    CHECK(desk.wake == desk.now + 100ms);
    CHECK_FALSE(due());
    desk.requests.drop(request);
    desk.requests.drop(RequestId{request.value + 1});
    desk.now += 1s;
    CHECK_FALSE(due());
    CHECK(desk.wake == kNever);
}

TEST_CASE("requests: what comes was asked for, was once, or never, and only that is held against") {
    AskedFor desk;
    const RequestId request = desk.ask('a', 0);
    CHECK(desk.came('b', request, pic::chunk(0, 0)) == Requests::Came::unasked);
    CHECK(desk.came('a', {99}, pic::chunk(0, 0)) == Requests::Came::unasked);
    CHECK(desk.came('a', request, pic::chunk(0, 1)) == Requests::Came::unasked);
    CHECK(desk.came('a', request, pic::chunk(kChunksOfOne, 0)) == Requests::Came::unasked);
    CHECK(desk.came('a', request, pic::chunk(0, 0)) == Requests::Came::asked);
    CHECK(desk.came('a', request, pic::chunk(0, 0)) == Requests::Came::unasked);  // twice
    CHECK(desk.requests.count_unasked() == 5);
    CHECK(desk.requests.count_spare() == 0);
    desk.requests.drop(request);
    CHECK(desk.came('a', request, pic::chunk(1, 0)) == Requests::Came::given_up);
    CHECK(desk.requests.count_unasked() == 5);
    CHECK(desk.requests.count_spare() == 1);
}

TEST_CASE("requests: chunks and bytes that came are counted, also those that are here already") {
    AskedFor desk;
    desk.requests.storing(pic::chunk(0, 0), limits::kChunkBytes);
    desk.requests.spare(1'000);
    CHECK(desk.requests.count_came() == 2);
    CHECK(desk.requests.bytes_came() == limits::kChunkBytes + 1'000);
    CHECK(desk.requests.count_spare() == 1);
    CHECK(desk.requests.count_storing() == 1);
}

TEST_CASE("requests: busy ends what it answers; to anything else it is of no use") {
    AskedFor desk;
    const RequestId request = desk.ask('a', 0);
    CHECK_FALSE(desk.requests.refused(pic::link('b'), request));
    CHECK_FALSE(desk.requests.refused(pic::link('a'), {99}));
    CHECK(desk.requests.count_spare() == 2);
    REQUIRE(desk.requests.refused(pic::link('a'), request));
    CHECK(desk.requests.open().all().empty());
    CHECK_FALSE(desk.requests.refused(pic::link('a'), request));
    CHECK(desk.requests.count_spare() == 3);
}

TEST_CASE("requests: a neighbour that does not answer is one timeout, whatever is asked there") {
    AskedFor desk;
    const RequestId first = desk.ask('a', 0);
    const RequestId second = desk.ask('a', 1);
    desk.ask('b', 2);
    CHECK(desk.requests.timed_out(pic::link('a')) == std::vector<RequestId>{first, second});
    CHECK(desk.requests.count_timed_out() == 1);
}

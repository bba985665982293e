// What waits of each connection: who is cut, who is not, and what is forgotten.
#include "messages/zmq/budget.hpp"

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

constexpr std::size_t kEach = limits::kWaitingMessageBytes;

// Room for `each` bytes and 10 messages of one, for `all` bytes of all.
Budget budget_of(std::size_t each, std::size_t all) {
    return Budget({each, 10, all});
}

}  // namespace

TEST_CASE("budget: who stays below every limit is never over, however much passes through") {
    Budget budget = budget_of(10 * kEach, 20 * kEach);
    const auto one = budget.open();
    for (int i = 0; i < 1000; ++i) {
        budget.add(one, 100);
        budget.add(one, 0);
        CHECK_FALSE(budget.over(one));
        budget.done(one, 100);
        budget.done(one, 0);
    }
    CHECK(budget.size() == 0);
    CHECK(budget.bytes() == 0);
}

TEST_CASE("budget: a byte beyond a connection's bytes is over, and no other connection") {
    Budget budget = budget_of(1000 + kEach, 1 << 20);
    const auto one = budget.open(), other = budget.open();
    budget.add(other, 1000);
    budget.add(one, 1000);
    CHECK_FALSE(budget.over(one));
    budget.done(one, 1000);
    budget.add(one, 1001);
    CHECK(budget.over(one));
    CHECK_FALSE(budget.over(other));
}

TEST_CASE("budget: a message beyond a connection's messages is over, though all are empty") {
    Budget budget = budget_of(1 << 20, 1 << 20);
    const auto one = budget.open();
    for (int i = 0; i < 10; ++i)
        budget.add(one, 0);
    CHECK_FALSE(budget.over(one));
    budget.add(one, 0);
    CHECK(budget.over(one));
}

TEST_CASE("budget: when all together have too much the greediest goes, then all the rest fit") {
    Budget budget = budget_of(1 << 20, 4000 + 4 * kEach);
    const auto small = budget.open(), greedy = budget.open(), late = budget.open();
    budget.add(small, 500);
    budget.add(greedy, 1700);
    budget.add(greedy, 1700);
    CHECK_FALSE(budget.over(greedy));
    budget.add(late, 600);
    CHECK(budget.over(greedy));
    CHECK_FALSE(budget.over(small));
    CHECK_FALSE(budget.over(late));
    CHECK(budget.bytes() == 1100 + 2 * kEach);
    // What it still sends counts for nobody, until its owner has dropped it all.
    budget.add(greedy, 1 << 20);
    CHECK(budget.bytes() == 1100 + 2 * kEach);
    budget.forget(greedy);
    CHECK_FALSE(budget.over(greedy));
    CHECK(budget.size() == 2);
}

TEST_CASE(
    "budget: who sends what it was asked for is not the greediest, who sends more than that is") {
    Budget budget = budget_of(1 << 20, 4000 + 4 * kEach);
    const auto honest = budget.open(), crowd = budget.open(), late = budget.open();
    std::size_t asked = 5000;
    const Budget::Asked of_honest = [&] { return asked; };
    budget.add(honest, 1700, of_honest);
    budget.add(honest, 1700, of_honest);
    budget.add(crowd, 500);
    CHECK_FALSE(budget.over(crowd));
    budget.add(late, 600);
    CHECK(budget.over(late));  // the most of what nobody asked for
    CHECK_FALSE(budget.over(honest));
    asked = 1000;  // the rest has come or is wanted no more: what is asked counts when one is cut
    budget.add(crowd, 600);
    CHECK(budget.over(honest));
    CHECK_FALSE(budget.over(crowd));
}

TEST_CASE("budget: what waits is forgotten with its connection") {
    Budget budget = budget_of(1 << 20, 1 << 20);
    for (int i = 0; i < 100; ++i) {
        const auto one = budget.open();
        budget.add(one, 10);
        budget.add(one, 10);
        budget.forget(one);
    }
    CHECK(budget.size() == 0);
    CHECK(budget.bytes() == 0);
}

TEST_CASE("budget: what a peer and a bus allow is exactly that, of one and of all") {
    for (const Budget::Limits& limits : {Budget::Limits{}, Budget::Limits::of_a_bus()}) {
        CAPTURE(limits.bytes);
        Budget budget(limits);
        const auto bytes = budget.open(), messages = budget.open();
        budget.add(bytes, limits.bytes - kEach);
        CHECK_FALSE(budget.over(bytes));
        budget.add(bytes, 0);
        CHECK(budget.over(bytes));
        budget.forget(bytes);
        for (std::size_t i = 0; i < limits.messages; ++i)
            budget.add(messages, 0);
        CHECK_FALSE(budget.over(messages));
        budget.add(messages, 0);
        CHECK(budget.over(messages));
        budget.forget(messages);
        // Each half of what all may have, and the second a byte more.
        const auto half = budget.open(), more = budget.open();
        budget.add(half, limits.bytes_of_all / 2 - kEach);
        budget.add(more, limits.bytes_of_all / 2 - kEach);
        CHECK_FALSE(budget.some_over());
        budget.done(more, limits.bytes_of_all / 2 - kEach);
        budget.add(more, limits.bytes_of_all / 2 - kEach + 1);
        CHECK(budget.over(more));
        CHECK_FALSE(budget.over(half));
    }
    CHECK(Budget::Limits{}.bytes == limits::kMaxWaitingBytes);
    CHECK(Budget::Limits{}.messages == limits::kMaxWaitingMessages);
    CHECK(Budget::Limits{}.bytes_of_all == limits::kMaxWaitingTotalBytes);
    CHECK(Budget::Limits::of_a_bus().bytes == limits::kMaxToldBytes);
    CHECK(Budget::Limits::of_a_bus().messages == limits::kMaxToldMessages);
    CHECK(Budget::Limits::of_a_bus().bytes_of_all == limits::kMaxToldTotalBytes);
}

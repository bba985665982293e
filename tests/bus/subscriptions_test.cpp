// Who subscribed to how much, as the forwarder sees it.
#include "bus/subscriptions.hpp"

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

using Heard = Subscriptions::Verdict;

std::string begun(const std::string& prefix) {
    return '\1' + prefix;
}
std::string ended(const std::string& prefix) {
    return std::string(1, '\0') + prefix;
}
// The end of a connection is heard of none.
const Subscriptions::Connection kNone{};
Subscriptions::Connection at(int fd, std::uint64_t cookie) {
    return {fd, cookie};
}
void fill(Subscriptions& subscriptions, const Subscriptions::Connection& connection) {
    for (std::size_t i = 0; i < limits::kMaxSubscriptions; ++i)
        REQUIRE(subscriptions.hear(begun(std::to_string(i)), connection) == Heard::fine);
}

}  // namespace

TEST_CASE("subscriptions: a connection may have so many, and one more is too many") {
    Subscriptions subscriptions;
    fill(subscriptions, at(7, 100));
    CHECK(subscriptions.hear(begun("0"), at(7, 100)) == Heard::fine);  // has it already
    CHECK(subscriptions.hear(begun("another's"), at(8, 101)) == Heard::fine);
    CHECK(subscriptions.hear(begun("one more"), at(7, 100)) == Heard::too_many);
}

TEST_CASE("subscriptions: who says so much in one turn is cut; in the next it may go on") {
    Subscriptions subscriptions;
    const auto say = [&] {
        subscriptions.hear(begun("a"), at(7, 100));
        return subscriptions.hear(ended("a"), at(7, 100));
    };
    for (int turns = 0; turns < 3; ++turns) {
        subscriptions.turn();
        for (int said = 0; said < limits::kMaxSubscriptionsPerTurn; said += 2)
            REQUIRE(say() == Heard::fine);
    }
    CHECK(subscriptions.hear(begun("another's"), at(8, 101)) == Heard::fine);
    CHECK(subscriptions.hear(ended("nobody's"), kNone) == Heard::fine);
    CHECK(say() == Heard::too_often);
}

TEST_CASE("subscriptions: what was ended makes room") {
    Subscriptions subscriptions;
    for (std::size_t i = 0; i < 10 * limits::kMaxSubscriptions; ++i) {
        subscriptions.turn();
        REQUIRE(subscriptions.hear(begun(std::to_string(i)), at(7, 100)) == Heard::fine);
        REQUIRE(subscriptions.hear(ended(std::to_string(i)), at(7, 100)) == Heard::fine);
    }
    CHECK(subscriptions.all().empty());
}

TEST_CASE("subscriptions: who gets the descriptor of one that is over begins with none") {
    Subscriptions subscriptions;
    fill(subscriptions, at(7, 100));
    CHECK(subscriptions.hear(begun("mine"), at(7, 200)) == Heard::fine);
    subscriptions.forget([](const auto& one) { return one.cookie == 100; });
    fill(subscriptions, at(7, 300));
    CHECK(subscriptions.all().size() == 2);
}

TEST_CASE("subscriptions: what others have, too, is counted, and outlives them") {
    Subscriptions subscriptions;
    fill(subscriptions, at(1, 100));
    fill(subscriptions, at(2, 101));
    subscriptions.forget([](const auto& one) { return one.cookie == 100; });
    CHECK(subscriptions.hear(begun("one more"), at(2, 101)) == Heard::too_many);
}

TEST_CASE("subscriptions: the end of a connection is nobody's subscription") {
    Subscriptions subscriptions;
    CHECK(subscriptions.hear(ended("peer."), kNone) == Heard::fine);
    CHECK(subscriptions.hear(begun("peer."), kNone) == Heard::fine);
    CHECK(subscriptions.hear(ended("never heard of"), at(1, 100)) == Heard::fine);
    CHECK(subscriptions.all().empty());
}

TEST_CASE("subscriptions: the empty prefix is one; anything else is none") {
    Subscriptions subscriptions;
    CHECK(subscriptions.hear(begun(""), at(1, 100)) == Heard::fine);
    CHECK(subscriptions.hear("", at(1, 100)) == Heard::no_subscription);
    CHECK(subscriptions.hear("\2peer.", at(1, 100)) == Heard::no_subscription);
    CHECK(subscriptions.hear("\xffpeer.", at(1, 100)) == Heard::no_subscription);
    CHECK(subscriptions.all().size() == 1);
}

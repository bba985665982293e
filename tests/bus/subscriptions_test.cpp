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

}  // namespace

TEST_CASE("subscriptions: a connection may have so many, and one more is too many") {
    Subscriptions subscriptions;
    for (std::size_t i = 0; i < limits::kMaxSubscriptions; ++i)
        REQUIRE(subscriptions.hear(begun(std::to_string(i)), 7) == Heard::fine);
    CHECK(subscriptions.hear(begun("another's"), 8) == Heard::fine);
    CHECK(subscriptions.hear(begun("one more"), 7) == Heard::too_many);
}

TEST_CASE("subscriptions: what was ended makes room, also by the end of the connection") {
    Subscriptions subscriptions;
    for (std::size_t i = 0; i < 10 * limits::kMaxSubscriptions; ++i) {
        REQUIRE(subscriptions.hear(begun(std::to_string(i)), 7) == Heard::fine);
        REQUIRE(subscriptions.hear(ended(std::to_string(i)), i % 2 == 0 ? 7 : -1) == Heard::fine);
    }
    CHECK(subscriptions.size() == 0);
}

TEST_CASE("subscriptions: what others have already costs nothing") {
    Subscriptions subscriptions;
    for (int connection = 1; connection < 100; ++connection)
        CHECK(subscriptions.hear(begun("peer."), connection) == Heard::fine);
    CHECK(subscriptions.size() == 1);
    CHECK(subscriptions.hear(ended("never heard of"), 1) == Heard::fine);
    CHECK(subscriptions.size() == 1);
}

TEST_CASE("subscriptions: the empty prefix is one; anything else is none") {
    Subscriptions subscriptions;
    CHECK(subscriptions.hear(begun(""), 1) == Heard::fine);
    CHECK(subscriptions.hear("", 1) == Heard::no_subscription);
    CHECK(subscriptions.hear("\2peer.", 1) == Heard::no_subscription);
    CHECK(subscriptions.hear("\xffpeer.", 1) == Heard::no_subscription);
    CHECK(subscriptions.size() == 1);
}

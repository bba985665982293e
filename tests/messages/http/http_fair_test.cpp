#include "messages/http/http_fair.hpp"

#include <doctest/doctest.h>

using namespace fragcast;

TEST_CASE("who makes room: the oldest of whoever holds most, not the oldest of all") {
    CHECK(who_makes_room({"10.0.0.1:1", "10.0.0.2:1", "10.0.0.2:2"}, "10.0.0.3:1") == 1);
    CHECK(who_makes_room({"10.0.0.2:1", "10.0.0.1:1", "10.0.0.2:2"}, "10.0.0.1:2") == 0);
    CHECK(who_makes_room({"[fd00::1]:1", "[fd01::2]:1", "[fd01::2]:2"}, "10.0.0.3:1") == 1);
    CHECK(who_makes_room({"10.0.0.1:1", "[fd00::1]:1", "[fd00::2]:2"}, "10.0.0.3:1") == 1);
}

TEST_CASE("who makes room: the newcomer counts, and ends his own where he would hold most") {
    CHECK(who_makes_room({"10.0.0.1:1", "10.0.0.2:1"}, "10.0.0.2:2") == 1);
    CHECK(who_makes_room({"10.0.0.1:1", "10.0.0.1:2", "10.0.0.2:1", "10.0.0.2:2"}, "10.0.0.2:3") ==
          2);
}

TEST_CASE("who makes room: where all hold alike, the oldest of all") {
    CHECK(who_makes_room({"10.0.0.1:1", "10.0.0.2:1"}, "10.0.0.3:1") == 0);
    CHECK(who_makes_room({"10.0.0.1:9"}, "10.0.0.1:10") == 0);
}

#include "peer/swarm/copies/store_limit.hpp"

#include <doctest/doctest.h>

using namespace fragcast;

TEST_CASE("store limit: half of what would be free, and a full disk is no reason for none") {
    CHECK(store_limit_of(100, 20) == 60);
    CHECK(store_limit_of(0, 20) == 10);
    CHECK(store_limit_of(0, 0) == 1);
    CHECK(store_limit_of(0, 1) == 1);
}

TEST_CASE("store limit: its weight is a power of two of GiB, from 1 to 1 TiB") {
    CHECK(capacity_of(1) == 1);
    CHECK(capacity_of(7ULL << 30) == 4);
    CHECK(capacity_of(1ULL << 40) == limits::kMaxCapacity);
    CHECK(capacity_of(1ULL << 60) == limits::kMaxCapacity);
    CHECK(capacity_of(0) == limits::kMaxCapacity);
}

#include "messages/http/http_unsent.hpp"

#include "messages/wire/limits.hpp"

#include <doctest/doctest.h>

using namespace fragcast;

TEST_CASE("unsent: up to kHttpUnsentBytes of all together nobody gives way, then the largest") {
    HttpUnsent unsent(limits::kHttpUnsentBytes);
    const std::uint64_t half = limits::kHttpUnsentBytes / 2;
    unsent.set(1, limits::kListPieceBytes);
    unsent.set(2, half);
    unsent.set(3, half - limits::kListPieceBytes);
    CHECK(unsent.total() == limits::kHttpUnsentBytes);
    CHECK_FALSE(unsent.gives_way());
    unsent.set(1, limits::kListPieceBytes + 1);
    CHECK(unsent.gives_way() == 2);
    unsent.set(2, 0);
    CHECK_FALSE(unsent.gives_way());
    CHECK(unsent.total() == half + 1);
}

TEST_CASE(
    "unsent: of several that have most, the one that came first; what was sent counts no more") {
    HttpUnsent unsent(10);
    unsent.set(7, 6);
    unsent.set(5, 6);
    CHECK(unsent.gives_way() == 5);
    unsent.set(5, 4);
    CHECK_FALSE(unsent.gives_way());
    unsent.set(9, 1);
    CHECK(unsent.gives_way() == 7);
    unsent.set(8, 0);
    CHECK(unsent.total() == 11);
}

#include "peer/swarm/people/namesake.hpp"

#include <doctest/doctest.h>

using namespace fragcast;

TEST_CASE("namesake: another id is drawn once, whatever more buses say meanwhile") {
    Namesake namesake;
    CHECK(namesake.met());
    CHECK_FALSE(namesake.met());
    namesake.renamed();
    CHECK(namesake.met());
}

// Who sent what is here, and how long it took.
#include "peer/swarm/fetch/origins.hpp"

#include "tests/support/pictures.hpp"

#include <numeric>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

TEST_CASE("origins: senders and time of what came, until it is not here any more") {
    Origins origins;
    const FragmentRef fragment{pic::asset(1), {3}};
    CHECK(origins.find(fragment) == nullptr);
    origins.add(fragment, {{pic::peer('a'), 5}, {pic::peer('b'), 7}}, Time{2s}, Time{5s});
    REQUIRE(origins.find(fragment) != nullptr);
    CHECK(origins.find(fragment)->senders.at(pic::peer('b')) == 7);
    CHECK(origins.find(fragment)->took == 3s);
    CHECK(origins.find({pic::asset(1), {4}}) == nullptr);
    origins.forget(fragment);
    CHECK(origins.find(fragment) == nullptr);
    CHECK(origins.size() == 0);
}

TEST_CASE("origins: what was asked of nobody took no time, and is not in the times") {
    Origins origins;
    const auto all = [&origins] {
        const auto& counts = origins.times().counts;
        return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
    };
    origins.add({pic::asset(1), {0}}, {}, kNever, Time{5s});
    CHECK(origins.find({pic::asset(1), {0}})->took == 0s);
    CHECK(all() == 0);
    origins.add({pic::asset(1), {1}}, {}, Time{1s}, Time{5s});
    CHECK(all() == 1);
    CHECK(origins.times().sum_seconds == doctest::Approx(4));
    origins.forget({pic::asset(1), {1}});  // the times stay: they are of all that came
    CHECK(all() == 1);
}

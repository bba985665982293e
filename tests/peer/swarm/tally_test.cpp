#include "peer/swarm/tally.hpp"

#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

using namespace fragcast;

TEST_CASE("tally: each event counts once, and as nothing else") {
    Tally tally;
    const auto all = [&] {
        return std::vector<std::uint64_t>{tally.count_refused(), tally.count_busy(),
                                          tally.count_absent(), tally.count_wrong()};
    };
    CHECK(all() == std::vector<std::uint64_t>{0, 0, 0, 0});
    tally.garbage();
    tally.untrue_hello();
    tally.unmet();
    tally.misplaced();
    CHECK(all() == std::vector<std::uint64_t>{4, 0, 0, 0});
    tally.busy();
    CHECK(all() == std::vector<std::uint64_t>{4, 1, 0, 0});
    tally.absent();
    CHECK(all() == std::vector<std::uint64_t>{4, 1, 1, 0});
    tally.wrong();
    CHECK(all() == std::vector<std::uint64_t>{4, 1, 1, 1});
}

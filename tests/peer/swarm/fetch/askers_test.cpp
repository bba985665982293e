// Wants of several askers for one asset of six fragments: "#" wanted by somebody, "." by nobody.
#include "peer/swarm/fetch/askers.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

constexpr std::uint32_t kCount = 6;
constexpr ReadId kAskerAnna{1};
constexpr ReadId kAskerBert{2};
constexpr ReadId kCarl{3};

std::string row(const Askers& askers) {
    std::string out;
    const RangeSet wanted = askers.wanted(kCount);
    for (std::uint32_t i = 0; i < kCount; ++i)
        out += wanted.contains(i) ? '#' : '.';
    return out;
}

}  // namespace

TEST_CASE("askers: the end of one is the end of its want alone") {
    Askers askers;
    askers.add(kAskerAnna, RangeSet{{0, 3}});
    askers.add(kAskerBert, RangeSet{{2, 4}});
    CHECK(row(askers) == "####..");
    CHECK(askers.end(kAskerAnna));
    CHECK(row(askers) == "..##..");
    CHECK_FALSE(askers.end(kAskerAnna));
    CHECK_FALSE(askers.end(kCarl));
    CHECK(row(askers) == "..##..");
    CHECK(askers.end(kAskerBert));
    CHECK(row(askers) == "......");
    CHECK(askers.empty());
}

TEST_CASE("askers: who asks again wants more, and whoever wants all keeps to it") {
    Askers askers;
    askers.add(kAskerAnna, RangeSet{{0, 1}});
    askers.add(kAskerAnna, RangeSet{{4, 5}});
    CHECK(row(askers) == "#...#.");
    askers.add(kAskerBert, {});
    CHECK(row(askers) == "######");
    askers.add(kAskerBert, RangeSet{{0, 1}});
    CHECK(row(askers) == "######");
    askers.add(kAskerAnna, {});
    CHECK(askers.end(kAskerBert));
    CHECK(row(askers) == "######");
    CHECK(askers.size() == 1);
    askers.add(kCarl, RangeSet{{5, 9}});  // beyond the end: as far as there is any
    CHECK(askers.end(kAskerAnna));
    CHECK(row(askers) == ".....#");
}

TEST_CASE("askers: who has all that it wanted wants nothing any more") {
    Askers askers;
    askers.add(kAskerAnna, RangeSet{{0, 2}});
    askers.add(kAskerBert, RangeSet{{1, 3}});
    askers.add(kCarl, {});
    askers.settle(RangeSet{{1, 2}}, kCount);
    CHECK(askers.size() == 3);
    askers.settle(RangeSet{{0, 2}}, kCount);
    CHECK(askers.size() == 2);
    CHECK_FALSE(askers.end(kAskerAnna));
    askers.settle(RangeSet{{0, 5}}, kCount);
    CHECK(askers.size() == 1);
    askers.settle(RangeSet{{0, 6}}, kCount);
    CHECK(askers.empty());
}

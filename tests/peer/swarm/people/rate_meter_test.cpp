// How fast a neighbour is, while something is asked of it.
#include "peer/swarm/people/rate_meter.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;

namespace {

const Time kBegin{50s};

}  // namespace

TEST_CASE("rate meter: what comes in a tenth of a second is a sample, smoothed with those before") {
    RateMeter meter;
    CHECK(meter.rate() == 0);
    meter.begin(kBegin);
    meter.add(60'000, kBegin + 50ms);
    CHECK(meter.rate() == 0);  // too short to say
    meter.add(40'000, kBegin + 100ms);
    CHECK(meter.rate() == 1'000'000);
    meter.add(500'000, kBegin + 200ms);
    CHECK(meter.rate() == 2'000'000);  // three parts old, one new
}

TEST_CASE("rate meter: time in which nothing is asked says nothing") {
    RateMeter meter;
    meter.begin(kBegin);
    meter.add(100'000, kBegin + 100ms);
    meter.end(kBegin + 100ms);
    meter.add(1, kBegin + 30s);  // nobody asked
    CHECK(meter.rate() == 1'000'000);
    meter.begin(kBegin + 60s);
    meter.begin(kBegin + 61s);  // it began already
    meter.add(2'000'000, kBegin + 62s);
    CHECK(meter.rate() == 1'000'000);
}

TEST_CASE("rate meter: the end of what was asked, or four mebibytes, are a sample, too") {
    RateMeter meter;
    meter.begin(kBegin);
    meter.add(10'000, kBegin + 10ms);
    meter.end(kBegin + 10ms);
    CHECK(meter.rate() == 1'000'000);
    RateMeter fast;
    fast.begin(kBegin);
    fast.add(4 << 20, kBegin + 1ms);
    CHECK(fast.rate() == (4ULL << 20) * 1000);
    RateMeter at_once;
    at_once.begin(kBegin);
    at_once.add(4 << 20, kBegin);  // no time passed: no division by it
    CHECK(at_once.rate() == (4ULL << 20) * 1'000'000);
}

TEST_CASE("rate meter: who is silent although it should send gets slower by and by") {
    RateMeter meter;
    meter.begin(kBegin);
    meter.add(100'000, kBegin + 100ms);
    meter.stall(kBegin + 599ms);
    CHECK(meter.rate() == 1'000'000);
    meter.stall(kBegin + 600ms);
    CHECK(meter.rate() == 750'000);
    meter.stall(kBegin + 1100ms);
    CHECK(meter.rate() == 562'500);
    meter.end(kBegin + 1200ms);
    meter.stall(kBegin + 9s);
    CHECK(meter.rate() == 562'500);
}

// A limit on bytes per second, on a clock of its own.
#include "peer/swarm/token_bucket.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;

namespace {

// What goes through from `from` on when chunks are always waiting and the bucket is asked every ms.
std::uint64_t sent(TokenBucket& bucket, Time from, Duration lasting) {
    std::uint64_t bytes = 0;
    for (Time now = from; now < from + lasting; now += 1ms)
        while (bucket.open(now)) {
            bucket.take(limits::kChunkBytes);
            bytes += limits::kChunkBytes;
        }
    return bytes;
}

void within_five_percent(std::uint64_t bytes, std::uint64_t rate, Duration lasting) {
    const auto wanted = static_cast<double>(rate) * static_cast<double>(lasting.count()) / 1e6;
    CHECK(static_cast<double>(bytes) >= 0.95 * wanted);
    CHECK(static_cast<double>(bytes) <= 1.05 * wanted);
}

}  // namespace

TEST_CASE("a rate holds within 5 % over ten seconds") {
    for (const std::uint64_t rate : {1U << 20, 5U << 20, 100U << 20}) {
        TokenBucket bucket(rate);
        sent(bucket, Time{}, 1s);  // the first quarter of a second's worth goes at once
        within_five_percent(sent(bucket, Time{} + 1s, 10s), rate, 10s);
    }
}

TEST_CASE("a rate below a chunk per second still moves") {
    TokenBucket bucket(10'000);
    CHECK(sent(bucket, Time{}, 120s) >= 4 * limits::kChunkBytes);
}

TEST_CASE("a rate that is changed holds from then on, either way, and a debt stays") {
    TokenBucket bucket(100 << 20);
    sent(bucket, Time{}, 1s);
    bucket.set_rate(1 << 20, Time{} + 1s);
    sent(bucket, Time{} + 1s, 1s);
    within_five_percent(sent(bucket, Time{} + 2s, 10s), 1 << 20, 10s);
    bucket.set_rate(10 << 20, Time{} + 12s);
    within_five_percent(sent(bucket, Time{} + 12s, 10s), 10 << 20, 10s);
    bucket.set_rate(0, Time{} + 22s);
    CHECK(bucket.level(Time{} + 22s) == ~0ULL);
    bucket.set_rate(1 << 20, Time{} + 23s);
    sent(bucket, Time{} + 23s, 1s);
    within_five_percent(sent(bucket, Time{} + 24s, 10s), 1 << 20, 10s);

    TokenBucket slow(1 << 20);
    CHECK(slow.open(Time{}));
    slow.take(4 << 20);
    slow.set_rate(2 << 20, Time{});
    CHECK_FALSE(slow.open(Time{} + 1s));
    CHECK(slow.open(Time{} + 2s));
}

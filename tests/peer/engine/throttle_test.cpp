// One line for each sender and interval, however many senders there are.
#include "peer/engine/throttle.hpp"

#include "messages/wire/limits.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;

TEST_CASE("throttle: speaks once in an interval, and then says how often it was silent") {
    Throttle throttle;
    Time now{};
    CHECK(throttle.speak("a", now) == 0U);
    CHECK_FALSE(throttle.speak("a", now + 1s).has_value());
    CHECK_FALSE(throttle.speak("a", now + limits::kLogInterval - 1us).has_value());
    CHECK(throttle.speak("a", now + limits::kLogInterval) == 2U);
    CHECK(throttle.speak("a", now + 3 * limits::kLogInterval) == 0U);
}

TEST_CASE("throttle: one sender's noise does not silence another") {
    Throttle throttle;
    CHECK(throttle.speak("a", Time{}).has_value());
    CHECK(throttle.speak("b", Time{}).has_value());
    CHECK_FALSE(throttle.speak("b", Time{}).has_value());
}

TEST_CASE("throttle: ever new names are forgotten") {
    Throttle throttle;
    for (std::uint32_t i = 0; i < 3 * limits::kMaxNeighbours; ++i)
        CHECK(throttle.speak(std::to_string(i), Time{}).has_value());
    CHECK_FALSE(throttle.speak(std::to_string(3 * limits::kMaxNeighbours - 1), Time{}).has_value());
}

// One thread (the test's).
//
// Payloads of so many bytes that are not there: of them is known only whether they are right.
#pragma once

#include "messages/wire/payload.hpp"

#include <array>

namespace fragcast::made_up {

inline const std::array<std::uint8_t, 1> kGood{};
inline const std::array<std::uint8_t, 1> kBad{};

// Never to be read.
inline Payload payload(std::size_t bytes, bool good) {
    return Payload((good ? kGood : kBad).data(), bytes, nullptr);
}
inline bool is(const Payload& payload) {
    return payload.data() == kGood.data() || payload.data() == kBad.data();
}
inline bool is_good(const Payload& payload) {
    return payload.data() == kGood.data();
}

}  // namespace fragcast::made_up

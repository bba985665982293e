// Any thread. Who a peer is: an X25519 key pair, the kind that CURVE uses, so that ids need not
// change when connections are encrypted.
#pragma once

#include "messages/wire/ids.hpp"
#include "messages/wire/result.hpp"

#include <span>

namespace fragcast {

inline constexpr std::size_t kKeyBytes = 32;

struct KeyPair {
    Bytes public_key;  // kKeyBytes
    Bytes secret_key;  // kKeyBytes
};

// Fresh and random.
Result<KeyPair> make_key_pair();
// What makes a pair of a secret key that was kept. Errors: invalid.
Result<KeyPair> key_pair_of(std::span<const std::uint8_t> secret_key);

}  // namespace fragcast

// Any thread. The door of OpenSSL's libcrypto (EVP): SHA-256 and what is built on it.
#pragma once

#include "messages/wire/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace fragcast {

Digest sha256(std::span<const std::uint8_t> data);

// Incremental SHA-256. finish() may be called once.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;

    void update(std::span<const std::uint8_t> data);
    Digest finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

// The id of the peer that owns this public key (PROTOCOL.md, "Identity").
PeerId peer_id_of(std::span<const std::uint8_t> public_key);

// Cryptographically strong random bytes, for keys and guests' ids. Never used for policy.
void random_bytes(std::span<std::uint8_t> out);

}  // namespace fragcast

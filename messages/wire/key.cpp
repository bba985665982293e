#include "messages/wire/key.hpp"

#include "messages/wire/hash.hpp"

#include <memory>

#include <openssl/evp.h>

namespace fragcast {

Result<KeyPair> key_pair_of(std::span<const std::uint8_t> secret_key) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, secret_key.data(),
                                     secret_key.size()),
        EVP_PKEY_free);
    KeyPair pair{Bytes(kKeyBytes), Bytes(secret_key.begin(), secret_key.end())};
    std::size_t size = kKeyBytes;
    if (!key || EVP_PKEY_get_raw_public_key(key.get(), pair.public_key.data(), &size) != 1)
        return fail(ErrorKind::invalid, "not a secret key of 32 bytes");
    return pair;
}

Result<KeyPair> make_key_pair() {
    Bytes secret(kKeyBytes);
    random_bytes(secret);
    return key_pair_of(secret);
}

}  // namespace fragcast

#include "messages/wire/hash.hpp"

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <cstdlib>

#include <openssl/evp.h>
#include <openssl/rand.h>

namespace fragcast {

namespace {

// libcrypto fails here only when it cannot allocate or is broken: nothing could be proven any more,
// so nothing may go on.
void must(int ok, const char* what) {
    if (ok == 1) return;
    std::fprintf(stderr, "libcrypto cannot compute %s; is it damaged, or is memory exhausted?\n",
                 what);
    std::abort();
}

// Looked up once: the implicit lookup costs more than hashing a short text.
const EVP_MD* sha256_method() {
    static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    must(method != nullptr, "SHA-256");
    return method;
}

}  // namespace

struct Sha256::State {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    State() {
        must(context != nullptr, "SHA-256");
        must(EVP_DigestInit_ex2(context, sha256_method(), nullptr), "SHA-256");
    }
    ~State() { EVP_MD_CTX_free(context); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::span<const std::uint8_t> data) {
    assert(state_ != nullptr);
    must(EVP_DigestUpdate(state_->context, data.data(), data.size()), "SHA-256");
}

Digest Sha256::finish() {
    assert(state_ != nullptr);
    Digest out;
    must(EVP_DigestFinal_ex(state_->context, out.bytes.data(), nullptr), "SHA-256");
    state_.reset();
    return out;
}

Digest sha256(std::span<const std::uint8_t> data) {
    Digest out;
    must(EVP_Digest(data.data(), data.size(), out.bytes.data(), nullptr, sha256_method(), nullptr),
         "SHA-256");
    return out;
}

PeerId peer_id_of(std::span<const std::uint8_t> public_key) {
    const Digest digest = sha256(public_key);
    PeerId out;
    std::copy_n(digest.bytes.begin(), PeerId::kBytes, out.bytes.begin());
    return out;
}

void random_bytes(std::span<std::uint8_t> out) {
    must(RAND_bytes(out.data(), static_cast<int>(out.size())), "random bytes");
}

}  // namespace fragcast

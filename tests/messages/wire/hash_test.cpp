#include "messages/wire/hash.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

Bytes bytes_of(const std::string& text) {
    return Bytes(text.begin(), text.end());
}

}  // namespace

// FIPS 180-2, appendix B.
TEST_CASE("SHA-256 gives the published values") {
    CHECK(sha256({}).text() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(sha256(bytes_of("abc")).text() ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(sha256(bytes_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")).text() ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    CHECK(sha256(Bytes(1'000'000, 'a')).text() ==
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("a hash in parts is the hash of the whole, and moves with its owner") {
    Sha256 sum;
    sum.update(bytes_of("a"));
    Sha256 moved = std::move(sum);
    moved.update({});
    moved.update(bytes_of("bc"));
    CHECK(moved.finish() == sha256(bytes_of("abc")));
}

TEST_CASE("a peer's id is the first half of its key's hash") {
    CHECK(peer_id_of(bytes_of("abc")).text() == "ba7816bf8f01cfea414140de5dae2223");
}

TEST_CASE("random bytes differ from call to call") {
    Bytes one(32);
    Bytes two(32);
    random_bytes(one);
    random_bytes(two);
    CHECK(one != two);
    CHECK(one != Bytes(32));
}

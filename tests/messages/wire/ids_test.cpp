#include "messages/wire/ids.hpp"

#include <doctest/doctest.h>

using namespace fragcast;

TEST_CASE("an id's text is hex, and is read back in either case") {
    PeerId id;
    for (std::size_t i = 0; i < PeerId::kBytes; ++i)
        id.bytes[i] = static_cast<std::uint8_t>(i * 17);
    CHECK(id.text() == "00112233445566778899aabbccddeeff");
    CHECK(id.short_text() == "00112233");
    CHECK(PeerId::parse("00112233445566778899aabbccddeeff") == id);
    CHECK(PeerId::parse("00112233445566778899AABBCCDDEEFF") == id);
    CHECK_FALSE(id.is_zero());
    CHECK(PeerId{}.is_zero());
}

TEST_CASE("what is not exactly the digits of an id is none") {
    CHECK_FALSE(PeerId::parse(""));
    CHECK_FALSE(PeerId::parse("00112233445566778899aabbccddeef"));
    CHECK_FALSE(PeerId::parse("00112233445566778899aabbccddeeff00"));
    CHECK_FALSE(PeerId::parse("00112233445566778899aabbccddeefg"));
    CHECK_FALSE(PeerId::parse(" 0112233445566778899aabbccddeeff"));
    CHECK_FALSE(AssetId::parse("00112233445566778899aabbccddeeff"));
}

TEST_CASE("hex goes both ways") {
    const Bytes bytes = {0x00, 0x0F, 0xF0, 0xFF};
    CHECK(to_hex(bytes.data(), bytes.size()) == "000ff0ff");
    CHECK(from_hex("000fF0Ff") == bytes);
    CHECK(from_hex("") == Bytes{});
    CHECK_FALSE(from_hex("0"));
    CHECK_FALSE(from_hex("0x"));
}

TEST_CASE("ids order by their bytes, spans know what they contain") {
    AssetId low;
    AssetId high;
    high.bytes[0] = 1;
    CHECK(low < high);
    // In every place, the first that differs decides, as a byte without a sign.
    for (std::size_t at = 0; at < AssetId::kBytes; ++at) {
        AssetId larger = low;
        larger.bytes[at] = 0x80;
        AssetId smaller = low;
        smaller.bytes[at] = 0x7F;
        for (std::size_t after = at + 1; after < AssetId::kBytes; ++after)
            smaller.bytes[after] = 0xFF;
        CHECK(smaller < larger);
        CHECK(low < smaller);
        CHECK((larger <=> larger) == 0);
    }
    const Span span{3, 5};
    CHECK(span.size() == 2);
    CHECK_FALSE(span.contains(2));
    CHECK(span.contains(3));
    CHECK(span.contains(4));
    CHECK_FALSE(span.contains(5));
    CHECK(Span{5, 3}.empty());
    CHECK(Span{5, 3}.size() == 0);
}

#include "messages/wire/utf8.hpp"

#include <cstdint>
#include <string>

#include <doctest/doctest.h>

using fragcast::valid_utf8;

namespace {

std::string encoded(std::uint32_t c, int bytes) {
    if (bytes == 1) return {static_cast<char>(c)};
    std::string out;
    for (int i = bytes - 1; i > 0; --i) {
        out.insert(out.begin(), static_cast<char>(0x80 | (c & 0x3F)));
        c >>= 6;
    }
    out.insert(out.begin(), static_cast<char>((0xF00 >> bytes & 0xFF) | c));
    return out;
}

}  // namespace

TEST_CASE("every character in its shortest form is valid, surrogates are not") {
    for (std::uint32_t c = 0; c <= 0x10FFFF; ++c) {
        const int bytes = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        const bool surrogate = c >= 0xD800 && c <= 0xDFFF;
        if (valid_utf8(encoded(c, bytes)) == surrogate) FAIL("character ", c);
    }
}

TEST_CASE("overlong, cut, lone and too large forms are invalid") {
    CHECK(valid_utf8(""));
    CHECK(valid_utf8("na\xC3\xAFve \xF0\x9F\x8E\xAC"));
    for (const char* text : {"\x80", "\xC3", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF",
                             "\xE2\x82", "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
                             "\xF5\x80\x80\x80", "\xFF", "a\xC3(", "\xED\xA0\x80"})
        CHECK_FALSE(valid_utf8(text));
}

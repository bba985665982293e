#include "messages/wire/safe_text.hpp"

#include <doctest/doctest.h>

using namespace fragcast;

TEST_CASE("safe text: what people write stays as it is") {
    for (const char* text : {"", "film.mp4", "Über uns: 映画 🎬", "a\u00a0b", "\u200b", "€"})
        CHECK(safe_text(text) == text);
}

TEST_CASE("safe text: nothing moves a cursor, ends a line or turns the text around") {
    CHECK(safe_text("a\x1b[2J\n\r\t\x7f") == "a?[2J????");
    CHECK(safe_text(std::string_view("\0", 1)) == "?");
    CHECK(safe_text("\u0080\u009b31m\u009f") == "??31m?");
    for (const char* one :
         {"\u2028", "\u2029", "\u061c", "\u200e", "\u200f", "\u202a", "\u202e", "\u2066", "\u2069"})
        CHECK(safe_text(std::string("a") + one + "b") == "a?b");
}

TEST_CASE("safe text: what is no UTF-8 is no character") {
    CHECK(safe_text("a\xff\xc2") == "a??");
    CHECK(safe_text("\x9b"
                    "31m") == "?31m");
    CHECK(safe_text("\xe2\x80") == "??");
}

TEST_CASE("safe JSON: the same values, and nothing that a terminal obeys") {
    CHECK(safe_json("{\"name\":\"a\x7f\u009b\u202e\u2028z\"}") ==
          "{\"name\":\"a\\u007f\\u009b\\u202e\\u2028z\"}");
    CHECK(safe_json("\"é\\n\xff\"") == "\"é\\n\uFFFD\"");
}

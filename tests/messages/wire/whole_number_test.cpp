#include "messages/wire/whole_number.hpp"

#include <cstdint>
#include <string>

#include <doctest/doctest.h>

using namespace fragcast;

TEST_CASE("whole number: digits alone, all of the text") {
    CHECK(whole_number<std::uint32_t>("0") == 0);
    CHECK(whole_number<std::uint32_t>("007") == 7);
    CHECK(whole_number<std::uint64_t>("1200") == 1200);
    for (const std::string wrong :
         {"", " ", "+1", "-1", "-0", " 1", "1 ", "1.5", "1e3", "0x1", "7a", "a7", "1,2", "1\n"}) {
        CAPTURE(wrong);
        CHECK_FALSE(whole_number<std::uint32_t>(wrong));
    }
    CHECK_FALSE(whole_number<std::uint32_t>(std::string_view("1\0", 2)));
    CHECK_FALSE(whole_number<std::uint32_t>(std::string_view{}));
}

TEST_CASE("whole number: the largest is one, and one more is none") {
    CHECK(whole_number<std::uint16_t>("65535") == 65535);
    CHECK_FALSE(whole_number<std::uint16_t>("65536"));
    CHECK(whole_number<std::uint32_t>("4294967295") == 4294967295U);
    CHECK_FALSE(whole_number<std::uint32_t>("4294967296"));
    CHECK(whole_number<std::uint64_t>("18446744073709551615") == 18446744073709551615U);
    CHECK_FALSE(whole_number<std::uint64_t>("18446744073709551616"));
    CHECK_FALSE(whole_number<std::uint64_t>(std::string(1000, '9')));
}

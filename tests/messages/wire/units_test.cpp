#include "messages/wire/endpoint.hpp"

#include <doctest/doctest.h>

using namespace fragcast;

TEST_CASE("sizes are bytes, or K, M, G, T of 1024") {
    CHECK(*parse_size("0", "x") == 0);
    CHECK(*parse_size("2000000", "x") == 2000000);
    CHECK(*parse_size("512K", "x") == 512 * 1024);
    CHECK(*parse_size("1.5G", "x") == 1610612736);
    CHECK(*parse_size("2m", "x") == 2 << 20);
    CHECK(*parse_size("1KiB", "x") == 1024);
    CHECK(*parse_size("1TB", "x") == 1ULL << 40);
    for (const char* text : {"", "K", "-1", "+1", "1e9", "1 K", "1.", ".5", "1.2.3", "1X", "1KB2",
                             "0x10", "9999999T", "99999999999999999999999"})
        CHECK_FALSE(parse_size(text, "--max-store-size"));
    CHECK(parse_size("lots", "--max-store-size").error().text ==
          "--max-store-size: \"lots\" is not understood; write it like 2000000, 512K, 64M or 1.5G");
}

TEST_CASE("durations have a unit, or are seconds") {
    CHECK(*parse_duration_ms("30", "x") == 30000);
    CHECK(*parse_duration_ms("8s", "x") == 8000);
    CHECK(*parse_duration_ms("500ms", "x") == 500);
    CHECK(*parse_duration_ms("2min", "x") == 120000);
    CHECK(*parse_duration_ms("1.5h", "x") == 5400000);
    CHECK(*parse_duration_ms("0.1s", "x") == 100);
    for (const char* text : {"", "s", "-1s", "8 s", "8sec", "1d", "inf", "999999999999h"})
        CHECK_FALSE(parse_duration_ms(text, "--stop-timeout"));
}

TEST_CASE("bytes are shown short") {
    CHECK(human_bytes(0) == "0 B");
    CHECK(human_bytes(17) == "17 B");
    CHECK(human_bytes(1023) == "1023 B");
    CHECK(human_bytes(1024) == "1 KiB");
    CHECK(human_bytes(512 * 1024) == "512 KiB");
    CHECK(human_bytes(1610612736) == "1.5 GiB");
    CHECK(human_bytes((1 << 20) - 1) == "1 MiB");
    CHECK(human_bytes(~0ULL) == "16 EiB");
}

TEST_CASE("durations are shown short") {
    CHECK(human_duration(0) == "0 us");
    CHECK(human_duration(999) == "999 us");
    CHECK(human_duration(8'000) == "8 ms");
    CHECK(human_duration(999'600) == "1 s");
    CHECK(human_duration(1'500'000) == "1.5 s");
    CHECK(human_duration(9'960'000) == "10 s");
    CHECK(human_duration(30'000'000) == "30 s");
    CHECK(human_duration(59'700'000) == "1 min");
    CHECK(human_duration(125'000'000) == "2 min 5 s");
    CHECK(human_duration(7'380'000'000) == "2 h 3 min");
    CHECK(human_duration(7'200'000'000) == "2 h");
}

#include "player/cut/key_frame.hpp"

#include "messages/wire/ids.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

bool idr(const std::string& hex, std::size_t length_bytes, bool hevc) {
    return starts_with_idr(from_hex(hex).value(), length_bytes, hevc);
}

}  // namespace

TEST_CASE("an H.264 picture is IDR by its first slice, whatever stands before it") {
    CHECK(
        idr("00000002"
            "6588",
            4, false));
    CHECK(
        idr("00000002"
            "09f0"
            "00000003"
            "060501"
            "00000002"
            "6588",
            4, false));
    CHECK_FALSE(
        idr("00000003"
            "060601"
            "00000002"
            "4188",
            4, false));
    CHECK(
        idr("0002"
            "6588",
            2, false));
    CHECK(
        idr("00000001"
            "09f0"
            "000001"
            "6764"
            "000001"
            "6588",
            0, false));
    CHECK_FALSE(
        idr("00000001"
            "09f0"
            "000001"
            "0606"
            "00000001"
            "4188",
            0, false));
}

TEST_CASE("an HEVC picture is a start by its type") {
    CHECK(
        idr("00000003"
            "260100",
            4, true));  // IDR_W_RADL
    CHECK(
        idr("00000003"
            "280100",
            4, true));  // IDR_N_LP
    CHECK(
        idr("00000003"
            "2a0100",
            4, true));  // CRA
    CHECK_FALSE(
        idr("00000003"
            "020100",
            4, true));  // TRAIL_R
    CHECK(
        idr("00000003"
            "460150"
            "00000003"
            "400100"
            "00000003"
            "260100",
            4, true));
}

TEST_CASE("damaged packets start nothing and are never read past") {
    CHECK_FALSE(idr("", 4, false));
    CHECK_FALSE(idr("ffffffff65", 4, false));
    CHECK_FALSE(idr("0000000000000000", 4, false));
    CHECK_FALSE(idr("000001", 0, false));
    CHECK_FALSE(idr("000000", 0, true));
}

TEST_CASE("the length of NAL lengths is read from the set-up") {
    CHECK(nal_length_bytes(from_hex("0164001fffe1").value(), false) == 4);
    CHECK(nal_length_bytes(from_hex("0164001ffde1").value(), false) == 2);
    CHECK(nal_length_bytes(from_hex("00000001676400").value(), false) == 0);
    CHECK(nal_length_bytes({}, false) == 0);
    Bytes hvcc(23, 1);
    hvcc[21] = 0x0F;
    CHECK(nal_length_bytes(hvcc, true) == 4);
}

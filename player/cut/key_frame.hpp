// Any thread: pure. Whether a picture that a container marks as key can be decoded from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace fragcast {

// How NAL units stand in a packet: after a length of so many bytes, or (0) after start codes.
std::size_t nal_length_bytes(std::span<const std::uint8_t> extradata, bool hevc);

// The first picture in the packet is an IDR (H.264), or an IDR, CRA or BLA (HEVC). Containers mark
// H.264 recovery points too, from which only some later picture is whole. (That pictures shown
// earlier follow, as an open group of pictures has, is for the caller to see in the timestamps.)
bool starts_with_idr(std::span<const std::uint8_t> packet, std::size_t length_bytes, bool hevc);

}  // namespace fragcast

// Any thread: pure.
//
// Which addresses may well be one owner's. A machine or household has an IPv4 address, or 64 bits
// of IPv6; a provider gives a customer up to 48 bits of IPv6, that is 65,536 times 64, and a host
// of servers a few hundred of IPv4. So where each address holds one place and none is left, it is
// looked whose vicinity holds most.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace fragcast {

// How often vicinity_of() finds a wider one.
inline constexpr std::size_t kVicinities = 2;

// Of a literal address: itself if it is IPv4, also written as IPv6, else "PREFIX/64"; of any other
// text that text.
std::string household_of(const std::string& host);

// The next wider vicinity: of "A.B.C.D" "A.B.C.0/24", of that "A.B.0.0/16"; of "PREFIX/64"
// "PREFIX/48", of that "PREFIX/32". Of those and any other text that text.
std::string vicinity_of(std::string_view address);

}  // namespace fragcast

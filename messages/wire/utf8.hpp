// Any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace fragcast {

// Well-formed UTF-8 as Unicode defines it: no overlong forms, no surrogates, nothing above
// U+10FFFF. The empty text is.
bool valid_utf8(std::string_view text);
// How many bytes the well-formed character has that `text` begins with; 0: it begins with none.
std::size_t utf8_character(std::string_view text);

}  // namespace fragcast

// Any thread.
#pragma once

#include <string_view>

namespace fragcast {

// Well-formed UTF-8 as Unicode defines it: no overlong forms, no surrogates, nothing above
// U+10FFFF. The empty text is.
bool valid_utf8(std::string_view text);

}  // namespace fragcast

// Any thread: pure. What may be shown of a stranger's file. A manifest's media type is its author's
// word, and browsers read such words in ways of their own (of a list they take the last): so it
// only chooses among our constants, and what is none of them exactly is for keeping, not for
// showing.
#pragma once

#include <string_view>

namespace fragcast {

inline constexpr const char* kUnknownType = "application/octet-stream";

struct ShownType {
    const char* type = kUnknownType;  // for Content-Type
    enum class As {
        nothing,  // a download
        player,   // a browser makes a player of it, which loads it once more
        page      // a picture, or plain text
    };
    As as = As::nothing;
};
// Nothing of this table can hold a script: no HTML, SVG, XML, PDF, style or script.
ShownType shown_type(std::string_view said);

}  // namespace fragcast

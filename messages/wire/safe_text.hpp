// Any thread: pure.
//
// What others wrote, made safe for a terminal and a log. The one rule for both: names, reasons and
// error texts come from strangers, and may hold anything.
#pragma once

#include <string>
#include <string_view>

namespace fragcast {

// Each character that moves a cursor, ends a line or turns the direction of writing (C0, DEL, C1,
// U+2028, U+2029, bidirectional marks, embeddings and isolates), and each byte that is no UTF-8,
// becomes a '?'.
std::string safe_text(std::string_view text);
// The same of a text of JSON, which stays the same JSON: what is no escape yet becomes one. Bytes
// that are no UTF-8 become U+FFFD.
std::string safe_json(std::string_view text);

}  // namespace fragcast

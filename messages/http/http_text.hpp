// messages_http, inside. Any thread: pure functions over what a client wrote.
//
// Everything of HTTP that is text and needs no connection (RFC 9110, RFC 3986), so that it can be
// tested and fuzzed without one.
#pragma once

#include "messages/wire/result.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace fragcast {

// A request's target, taken apart and decoded once.
struct HttpTarget {
    std::string path;                          // "/content/my film"
    std::vector<std::string> parts;            // "content", "my film"; "/" has none
    std::map<std::string, std::string> query;  // "+" is a space; of a repeated name the first
};
// invalid: not an absolute path, a bad escape, a control character, an encoded slash, "." or "..".
Result<HttpTarget> parse_target(std::string_view raw);

// Whether a Host header names us: localhost, a literal address, or one of `allowed` (lower case);
// any port. A page of another site that rebinds its name to our address fails here.
bool host_allowed(std::string_view host, const std::vector<std::string>& allowed);

// Whether an If-None-Match list has `etag` (weak comparison) or is "*".
bool etag_listed(std::string_view if_none_match, std::string_view etag);
// Whether an Accept-Encoding list takes `coding` ("gzip", "identity").
bool encoding_accepted(std::string_view accept_encoding, std::string_view coding);

// Of these headers (names in lower case): where the request ends is not said once and plainly, so
// that what follows could be taken for another request, by us or by a proxy between.
bool ends_unclearly(const std::map<std::string, std::string>& headers);

// By the ending of a path: "text/javascript; charset=utf-8" …; else application/octet-stream.
std::string_view media_type(std::string_view path);

std::string lower_case(std::string_view text);
std::string_view trim_blanks(std::string_view text);
// The parts between `separator`s: one more than there are separators.
std::vector<std::string_view> split_text(std::string_view text, char separator);

}  // namespace fragcast

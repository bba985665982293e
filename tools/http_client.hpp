// Main thread. The door of libcurl: the tools' requests to peers.
#pragma once

#include "messages/wire/result.hpp"

#include <string>

namespace fragcast::tools {

// The body of a 200. `url` is whole. Errors: unavailable (nobody answers), not_found (404),
// ambiguous (409), refused and others with the problem's detail as text. Gives up after `timeout`
// seconds without a byte.
// `peer`: the id of the one who is meant, or empty; where another one answers: refused, with who it
// is.
Result<std::string> http_get(const std::string& url, const std::string& peer, double timeout);

// A method that changes state, with a JSON body or none; the body of any 2xx. Errors as of
// http_get, and refused for 502: holders are known, and all of them failed.
struct HttpDone {
    long status = 0;
    std::string body;
};
Result<HttpDone> http_change(const std::string& method, const std::string& url,
                             const std::string& peer, const std::string& json, double timeout);

// %XX for everything but unreserved characters.
std::string url_escape(const std::string& text);

}  // namespace fragcast::tools

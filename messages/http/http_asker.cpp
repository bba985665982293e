// messages_http. Any thread.
#include "messages/http/http_asker.hpp"

namespace fragcast {
namespace {

// Not the user's doing: a browser that loads in advance what its page says.
bool in_advance(const HttpRequest& request) {
    for (const char* name : {"sec-purpose", "purpose", "x-moz"})
        if (request.header(name).value_or("").find("prefetch") != std::string::npos) return true;
    return false;
}

}  // namespace

AskedFrom asked_from(const HttpRequest& request) {
    const std::string site = request.header("sec-fetch-site").value_or("none");
    const std::string host = request.header("host").value_or("");
    const std::string origin = request.header("origin").value_or("http://" + host);
    const bool ours = origin == "http://" + host || origin == "https://" + host;
    if ((site == "same-origin" || site == "none") && ours) return AskedFrom::here;
    // A whole new page, in place of the other site's: no frame, object or embed of it.
    const bool goes = request.method == "GET" && request.header("sec-fetch-mode") == "navigate" &&
                      request.header("sec-fetch-dest") == "document";
    return goes && !in_advance(request) ? AskedFrom::led : AskedFrom::elsewhere;
}

}  // namespace fragcast

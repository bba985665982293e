#include "messages/http/http_asker.hpp"

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

using Headers = std::map<std::string, std::string>;

AskedFrom asker(const Headers& headers, const std::string& method = "GET") {
    HttpRequest request;
    request.method = method;
    request.headers = headers;
    request.headers["host"] = "127.0.0.1:8001";
    return asked_from(request);
}

}  // namespace

TEST_CASE("asker: our page, the user and what is no browser are here") {
    CHECK(asker({}) == AskedFrom::here);
    CHECK(asker({{"sec-fetch-site", "none"}, {"sec-fetch-mode", "navigate"}}) == AskedFrom::here);
    CHECK(asker({{"sec-fetch-site", "same-origin"}, {"sec-fetch-dest", "video"}}) ==
          AskedFrom::here);
    CHECK(asker({{"origin", "http://127.0.0.1:8001"}}, "POST") == AskedFrom::here);
    CHECK(asker({{"origin", "https://127.0.0.1:8001"}}, "POST") == AskedFrom::here);
}

TEST_CASE("asker: what another site's page loads is elsewhere, whatever it is loaded as") {
    for (const char* site : {"cross-site", "same-site", "unheard-of", ""})
        for (const char* mode : {"no-cors", "cors", "websocket", "navigate", ""})
            for (const char* dest : {"image", "video", "audio", "script", "style", "empty",
                                     "iframe", "frame", "object", "embed", ""})
                CHECK_MESSAGE(asker({{"sec-fetch-site", site},
                                     {"sec-fetch-mode", mode},
                                     {"sec-fetch-dest", dest}}) == AskedFrom::elsewhere,
                              site << ' ' << mode << ' ' << dest);
    CHECK(asker({{"origin", "http://evil.example"}}) == AskedFrom::elsewhere);
    CHECK(asker({{"origin", "http://127.0.0.1:8002"}}) == AskedFrom::elsewhere);
    CHECK(asker({{"origin", "null"}}) == AskedFrom::elsewhere);
    CHECK(asker({{"sec-fetch-site", "same-origin"}, {"origin", "null"}}) == AskedFrom::elsewhere);
}

TEST_CASE("asker: a link leads here, and what a browser loads in advance or sends does not") {
    const Headers link{{"sec-fetch-site", "cross-site"},
                       {"sec-fetch-mode", "navigate"},
                       {"sec-fetch-dest", "document"}};
    CHECK(asker(link) == AskedFrom::led);
    CHECK(asker(link, "POST") == AskedFrom::elsewhere);
    for (const char* name : {"sec-purpose", "purpose", "x-moz"}) {
        Headers ahead = link;
        ahead[name] = "prefetch;prerender";
        CHECK_MESSAGE(asker(ahead) == AskedFrom::elsewhere, name);
    }
}

// messages_http, inside. Any thread: a file of the page, and the answer to a request for it. Pure.
#pragma once

#include "messages/http/http_server.hpp"

#include <string>
#include <string_view>

namespace fragcast {

struct HttpAsset {
    struct Form {
        std::string_view body;
        std::string etag;  // quoted, of the body
        bool present = false;
    };
    std::string type;
    Form plain;
    Form gzip;

    void add(std::string_view body, bool is_gzip);
};

// 200, 304 where the client has it, 406 where it takes no form that we have.
HttpResponse serve_asset(const HttpAsset& asset, const HttpRequest& request);

}  // namespace fragcast

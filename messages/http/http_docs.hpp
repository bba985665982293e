// messages_http. Any thread: constant data.
//
// The API described for programs (`/openapi.json`, OpenAPI 3.1) and for people (`/docs`, Swagger
// UI), embedded in the binary. One file, openapi.json, describes peer and bus; what is marked
// `"x-fragcast-on": "peer"` or `"bus"` is told by that program only.
#pragma once

#include "messages/http/http_server.hpp"

#include <span>
#include <string>
#include <string_view>

namespace fragcast {

struct DocsFile {
    const char* path;
    const char* type;
    std::string_view body;
    bool gzip;  // `body` is compressed
};
std::span<const DocsFile> docs_files();

enum class DocsOf { peer, bus };
// The document as that program serves it.
const std::string& openapi_text(DocsOf program);
// Adds /openapi.json, /docs and what that needs.
void add_docs(HttpServer& server, DocsOf program);

}  // namespace fragcast

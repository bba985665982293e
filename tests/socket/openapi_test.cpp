// What peer and bus really route, compared with what their documents describe: both ways.
#include "bus/bus_routes.hpp"
#include "messages/http/http_docs.hpp"
#include "messages/zmq/loop.hpp"
#include "peer/http/routes.hpp"

#include <algorithm>
#include <set>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace fragcast;
using nlohmann::json;

namespace {

// "get /content/{id}" of the document is the route "GET /content/{}".
std::set<std::string> routes_described(DocsOf program) {
    std::set<std::string> out;
    const json document = json::parse(openapi_text(program));
    for (const auto& [path, item] : document["paths"].items()) {
        std::string pattern;
        std::size_t begin = 1;
        while (begin <= path.size()) {
            const std::size_t end = std::min(path.find('/', begin), path.size());
            const std::string part = path.substr(begin, end - begin);
            // A route takes a whole part; its handler looks at the ending.
            pattern += '/' + (part.find('{') == std::string::npos ? part : "{}");
            begin = end + 1;
        }
        for (const auto& [method, operation] : item.items()) {
            std::string upper = method;
            std::ranges::transform(upper, upper.begin(), [](unsigned char c) {
                return static_cast<char>(std::toupper(c));
            });
            out.insert(upper + " " + pattern);
        }
    }
    return out;
}

// Files of the page and of Swagger UI are no part of the API.
bool is_file(const std::string& route) {
    return route.starts_with("GET /docs/") ||
           (std::ranges::count(route, '/') == 1 &&
            (route.ends_with(".js") || route.ends_with(".css") || route.ends_with(".svg")));
}

void compare(const HttpServer& server, DocsOf program, const std::set<std::string>& to_come) {
    const auto described = routes_described(program);
    const auto list = server.routes();
    const std::set<std::string> routes(list.begin(), list.end());
    CHECK(routes.size() > 10);
    for (const auto& route : routes)
        if (!is_file(route)) CHECK_MESSAGE(described.contains(route), "not described: " << route);
    for (const auto& route : described)
        if (!to_come.contains(route))
            CHECK_MESSAGE(routes.contains(route), "described, and not there: " << route);
}

std::unique_ptr<HttpServer> server_on_loopback() {
    HttpOptions options;
    options.listen = {"127.0.0.1", 0};
    auto server = HttpServer::start(std::move(options));
    REQUIRE(server);
    return std::move(*server);
}

}  // namespace

TEST_CASE("openapi: a peer's document has every route, and no other") {
    zmq::context_t sockets;
    Loop loop;
    HttpDesk desk(loop, {[](HttpEvent&) { return true; }, {}},
                  {[](ReaderCommand&) { return true; }, {}});
    EventStreams streams(desk);
    Playheads playheads;
    const auto server = server_on_loopback();
    MediaCrowd crowd(loop);
    Uploads uploads(sockets, desk, {}, 0);
    RoutesContext context{*server, desk, streams, playheads, crowd, uploads};
    add_routes(context);
    compare(*server, DocsOf::peer, {});
}

TEST_CASE("openapi: a bus's document has every route, and no other") {
    Loop loop;
    const DirectorySession session(DirectoryOptions{}, Loop::now());
    BusStreams streams(loop, session.events());
    const BusAddresses addresses;
    const auto server = server_on_loopback();
    add_bus_routes(*server, session, streams, addresses);
    compare(*server, DocsOf::bus, {});
}

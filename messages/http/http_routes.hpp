// messages_http, inside. Any thread: which handler a method and path belong to. Pure.
#pragma once

#include "messages/http/http_server.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace fragcast {

class HttpRoutes {
public:
    using Target = std::variant<HttpServer::Handler, HttpServer::Upload>;
    using TargetPtr = std::shared_ptr<const Target>;
    struct Match {
        TargetPtr target;  // none: 404, or 405 with `allow`
        std::vector<std::string> parts;
        std::string allow;  // "GET, HEAD, POST": what the path has
    };

    // Patterns as HttpServer::route says. The same twice is a programming error.
    void add(std::string_view method, std::string_view pattern, Target target);
    // "METHOD PATTERN", each.
    std::vector<std::string> list() const;
    // `parts` as parse_target gives them. HEAD finds GET.
    Match find(std::string_view method, const std::vector<std::string>& parts) const;

private:
    struct Route {
        std::string method;
        std::vector<std::string> pattern;  // ordered so that literal parts come before {} and {*}
        TargetPtr target;
    };
    std::vector<Route> routes_;  // the first that fits is the best
};

}  // namespace fragcast

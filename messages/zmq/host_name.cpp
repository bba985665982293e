#include "messages/zmq/host_name.hpp"

#include <memory>

#include <netdb.h>

namespace fragcast {

Result<Endpoint> resolve_now(const Endpoint& endpoint, std::string_view what) {
    if (endpoint.literal() || endpoint.wildcard()) return endpoint;
    // Every resolver may spell it ::1; we listen on one address, and people expect this one.
    if (endpoint.host == "localhost") return Endpoint{"127.0.0.1", endpoint.port};
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    int error = 0;
    for (const int family : {AF_INET, AF_INET6}) {
        hints.ai_family = family;
        addrinfo* list = nullptr;
        error = getaddrinfo(endpoint.host.c_str(), nullptr, &hints, &list);
        if (error != 0) continue;
        const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> found(list, freeaddrinfo);
        char text[NI_MAXHOST];
        error = getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof text, nullptr, 0,
                            NI_NUMERICHOST);
        if (error == 0) return Endpoint{text, endpoint.port};
    }
    return fail(ErrorKind::not_found, std::string(what) + ": cannot resolve " + endpoint.host +
                                          ": " + gai_strerror(error) +
                                          ". Give an address, or name it in /etc/hosts");
}

}  // namespace fragcast

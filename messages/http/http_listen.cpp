// messages_http, inside. Any thread.
#include "messages/http/http_listen.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace fragcast {
namespace {

constexpr int kBacklog = 4096;  // a burst of slow clients must not cost others a lost SYN

struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
    sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

std::optional<Address> address_of(const Endpoint& endpoint) {
    Address address;
    std::string host = endpoint.host;
    if (host == "localhost") host = "127.0.0.1";
    if (host == "*") host = "0.0.0.0";
    auto* four = reinterpret_cast<sockaddr_in*>(&address.storage);
    if (inet_pton(AF_INET, host.c_str(), &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons(endpoint.port);
        address.size = sizeof(sockaddr_in);
        return address;
    }
    auto* six = reinterpret_cast<sockaddr_in6*>(&address.storage);
    if (inet_pton(AF_INET6, host.c_str(), &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons(endpoint.port);
        address.size = sizeof(sockaddr_in6);
        return address;
    }
    return std::nullopt;
}

std::uint16_t port_of(const sockaddr_storage& storage) {
    return storage.ss_family == AF_INET6
               ? ntohs(reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port)
               : ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
}

std::string shown(const Endpoint& endpoint) {
    return endpoint.text().substr(sizeof("tcp://") - 1);
}

Error refused(const Endpoint& endpoint, int error) {
    const std::string what = "cannot serve HTTP at " + shown(endpoint) + ": ";
    if (error == EADDRINUSE)
        return fail(ErrorKind::busy,
                    what + "in use. Choose another: --http " + shown({endpoint.host, 0}));
    if (error == EADDRNOTAVAIL)
        return fail(ErrorKind::invalid,
                    what + "not an address of this machine. Choose another: --http 127.0.0.1:" +
                        std::to_string(endpoint.port));
    if (error == EACCES)
        return fail(ErrorKind::refused, what + "not allowed. Choose a port above 1023");
    return fail(ErrorKind::io, what + std::strerror(error));
}

}  // namespace

Result<int> listen_on(Endpoint& endpoint) {
    auto address = address_of(endpoint);
    if (!address)
        return fail(ErrorKind::invalid, "cannot serve HTTP at " + shown(endpoint) +
                                            ": give an address, as in --http 127.0.0.1:" +
                                            std::to_string(endpoint.port));
    const int fd =
        socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return refused(endpoint, errno);
    // A restart must not wait for connections of before; Linux still refuses a second listener.
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, address->get(), address->size) != 0 || listen(fd, kBacklog) != 0 ||
        getsockname(fd, address->get(), &address->size) != 0) {
        const int error = errno;
        close(fd);
        return refused(endpoint, error);
    }
    endpoint.port = port_of(address->storage);
    return fd;
}

std::string address_text(const sockaddr* address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address->sa_family == AF_INET) {
        const auto* four = reinterpret_cast<const sockaddr_in*>(address);
        inet_ntop(AF_INET, &four->sin_addr, text.data(), text.size());
        return shown({text.data(), ntohs(four->sin_port)});
    }
    if (address->sa_family != AF_INET6) return {};
    const auto* six = reinterpret_cast<const sockaddr_in6*>(address);
    inet_ntop(AF_INET6, &six->sin6_addr, text.data(), text.size());
    return shown({text.data(), ntohs(six->sin6_port)});
}

}  // namespace fragcast

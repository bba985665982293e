// messages_http, inside. The server's thread.
#include "messages/http/http_connection.hpp"

#include <array>
#include <cstddef>
#include <utility>

#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace fragcast {
namespace {

constexpr int kLeastMove = 16 << 10;  // less is no taking, but a way to stay

}  // namespace

HttpWatch::~HttpWatch() {
    for (const int fd : {epoll_fd, bell_fd})
        if (fd >= 0) close(fd);
}

bool HttpWatch::open() {
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    bell_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return epoll_fd >= 0 && bell_fd >= 0 && add(bell_fd);
}

bool HttpWatch::add(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;  // and no connection in data.ptr
    return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

void HttpWatch::ring() {
    if (!rung) eventfd_write(bell_fd, 1);
    rung = true;
}

void HttpWatch::silence() {
    eventfd_t rings = 0;
    if (rung) eventfd_read(bell_fd, &rings);
    rung = false;
}

void HttpConnection::begin_to_owe() {
    owes = true;
    owes_since = Clock::now();
    moved_ = owes_since;
}

void HttpConnection::move() {
    moved_ = Clock::now();
    unsent_ = unsent();
}

HttpConnection::Clock::time_point HttpConnection::last_moved() {
    if (!owes && unsent() + kLeastMove <= unsent_) move();
    return moved_;
}

bool HttpConnection::begin_watch() {
    if (watched) return true;
    epoll_event event{};
    event.events = EPOLLRDHUP | EPOLLET;
    event.data.ptr = this;
    watched = epoll_ctl(watch->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
    return watched;
}

void HttpConnection::tell_of_end() {
    int unread = 0;
    if (left && ioctl(fd, SIOCINQ, &unread) == 0 && unread == 0) shutdown(fd, SHUT_RD);
}

int HttpConnection::unsent() const {
    int bytes = 0;
    return ioctl(fd, SIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

HttpConnection& HttpConnections::open(std::uint64_t number, int fd, HttpWatch& watch,
                                      std::string client) {
    HttpConnection& connection = open_[number];
    connection.number = number;
    connection.fd = fd;
    connection.watch = &watch;
    connection.client = std::move(client);
    return connection;
}

void HttpConnections::cut_slow(std::chrono::seconds most) {
    const auto now = HttpConnection::Clock::now();
    if (now - looked_ < std::chrono::seconds(1)) return;
    looked_ = now;
    for (const auto& [number, connection] : open_)
        if (connection.owes && now - connection.owes_since > most)
            shutdown(connection.fd, SHUT_RDWR);
}

void HttpConnections::cut_laziest(const HttpConnection& newest) {
    struct Kind {
        HttpConnection* laziest = nullptr;
        HttpConnection::Clock::time_point moved;
        std::size_t many = 0;
    };
    std::array<Kind, 2> kinds;
    for (auto& [number, connection] : open_) {
        if (connection.suspended || connection.cut || number == newest.number) continue;
        Kind& kind = kinds[connection.owes ? 0 : 1];
        ++kind.many;
        const auto moved = connection.last_moved();
        if (kind.laziest != nullptr && moved >= kind.moved) continue;
        kind.laziest = &connection;
        kind.moved = moved;
    }
    HttpConnection* laziest = kinds[kinds[0].many >= kinds[1].many ? 0 : 1].laziest;
    if (laziest == nullptr) return;
    laziest->cut = true;
    shutdown(laziest->fd, SHUT_RDWR);
}

}  // namespace fragcast

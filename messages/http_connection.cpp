// messages_http, inside. The server's thread.
#include "messages/http_connection.hpp"

#include <utility>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace fragcast {

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

}  // namespace fragcast

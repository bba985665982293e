#include "messages/zmq/poller.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <utility>

#include <sys/epoll.h>
#include <unistd.h>

namespace fragcast {

namespace {

constexpr std::size_t kMostAtOnce = 256;  // what is beyond comes next time

thread_local std::vector<Poller*> pollers_here;

}  // namespace

Poller::Poller() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    if (epoll_ < 0) throw zmq::error_t();
}

Poller::~Poller() {
    assert(known_in_ == nullptr || known_in_ == &pollers_here);
    std::erase(pollers_here, this);
    ::close(epoll_);
}

void Poller::touched(void* socket) {
    for (Poller* poller : pollers_here) {
        const auto found = poller->sockets_.find(socket);
        if (found == poller->sockets_.end()) continue;
        poller->ask_again(found->second, poller->watched_[found->second]);
    }
}

void Poller::ask_again(int fd, Watched& watched) {
    if (!std::exchange(watched.due, true)) due_.push_back(fd);
}

Poller::Watched& Poller::watch(int fd, void* socket) {
    Watched& watched = watched_[fd];
    // Who was closed and not removed is nobody any more.
    if (std::exchange(watched.socket, socket) != socket) watched.handles.clear();
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0 && errno != EEXIST) throw zmq::error_t();
    return watched;
}

void Poller::add(Handle handle, zmq::socket_ref socket, short events) {
    const int fd = socket.get(zmq::sockopt::fd);
    Watched& watched = watch(fd, socket.handle());
    watched.handles[handle] = events;
    descriptors_[handle] = fd;
    sockets_[socket.handle()] = fd;
    ask_again(fd, watched);
}

void Poller::add(Handle handle, int fd) {
    watch(fd, nullptr).handles[handle] = ZMQ_POLLIN;
    descriptors_[handle] = fd;
}

void Poller::remove(Handle handle) {
    const auto known = descriptors_.find(handle);
    if (known == descriptors_.end()) return;
    const int fd = known->second;
    descriptors_.erase(known);
    const auto watched = watched_.find(fd);
    watched->second.handles.erase(handle);
    if (!watched->second.handles.empty()) return;
    sockets_.erase(watched->second.socket);
    watched_.erase(watched);
    (void)epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
}

void Poller::look(int fd, Watched& watched, std::vector<Handle>& ready) {
    int events = ZMQ_POLLIN;
    if (watched.socket != nullptr) {
        ++asked_;
        events = zmq::socket_ref(zmq::from_handle, watched.socket).get(zmq::sockopt::events);
    }
    for (const auto& [handle, wanted] : watched.handles) {
        if ((events & wanted) == 0) continue;
        ready.push_back(handle);
        // Who is called does not take all.
        if (watched.socket != nullptr) ask_again(fd, watched);
    }
}

std::vector<Poller::Handle> Poller::wait(int most) {
    if (std::exchange(known_in_, &pollers_here) == nullptr) pollers_here.push_back(this);
    std::vector<Handle> ready;
    for (const int fd : std::exchange(due_, {})) {
        const auto found = watched_.find(fd);  // it may be removed
        if (found == watched_.end()) continue;
        found->second.due = false;
        look(fd, found->second, ready);
    }
    std::array<epoll_event, kMostAtOnce> events;
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                 ready.empty() ? most : 0);
    if (count < 0 && errno != EINTR) throw zmq::error_t();
    for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (const auto found = watched_.find(fd); found != watched_.end())
            look(fd, found->second, ready);
    }
    std::sort(ready.begin(), ready.end());
    ready.erase(std::unique(ready.begin(), ready.end()), ready.end());
    return ready;
}

}  // namespace fragcast

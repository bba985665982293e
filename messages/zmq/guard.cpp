#include "messages/zmq/guard.hpp"

#include "messages/wire/endpoint.hpp"
#include "messages/zmq/monitor.hpp"

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <mutex>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace fragcast {

namespace {

// Bytes that the process has for itself in memory.
std::uint64_t own_memory() {
    static const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    static const int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    char text[128] = {};
    if (pread(file, text, sizeof text - 1, 0) <= 0) return 0;
    unsigned long long size = 0, resident = 0, shared = 0;
    if (std::sscanf(text, "%llu %llu %llu", &size, &resident, &shared) != 3) return 0;
    return (resident > shared ? resident - shared : 0) * page;
}

void for_each_descriptor(const std::function<void(int)>& look) {
    DIR* folder = opendir("/proc/self/fd");
    if (folder == nullptr) return;
    while (const dirent* entry = readdir(folder))
        if (const int fd = std::atoi(entry->d_name); fd > 2) look(fd);
    closedir(folder);
}

}  // namespace

struct Guard::State {
    struct Socket {
        Monitor monitor;
        int listening = -1;
        std::uint16_t port = 0;  // 0: it connects
        std::size_t each = 0;
        std::uint64_t dries = 0;
        std::uint64_t dries_seen = 0;
        bool closed = false;
    };

    explicit State(const Backlog::Limits& limits)
        : backlog(limits), news_fd(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
    ~State() { ::close(news_fd); }

    void run(const std::function<void(Status)>& ready);
    void look();
    void hear(std::size_t number);
    void adopt(std::size_t number, std::uint16_t port);
    void find_dialled();
    void judge(bool dry);
    void doors(const std::vector<bool>& dried);
    void wake() { (void)eventfd_write(news_fd, 1); }

    std::mutex mutex;
    std::condition_variable changed;
    bool over = false;
    std::deque<Socket> sockets;
    std::map<Wire, std::size_t> connections;                 // and whose
    std::map<Wire, std::uint64_t> asked;                     // of them
    std::vector<std::pair<Endpoint, std::size_t>> dialling;  // and whose
    Backlog backlog;
    News news;
    const int news_fd;
    bool flooded = false;  // since the heap was last trimmed
};

void Guard::State::run(const std::function<void(Status)>& ready) {
    // Whoever starts us may wait for signals later than that.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    ready(Done{});
    std::unique_lock lock(mutex);
    while (!over) {
        changed.wait_for(lock, backlog.hurried() ? limits::kGuardHurried : limits::kGuardEvery,
                         [this] { return over; });
        if (!over) look();
    }
}

void Guard::State::hear(std::size_t number) {
    Socket& socket = sockets[number];
    while (const auto event = socket.monitor.next()) {
        if (event->what == ZMQ_EVENT_ACCEPTED) {
            const Wire wire = wire_of(static_cast<int>(event->value));
            if (wire.cookie != 0) connections[wire] = number;
        } else if ((event->what & Monitor::kHandshakeFailed) != 0) {
            ++news.strangers;
        }
    }
}

// Also who came before the socket was watched.
void Guard::State::adopt(std::size_t number, std::uint16_t port) {
    sockets[number].port = port;
    for_each_descriptor([&](int fd) {
        if (local_port(fd) != port) return;
        if (listens(fd))
            sockets[number].listening = fd;
        else if (const Wire wire = wire_of(fd); wire.cookie != 0)
            connections[wire] = number;
    });
}

// libzmq connects in its own thread, and says so to a loop that may stand still.
void Guard::State::find_dialled() {
    for_each_descriptor([this](int fd) {
        for (const auto& [literal, number] : dialling) {
            if (!leads_to(fd, literal)) continue;
            if (const Wire wire = wire_of(fd); wire.cookie != 0)
                connections.try_emplace(wire, number);
            return;
        }
    });
}

void Guard::State::look() {
    for (std::size_t i = 0; i < sockets.size(); ++i)
        hear(i);
    if (!dialling.empty()) find_dialled();
    std::vector<bool> dried;
    bool all_dry = true;
    for (Socket& socket : sockets) {
        dried.push_back(std::exchange(socket.dries_seen, socket.dries) != socket.dries);
        if (socket.listening >= 0) all_dry = all_dry && dried.back();
    }
    if (!connections.empty() || backlog.size() != 0 || backlog.hurried()) judge(all_dry);
    if (backlog.grown() && !all_dry) wake();
    doors(dried);
    if (news.strangers != 0 || news.cut != 0) wake();
    if (flooded && all_dry && !backlog.grown()) {
        flooded = false;
        malloc_trim(0);
    }
}

void Guard::State::judge(bool dry) {
    std::vector<Backlog::Seen> seen;
    std::map<Backlog::Connection, std::map<Wire, std::size_t>::iterator> found;
    for (auto at = connections.begin(); at != connections.end();) {
        const auto received = received_of(at->first);
        if (received) {
            const auto asks = asked.find(at->first);
            seen.push_back({at->first.cookie, *received, sockets[at->second].each,
                            asks == asked.end() ? 0 : asks->second});
            found[at->first.cookie] = at;
            ++at;
        } else {
            asked.erase(at->first);
            at = connections.erase(at);
        }
    }
    for (const auto connection : backlog.look(Loop::now(), seen, own_memory(), dry)) {
        const auto at = found[connection];
        (void)cut(at->first);
        ++news.cut;
        flooded = true;
        Socket& socket = sockets[at->second];
        if (socket.listening >= 0 && !std::exchange(socket.closed, true))
            close_door(socket.listening, true);
        asked.erase(at->first);
        connections.erase(at);
    }
}

void Guard::State::doors(const std::vector<bool>& dried) {
    for (std::size_t i = 0; i < sockets.size(); ++i) {
        Socket& socket = sockets[i];
        if (socket.listening < 0) continue;
        const bool close = backlog.grown() && !dried[i];
        if (close && !std::exchange(socket.closed, true)) close_door(socket.listening, true);
        if (!close && socket.closed && dried[i]) {
            socket.closed = false;
            close_door(socket.listening, false);
        }
    }
}

void Guard::Post::taken(const std::vector<Taken>& all, bool dry) {
    const std::lock_guard lock(state_->mutex);
    if (state_->over) return;
    for (const Taken& one : all) {
        if (one.wire.cookie == 0) continue;
        state_->connections.try_emplace(one.wire, socket_);
        state_->backlog.taken(one.wire.cookie, one.bytes, one.memory);
    }
    if (dry) ++state_->sockets[socket_].dries;
}

void Guard::Post::asks(const Wire& wire, std::uint64_t bytes) {
    const std::lock_guard lock(state_->mutex);
    if (bytes == 0)
        state_->asked.erase(wire);
    else if (state_->connections.contains(wire))
        state_->asked[wire] = bytes;
}

std::uint64_t Guard::Post::asked(const Wire& wire) const {
    const std::lock_guard lock(state_->mutex);
    const auto at = state_->asked.find(wire);
    return at == state_->asked.end() ? 0 : at->second;
}

Wire Guard::Post::wire(int fd) const {
    const Wire wire = wire_of(fd);
    const std::lock_guard lock(state_->mutex);
    const std::uint16_t port = state_->sockets[socket_].port;
    const bool ours = port != 0 ? local_port(fd) == port : state_->connections.contains(wire);
    return ours ? wire : Wire{fd, 0};
}

void Guard::Post::dials(const Endpoint& literal) {
    const std::lock_guard lock(state_->mutex);
    state_->dialling.emplace_back(literal, socket_);
}

void Guard::Post::dialled(const Endpoint& literal, int fd) {
    const Wire wire = wire_of(fd);
    const std::lock_guard lock(state_->mutex);
    if (wire.cookie != 0) state_->connections.try_emplace(wire, socket_);
    auto& dialling = state_->dialling;
    const auto one = std::find(dialling.begin(), dialling.end(), std::pair(literal, socket_));
    if (one != dialling.end()) dialling.erase(one);
}

Guard::Guard(zmq::context_t& context, Loop& loop, const Backlog::Limits& limits,
             std::function<void(const News&)> on_news)
    : context_(context),
      loop_(loop),
      on_news_(std::move(on_news)),
      state_(std::make_shared<State>(limits)),
      reading_(loop.add_fd(state_->news_fd, [this] { read_news(); })) {
    thread_.emplace("guard",
                    [state = state_](const ActorThread::Ready& ready) { state->run(ready); });
}

Guard::~Guard() {
    loop_.remove(reading_);
    {
        const std::lock_guard lock(state_->mutex);
        state_->over = true;
        state_->changed.notify_all();
    }
    thread_.reset();
    for (State::Socket& socket : state_->sockets)
        socket.monitor.stop();
}

std::shared_ptr<Guard::Post> Guard::listening(zmq::socket_t& socket, std::size_t each) {
    State::Socket guarded;
    guarded.each = each;
    // Without a socket to spare we serve on, and see no strangers.
    if (auto monitor =
            Monitor::of(context_, socket, Monitor::kHandshakeFailed | ZMQ_EVENT_ACCEPTED))
        guarded.monitor = std::move(*monitor);
    const auto endpoint = parse_endpoint(socket.get(zmq::sockopt::last_endpoint).c_str(), "guard");
    const std::lock_guard lock(state_->mutex);
    state_->sockets.push_back(std::move(guarded));
    const std::size_t number = state_->sockets.size() - 1;
    if (endpoint) state_->adopt(number, endpoint->port);
    return std::make_shared<Post>(state_, number);
}

std::shared_ptr<Guard::Post> Guard::dialling() {
    const std::lock_guard lock(state_->mutex);
    state_->sockets.emplace_back();
    return std::make_shared<Post>(state_, state_->sockets.size() - 1);
}

DecodeError Guard::stranger() {
    return {DecodeError::Why::foreign, "a connection that does not speak ZeroMQ; it was closed"};
}

DecodeError Guard::flooder() {
    return {DecodeError::Why::foreign,
            "a connection that sent more than can be looked at; it was closed"};
}

void Guard::read_news() {
    std::uint64_t count = 0;
    (void)!::read(state_->news_fd, &count, sizeof count);
    News news;
    {
        const std::lock_guard lock(state_->mutex);
        news = std::exchange(state_->news, {});
    }
    on_news_(news);
}

}  // namespace fragcast

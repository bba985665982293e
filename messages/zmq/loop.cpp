#include "messages/zmq/loop.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <csignal>

#include <sys/signalfd.h>
#include <unistd.h>

namespace fragcast {

namespace {
constexpr auto kLongestWait = std::chrono::milliseconds(60000);
}

Loop::Loop() = default;

Loop::~Loop() {
    for (const int fd : signal_fds_)
        ::close(fd);
}

Time Loop::now() {
    return Time(
        std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

std::uint64_t Loop::unix_ms() {
    using namespace std::chrono;
    return static_cast<std::uint64_t>(
        duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
}

Loop::Handle Loop::add(zmq::socket_ref socket, Handler on_readable) {
    poller_.add(next_handle_, socket, ZMQ_POLLIN);
    handlers_.emplace(next_handle_, std::move(on_readable));
    return next_handle_++;
}

Loop::Handle Loop::add_fd(int fd, Handler on_readable) {
    poller_.add(next_handle_, fd);
    handlers_.emplace(next_handle_, std::move(on_readable));
    return next_handle_++;
}

Loop::Handle Loop::add_writable(zmq::socket_ref socket, Handler on_writable) {
    poller_.add(next_handle_, socket, ZMQ_POLLOUT);
    handlers_.emplace(next_handle_, std::move(on_writable));
    return next_handle_++;
}

void Loop::remove(Handle handle) {
    poller_.remove(handle);
    handlers_.erase(handle);
}

Loop::Handle Loop::at(Time when, Handler handler) {
    const Handle handle = next_handle_++;
    timers_.emplace(when, Timer{handle, std::move(handler)});
    return handle;
}

void Loop::cancel(Handle timer) {
    const auto found = std::find_if(timers_.begin(), timers_.end(), [timer](const auto& entry) {
        return entry.second.handle == timer;
    });
    if (found != timers_.end()) timers_.erase(found);
}

void Loop::after_each_turn(Handler handler) {
    after_turn_.push_back(std::move(handler));
}

void Loop::watch_signal(int number, Handler handler) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    const int fd = ::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    assert(fd >= 0);
    signal_fds_.push_back(fd);
    add_fd(fd, [fd, handler = std::move(handler)] {
        signalfd_siginfo info{};
        while (::read(fd, &info, sizeof(info)) == static_cast<ssize_t>(sizeof(info)))
            handler();
    });
}

void Loop::on_stop_signal(std::function<void(int times)> handler) {
    const auto count = [this, handler = std::move(handler)] { handler(++stop_signals_); };
    watch_signal(SIGINT, count);
    watch_signal(SIGTERM, count);
}

void Loop::on_hangup_signal(Handler handler) {
    watch_signal(SIGHUP, std::move(handler));
}

void Loop::give_back_stop_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM}) {
        std::signal(number, SIG_DFL);  // who started us may have ignored it
        sigaddset(&set, number);
    }
    pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void Loop::run() {
    stopped_ = false;
    while (!stopped_)
        turn(kLongestWait);
}

bool Loop::run_until(const std::function<bool()>& condition, Duration limit) {
    stopped_ = false;
    const Time end = now() + limit;
    while (!condition()) {
        const Time at = now();
        if (stopped_ || at >= end) return condition();
        turn(end - at);
    }
    return true;
}

Duration Loop::until_next_timer() const {
    if (timers_.empty()) return kLongestWait;
    return std::max(timers_.begin()->first - now(), Duration::zero());
}

void Loop::fire_timers() {
    // Those that a handler adds for the past wait for the next turn; those that it cancels do not
    // fire, though they were due.
    const Time due = now();
    const Handle first_new = next_handle_;
    const auto next = [&] {
        return std::find_if(timers_.begin(), timers_.end(), [&](const auto& entry) {
            return entry.first > due || entry.second.handle < first_new;
        });
    };
    for (auto at = next(); at != timers_.end() && at->first <= due; at = next()) {
        const Handler handler = std::move(at->second.handler);
        timers_.erase(at);
        handler();
    }
}

void Loop::turn(Duration longest_wait) {
    // Rounded up: a wait that ends just before the timer would spin.
    const auto most =
        std::chrono::ceil<std::chrono::milliseconds>(std::min(until_next_timer(), longest_wait));
    for (const Handle ready : poller_.wait(static_cast<int>(most.count()))) {
        // A handler may have removed it meanwhile. The copy keeps it alive if it removes itself.
        const auto found = handlers_.find(ready);
        if (found == handlers_.end()) continue;
        const Handler handler = found->second;
        handler();
    }
    fire_timers();
    for (const auto& handler : after_turn_)
        handler();
}

}  // namespace fragcast

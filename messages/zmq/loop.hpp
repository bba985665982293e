// messages_zmq. One thread: whoever calls run().
//
// The reactor: sockets, file descriptors, timers and signals, on a Poller. Handlers read a bounded
// number of messages (kReadsPerTurn) and return; the loop comes back for more. This is the one
// place where the clock is read.
#pragma once

#include "messages/wire/ids.hpp"
#include "messages/zmq/poller.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include <zmq.hpp>

namespace fragcast {

inline constexpr int kReadsPerTurn = 64;

class Loop {
public:
    using Handler = std::function<void()>;
    using Handle = std::uint64_t;  // never reused

    Loop();
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    // Microseconds of the monotonic clock; never goes backwards.
    static Time now();
    // The wall clock in milliseconds since 1970, for people only.
    static std::uint64_t unix_ms();

    // Called when the socket (fd) is readable. May be called from inside a handler; a removed entry
    // is not called again, even in the same turn.
    Handle add(zmq::socket_ref socket, Handler on_readable);
    Handle add_fd(int fd, Handler on_readable);
    // Called in every turn in which the socket takes more: to be removed when there is nothing
    // more.
    Handle add_writable(zmq::socket_ref socket, Handler on_writable);
    void remove(Handle handle);

    // Once, at `when` or soon after; a past time means the next turn. cancel() of a fired timer
    // does nothing.
    Handle at(Time when, Handler handler);
    void cancel(Handle timer);
    // Called after the handlers of every turn, before waiting: the place to perform actions.
    void after_each_turn(Handler handler);

    // SIGINT and SIGTERM (by signalfd; blocks them in this thread, so call before starting actors,
    // which inherit the mask). `times`: 1 for the first, 2 for the second …
    void on_stop_signal(std::function<void(int times)> handler);
    void on_hangup_signal(Handler handler);
    // SIGINT and SIGTERM end the process again, as if nobody had asked for them: for the time after
    // the last run(), when nobody reads their descriptors.
    static void give_back_stop_signals();

    // Until stop(). One turn of at most `limit` for tests: run_for returns when stopped or passed.
    void run();
    bool run_until(const std::function<bool()>& condition, Duration limit);
    void stop() { stopped_ = true; }

private:
    struct Timer {
        Handle handle;
        Handler handler;
    };
    void turn(Duration longest_wait);
    void fire_timers();
    Duration until_next_timer() const;
    void watch_signal(int number, Handler handler);

    Poller poller_;
    std::map<Handle, Handler> handlers_;
    std::multimap<Time, Timer> timers_;
    std::vector<Handler> after_turn_;
    std::vector<int> signal_fds_;
    Handle next_handle_ = 1;
    int stop_signals_ = 0;
    bool stopped_ = false;
};

}  // namespace fragcast

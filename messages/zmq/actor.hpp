// messages_zmq. The only file that starts a thread, but for lookups of names (peer/links/resolver),
// for which nobody waits.
//
// An actor is a thread with one pipe (after CZMQ's zactor): ready when the constructor returns,
// gone when the destructor returns. The body owns everything it uses; nothing is shared.
#pragma once

#include "messages/wire/result.hpp"
#include "messages/zmq/pipe.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace fragcast {

// The thread half, without types: starts `body`, waits until it calls `ready` (with an Error when
// it could not start), joins on destruction.
class ActorThread {
public:
    using Ready = std::function<void(Status)>;
    ActorThread(std::string name, std::function<void(Ready)> body);
    ~ActorThread();
    ActorThread(const ActorThread&) = delete;
    ActorThread& operator=(const ActorThread&) = delete;

    // What the body reported: its error when it could not start.
    const Status& started() const { return started_; }
    // Whether the body returned, now or within `time`.
    bool ended_within(std::chrono::milliseconds time);

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool reported_ = false;
    bool ended_ = false;
    Status started_{Done{}};
    std::thread thread_;
};

// Command must have a default-constructible alternative or value that means "stop": `stop` below.
// The body must call ready exactly once, then serve its pipe until it receives stop.
template <class Command, class Event>
class Actor {
public:
    using End = PipeEnd<Event, Command>;  // the thread's end: sends events, receives commands
    using Body = std::function<void(End&, ActorThread::Ready)>;

    Actor(zmq::context_t& context, std::string name, Body body, Command stop,
          int limit = limits::kPipeMessages)
        : Actor(make_pipe<Command, Event>(context, limit), std::move(name), std::move(body),
                std::move(stop)) {}
    // Sends stop and joins; meanwhile reads and drops events, so that a body that has no room for
    // one gets on.
    ~Actor() {
        bool told = !started().ok();
        do {
            told = told || pipe_.send(stop_);
            while (pipe_.receive()) {
            }
        } while (!thread_.ended_within(std::chrono::milliseconds(1)));
    }
    Actor(const Actor&) = delete;
    Actor& operator=(const Actor&) = delete;

    const Status& started() const { return thread_.started(); }
    PipeEnd<Command, Event>& pipe() { return pipe_; }

private:
    using Ends = std::pair<PipeEnd<Command, Event>, PipeEnd<Event, Command>>;
    Actor(Ends ends, std::string name, Body body, Command stop)
        : pipe_(std::move(ends.first)),
          stop_(std::move(stop)),
          far_(std::move(ends.second)),
          thread_(std::move(name),
                  [this, body = std::move(body)](ActorThread::Ready ready) { body(far_, ready); }) {
    }

    PipeEnd<Command, Event> pipe_;
    Command stop_;
    End far_;  // used by the thread only, from its start to its end
    ActorThread thread_;
};

}  // namespace fragcast

// messages_zmq. One thread: that of the pipe's end.
//
// What waits while a pipe is full, in its order: it is sent when the other end has taken some. Its
// owner bounds what can wait (each entry answers a request that was counted, or it asks waiting()).
#pragma once

#include "messages/zmq/loop.hpp"
#include "messages/zmq/pipe.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <utility>

namespace fragcast {

template <class Out>
class Outbox {
public:
    struct Way {
        std::function<bool(Out&)> send;  // as PipeEnd::send: false when full, the value untouched
        zmq::socket_ref socket;          // of that pipe
    };
    Outbox(Loop& loop, Way way) : loop_(loop), way_(std::move(way)) {}
    ~Outbox() {
        if (full_ != 0) loop_.remove(full_);
    }
    Outbox(const Outbox&) = delete;
    Outbox& operator=(const Outbox&) = delete;

    void push(Out value) {
        if (waiting_.empty() && way_.send(value)) return;
        waiting_.push_back(std::move(value));
        if (full_ == 0) full_ = loop_.add_writable(way_.socket, [this] { send(); });
    }
    // Of what may be lost (a state that is told again): dropped when others wait. Says whether not.
    bool offer(Out value) { return waiting_.empty() && way_.send(value); }
    std::size_t waiting() const { return waiting_.size(); }

private:
    void send() {
        while (!waiting_.empty() && way_.send(waiting_.front()))
            waiting_.pop_front();
        if (!waiting_.empty()) return;
        loop_.remove(full_);
        full_ = 0;
    }

    Loop& loop_;
    Way way_;
    std::deque<Out> waiting_;
    Loop::Handle full_ = 0;  // 0: nothing waits
};

template <class Out, class In>
typename Outbox<Out>::Way way_into(PipeEnd<Out, In>& pipe) {
    return {[&pipe](Out& value) { return pipe.send(value); }, pipe.socket()};
}

}  // namespace fragcast

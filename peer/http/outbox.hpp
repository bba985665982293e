// One thread: that of the pipe's end.
//
// What waits while a pipe is full. Its owner bounds what can wait (each entry answers a request
// that was counted), and it is tried again every kSendRetry.
#pragma once

#include "messages/wire/limits.hpp"
#include "messages/zmq/loop.hpp"
#include "messages/zmq/pipe.hpp"

#include <deque>
#include <functional>
#include <utility>

namespace fragcast {

template <class Out>
class Outbox {
public:
    // `send` as PipeEnd::send: false when full, and the value untouched.
    Outbox(Loop& loop, std::function<bool(Out&)> send) : loop_(loop), send_(std::move(send)) {}
    ~Outbox() {
        if (timer_ != 0) loop_.cancel(timer_);
    }
    Outbox(const Outbox&) = delete;
    Outbox& operator=(const Outbox&) = delete;

    void push(Out value) {
        if (waiting_.empty() && send_(value)) return;
        waiting_.push_back(std::move(value));
        retry_later();
    }
    // Of what may be lost (a state that is told again): dropped when others wait. Says whether not.
    bool offer(Out value) { return waiting_.empty() && send_(value); }

private:
    void retry_later() {
        if (timer_ != 0) return;
        timer_ = loop_.at(Loop::now() + limits::kSendRetry, [this] {
            timer_ = 0;
            while (!waiting_.empty() && send_(waiting_.front()))
                waiting_.pop_front();
            if (!waiting_.empty()) retry_later();
        });
    }
    Loop& loop_;
    std::function<bool(Out&)> send_;
    std::deque<Out> waiting_;
    Loop::Handle timer_ = 0;
};

}  // namespace fragcast

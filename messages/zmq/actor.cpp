#include "messages/zmq/actor.hpp"

#include <pthread.h>

namespace fragcast {

ActorThread::ActorThread(std::string name, std::function<void(Ready)> body) {
    thread_ = std::thread([this, name = std::move(name), body = std::move(body)] {
        pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
        const Ready ready = [this](Status status) {
            const std::lock_guard lock(mutex_);
            if (reported_) return;
            started_ = std::move(status);
            reported_ = true;
            changed_.notify_all();
        };
        body(ready);
        // The constructor waits for a report; a body that forgot it must not hang its creator.
        ready(fail(ErrorKind::io, name + " ended before it was ready"));
        const std::lock_guard lock(mutex_);
        ended_ = true;
        changed_.notify_all();
    });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return reported_; });
}

ActorThread::~ActorThread() {
    thread_.join();
}

bool ActorThread::ended_within(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, time, [this] { return ended_; });
}

}  // namespace fragcast

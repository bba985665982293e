#include "messages/actor.hpp"

#include <pthread.h>

namespace fragcast {

ActorThread::ActorThread(std::string name, std::function<void(Ready)> body) {
    thread_ = std::thread([this, name = std::move(name), body = std::move(body)] {
        pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
        body([this](Status status) {
            const std::lock_guard lock(mutex_);
            started_ = std::move(status);
            reported_ = true;
            changed_.notify_one();
        });
    });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return reported_; });
}

void ActorThread::join() {
    if (thread_.joinable()) thread_.join();
}

}  // namespace fragcast

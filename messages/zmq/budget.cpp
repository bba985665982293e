#include "messages/zmq/budget.hpp"

namespace fragcast {

void Budget::add(Connection connection, std::size_t bytes, const Asked& asked) {
    Waiting& waiting = waiting_[connection];
    if (waiting.over) return;
    const std::size_t cost = bytes + limits::kWaitingMessageBytes;
    if (waiting.messages == 0) waiting.asked = asked;
    waiting.bytes += cost;
    bytes_ += cost;
    ++waiting.messages;
    if (waiting.bytes > limits_.bytes || waiting.messages > limits_.messages) condemn(waiting);
    if (bytes_ > limits_.bytes_of_all) condemn_the_greediest();
}

void Budget::done(Connection connection, std::size_t bytes) {
    const auto at = waiting_.find(connection);
    if (at == waiting_.end() || at->second.over) return;
    const std::size_t cost = bytes + limits::kWaitingMessageBytes;
    at->second.bytes -= cost;
    bytes_ -= cost;
    if (--at->second.messages == 0) waiting_.erase(at);
}

void Budget::forget(Connection connection) {
    const auto at = waiting_.find(connection);
    if (at == waiting_.end()) return;
    if (at->second.over)
        --over_;
    else
        bytes_ -= at->second.bytes;
    waiting_.erase(at);
}

bool Budget::over(Connection connection) const {
    const auto at = waiting_.find(connection);
    return at != waiting_.end() && at->second.over;
}

void Budget::condemn(Waiting& waiting) {
    waiting.over = true;
    ++over_;
    bytes_ -= waiting.bytes;
}

std::pair<std::size_t, std::size_t> Budget::Waiting::greed() const {
    const std::size_t wanted = asked ? asked() : 0;
    return {bytes > wanted ? bytes - wanted : 0, bytes};
}

void Budget::condemn_the_greediest() {
    Waiting* greediest = nullptr;
    std::pair<std::size_t, std::size_t> most;
    for (auto& [connection, waiting] : waiting_) {
        if (waiting.over) continue;
        const auto greed = waiting.greed();
        if (greediest != nullptr && greed <= most) continue;
        greediest = &waiting;
        most = greed;
    }
    if (greediest != nullptr) condemn(*greediest);
}

}  // namespace fragcast

#include "messages/zmq/budget.hpp"

#include <algorithm>

namespace fragcast {

void Budget::add(Connection connection, std::size_t bytes, std::size_t asked) {
    Waiting& waiting = waiting_[connection];
    if (waiting.over) return;
    const std::size_t cost = bytes + limits::kWaitingMessageBytes;
    waiting.bytes += cost;
    waiting.asked = asked;
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

void Budget::condemn_the_greediest() {
    const auto greediest =
        std::max_element(waiting_.begin(), waiting_.end(), [](const auto& a, const auto& b) {
            if (a.second.over || b.second.over) return a.second.over && !b.second.over;
            return a.second.greed() < b.second.greed();
        });
    condemn(greediest->second);
}

}  // namespace fragcast

#include "peer/swarm/serve/upload_slots.hpp"

#include <algorithm>

namespace fragcast {
namespace {

// The earliest deadline comes first, but each fifth chunk goes in turn: nobody takes all of it by
// calling everything urgent.
constexpr std::uint32_t kTurnEvery = 5;

}  // namespace

std::uint64_t UploadSlots::queued(LinkId link) const {
    const auto found = queues_.find(link);
    return found == queues_.end() ? 0 : found->second.size();
}

bool UploadSlots::has(LinkId link, RequestId request) const {
    const auto load = loading_.lower_bound(Key{link, request, {}});
    if (load != loading_.end() && load->second.link == link && load->second.request == request)
        return true;
    const auto found = queues_.find(link);
    if (found == queues_.end()) return false;
    const auto waits = [request](const std::deque<Serving>& queue) {
        return std::any_of(queue.begin(), queue.end(),
                           [request](const Serving& one) { return one.request == request; });
    };
    return waits(found->second.urgent) || waits(found->second.calm);
}

std::uint32_t UploadSlots::room(LinkId link) const {
    const std::uint64_t own = queued(link);
    if (own >= limits::kUploadQueuePerNeighbour || queued_ >= limits::kUploadQueue) return 0;
    return static_cast<std::uint32_t>(
        std::min(limits::kUploadQueuePerNeighbour - own, limits::kUploadQueue - queued_));
}

std::vector<Serving> UploadSlots::make_room(LinkId link, std::uint32_t wanted) {
    std::vector<Serving> taken;
    const std::uint64_t own = queued(link);
    wanted = static_cast<std::uint32_t>(std::min<std::uint64_t>(
        wanted, limits::kUploadQueuePerNeighbour -
                    std::min<std::uint64_t>(own, limits::kUploadQueuePerNeighbour)));
    const std::uint32_t room = this->room(link);
    if (room >= wanted) return taken;
    const auto most = std::max_element(
        queues_.begin(), queues_.end(),
        [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
    Queue& queue = most->second;
    if (queue.size() <= own + room) return taken;
    for (std::uint64_t left = std::min<std::uint64_t>(wanted - room, (queue.size() - own) / 2);
         left > 0; --left) {
        auto& from = queue.calm.empty() ? queue.urgent : queue.calm;
        taken.push_back(from.back());
        from.pop_back();
        --queued_;
    }
    if (queue.empty()) queues_.erase(most);
    return taken;
}

void UploadSlots::add(const Serving& chunk) {
    Queue& queue = queues_[chunk.link];
    ++queued_;
    if (chunk.deadline == kNever) return queue.calm.push_back(chunk);
    const auto after = std::upper_bound(
        queue.urgent.begin(), queue.urgent.end(), chunk,
        [](const Serving& a, const Serving& b) { return a.deadline < b.deadline; });
    queue.urgent.insert(after, chunk);
}

std::vector<Serving> UploadSlots::cancel(LinkId link, RequestId request) {
    std::vector<Serving> taken;
    const auto found = queues_.find(link);
    if (found == queues_.end()) return taken;
    for (auto* queue : {&found->second.urgent, &found->second.calm})
        std::erase_if(*queue, [&](const Serving& chunk) {
            if (chunk.request == request) taken.push_back(chunk);
            return chunk.request == request;
        });
    queued_ -= taken.size();
    if (found->second.empty()) queues_.erase(found);
    return taken;
}

std::vector<Serving> UploadSlots::forget(LinkId link) {
    std::vector<Serving> taken;
    const auto found = queues_.find(link);
    if (found == queues_.end()) return taken;
    for (const auto* queue : {&found->second.urgent, &found->second.calm})
        taken.insert(taken.end(), queue->begin(), queue->end());
    queued_ -= taken.size();
    queues_.erase(found);
    return taken;
}

std::map<LinkId, UploadSlots::Queue>::iterator UploadSlots::whose_turn(Time now) {
    // Once around, beginning after the one served last.
    auto it = queues_.upper_bound(last_);
    for (std::size_t i = 0; i < queues_.size(); ++i, ++it) {
        if (it == queues_.end()) it = queues_.begin();
        if (it->second.not_before <= now) return it;
    }
    return queues_.end();
}

std::map<LinkId, UploadSlots::Queue>::iterator UploadSlots::most_urgent(Time now) {
    auto first = queues_.end();
    for (auto it = queues_.begin(); it != queues_.end(); ++it) {
        if (it->second.not_before > now || it->second.urgent.empty()) continue;
        if (first == queues_.end() ||
            it->second.urgent.front().deadline < first->second.urgent.front().deadline)
            first = it;
    }
    return first;
}

std::optional<Serving> UploadSlots::next(Time now) {
    if (queues_.empty() || loading_.size() >= slots_ || !bucket_.open(now)) return std::nullopt;
    const bool in_turn = served_ % kTurnEvery == 0;
    auto it = in_turn ? queues_.end() : most_urgent(now);
    if (it == queues_.end()) {
        it = whose_turn(now);
        if (it == queues_.end()) return std::nullopt;
        last_ = it->first;
    }
    ++served_;
    auto& from = it->second.urgent.empty() ? it->second.calm : it->second.urgent;
    const Serving chunk = from.front();
    from.pop_front();
    --queued_;
    if (it->second.empty()) queues_.erase(it);
    bucket_.take(chunk.bytes);
    loading_.emplace(Key{chunk.link, chunk.request, chunk.chunk}, chunk);
    return chunk;
}

std::optional<Serving> UploadSlots::done(LinkId link, RequestId request, const ChunkRef& chunk) {
    const auto found = loading_.find(Key{link, request, chunk});
    if (found == loading_.end()) return std::nullopt;
    const Serving done = found->second;
    loading_.erase(found);
    return done;
}

void UploadSlots::again(const Serving& chunk, Time at) {
    bucket_.give_back(chunk.bytes);
    Queue& queue = queues_[chunk.link];
    (chunk.deadline == kNever ? queue.calm : queue.urgent).push_front(chunk);
    queue.not_before = std::max(queue.not_before, at);
    ++queued_;
}

Time UploadSlots::next_time(Time now) {
    if (queues_.empty() || loading_.size() >= slots_) return kNever;  // a done() comes first
    Time first = kNever;
    for (const auto& [link, queue] : queues_)
        first = std::min(first, queue.not_before);
    return std::max(first, bucket_.open_at(now));
}

}  // namespace fragcast

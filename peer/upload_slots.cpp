#include "peer/upload_slots.hpp"

#include <algorithm>

namespace fragcast {

std::uint64_t UploadSlots::queued(LinkId link) const {
    const auto found = queues_.find(link);
    return found == queues_.end() ? 0 : found->second.size();
}

std::uint32_t UploadSlots::room(LinkId link) const {
    const std::uint64_t own = queued(link);
    if (own >= limits::kUploadQueuePerNeighbour || queued_ >= limits::kUploadQueue) return 0;
    return static_cast<std::uint32_t>(
        std::min(limits::kUploadQueuePerNeighbour - own, limits::kUploadQueue - queued_));
}

void UploadSlots::add(const Serving& chunk, bool urgent) {
    Queue& queue = queues_[chunk.link];
    (urgent ? queue.urgent : queue.calm).push_back(chunk);
    ++queued_;
}

void UploadSlots::cancel(LinkId link, RequestId request) {
    const auto found = queues_.find(link);
    if (found == queues_.end()) return;
    const auto same = [request](const Serving& chunk) { return chunk.request == request; };
    queued_ -= std::erase_if(found->second.urgent, same);
    queued_ -= std::erase_if(found->second.calm, same);
    if (found->second.empty()) queues_.erase(found);
}

void UploadSlots::forget(LinkId link) {
    const auto found = queues_.find(link);
    if (found == queues_.end()) return;
    queued_ -= found->second.size();
    queues_.erase(found);
}

std::optional<Serving> UploadSlots::next(Time now) {
    if (queues_.empty() || loading_.size() >= slots_ || !bucket_.open(now)) return std::nullopt;
    // Once around, beginning after the one served last.
    auto it = queues_.upper_bound(last_);
    for (std::size_t i = 0; i < queues_.size(); ++i, ++it) {
        if (it == queues_.end()) it = queues_.begin();
        if (it->second.not_before > now) continue;
        auto& from = it->second.urgent.empty() ? it->second.calm : it->second.urgent;
        const Serving chunk = from.front();
        from.pop_front();
        --queued_;
        last_ = it->first;
        if (it->second.empty()) queues_.erase(it);
        bucket_.take(chunk.bytes);
        loading_.emplace(Key{chunk.link, chunk.request, chunk.chunk}, chunk);
        return chunk;
    }
    return std::nullopt;
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
    queue.urgent.push_front(chunk);
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

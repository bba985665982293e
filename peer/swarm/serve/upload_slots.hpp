// Loop thread. Pure.
//
// Whom we send what next. What viewers need goes first, by the time when they need it; the rest
// round robin over the neighbours, a chunk each. So many loads at once as there are slots, no more
// queued than the limits say, and not faster than the limit on upload.
#pragma once

#include "messages/wire/holding.hpp"
#include "messages/wire/limits.hpp"
#include "peer/swarm/actions.hpp"
#include "peer/swarm/token_bucket.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

namespace fragcast {

struct Serving {
    LinkId link;
    RequestId request;
    ChunkRef chunk;
    std::uint32_t bytes = 0;
    Time deadline = kNever;  // when somebody needs it there
    PeerId peer{};           // at the end of the link
};

class UploadSlots {
public:
    UploadSlots(std::uint32_t slots, std::uint64_t rate) : slots_(slots), bucket_(rate) {}

    std::uint64_t rate() const { return bucket_.rate(); }
    void set_rate(std::uint64_t rate, Time now) { bucket_.set_rate(rate, now); }
    // Room for so many more chunks of this neighbour.
    std::uint32_t room(LinkId link) const;
    // Where all together queue so many that there is no room for `wanted` more of this neighbour:
    // the last chunks of the one that queues most, taken away and returned, up to half of what it
    // has more. So nobody fills the queue for others.
    std::vector<Serving> make_room(LinkId link, std::uint32_t wanted);
    // Chunks in order; at most room(link).
    void add(const Serving& chunk);
    // Takes what is queued of this request (of this link) away, and returns it; what is being
    // loaded is sent all the same.
    std::vector<Serving> cancel(LinkId link, RequestId request);
    std::vector<Serving> forget(LinkId link);
    // The next chunk to load, if one may be.
    std::optional<Serving> next(Time now);
    // A load ended. `again`: its link is full, so the chunk waits at the front until then.
    // Nothing: it was not one of ours.
    std::optional<Serving> done(LinkId link, RequestId request, const ChunkRef& chunk);
    void again(const Serving& chunk, Time at);

    std::uint32_t loading() const { return static_cast<std::uint32_t>(loading_.size()); }
    std::uint64_t queued() const { return queued_; }
    std::uint64_t queued(LinkId link) const;
    // Whether a chunk of this request waits or is loaded.
    bool has(LinkId link, RequestId request) const;
    // When next() may give something that it does not give now.
    Time next_time(Time now);

private:
    struct Queue {
        std::deque<Serving> urgent;  // with a deadline: by it
        std::deque<Serving> calm;
        Time not_before{};
        bool empty() const { return urgent.empty() && calm.empty(); }
        std::size_t size() const { return urgent.size() + calm.size(); }
    };
    using Key = std::tuple<LinkId, RequestId, ChunkRef>;

    std::map<LinkId, Queue>::iterator whose_turn(Time now);
    std::map<LinkId, Queue>::iterator most_urgent(Time now);

    std::uint32_t slots_;
    TokenBucket bucket_;
    std::map<LinkId, Queue> queues_;  // none empty
    LinkId last_;                     // served last, in turn
    std::uint32_t served_ = 0;
    std::multimap<Key, Serving> loading_;  // the same again: cancelled, and asked for anew
    std::uint64_t queued_ = 0;
};

}  // namespace fragcast

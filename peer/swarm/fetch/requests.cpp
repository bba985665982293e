#include "peer/swarm/fetch/requests.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

namespace {

// Beyond the limit: what is asked of a second neighbour is not to wait for it.
constexpr std::size_t kTwice = limits::kMaxTwiceAskedBytes / limits::kChunkBytes;
constexpr Duration kLook{100'000};
constexpr Duration kLate{100'000};  // beyond what was expected, and half of that again

}  // namespace

// --- how much more -------------------------------------------------------------------------------

std::uint64_t Requests::room(Turn& turn) {
    const std::uint64_t taken = open_.chunks() + storing_.size();
    if (!download_.open(turn.now)) turn.wake_by(download_.open_at(turn.now));
    return std::min<std::uint64_t>(
        taken < limits::kMaxStoreQueue ? limits::kMaxStoreQueue - taken : 0,
        download_.level(turn.now) / limits::kChunkBytes + 1);
}

bool Requests::held_back(Time now) const {
    TokenBucket as_it_is = download_;
    return !as_it_is.open(now);
}

std::uint64_t Requests::twice() const {
    std::uint64_t chunks = 0;
    for (const auto& [request, asked] : open_.all())
        if (asked.again) chunks += asked.open.count();
    return chunks * limits::kChunkBytes;
}

bool Requests::may_ask_twice(std::uint32_t chunks) const {
    return twice() + std::uint64_t{chunks} * limits::kChunkBytes <= limits::kMaxTwiceAskedBytes;
}

// --- they are made -------------------------------------------------------------------------------

void Requests::ask(Asked asked, std::uint64_t bytes, Turn& turn) {
    download_.take(bytes);
    open_.add(std::move(asked));
    look_at_ = std::min(look_at_, turn.now + kLook);
    turn.wake_by(look_at_);
}

// --- what comes of them --------------------------------------------------------------------------

Requests::Came Requests::came(LinkId from, RequestId request, const ChunkRef& chunk) {
    const Asked* asked = open_.find(request);
    if (asked != nullptr && asked->link == from && asked->fragment == chunk.of() &&
        open_.close(request, chunk.chunk))
        return Came::asked;
    const bool once = open_.was_dropped(from, request);
    ++(once ? spare_ : unasked_);
    return once ? Came::given_up : Came::unasked;
}

std::optional<Asked> Requests::refused(LinkId from, RequestId request) {
    const Asked* asked = open_.find(request);
    if (asked != nullptr && asked->link == from) return open_.drop(request);
    ++spare_;
    return std::nullopt;
}

std::vector<RequestId> Requests::timed_out(LinkId link) {
    ++timed_out_;
    return open_.of_link(link);
}

void Requests::storing(const ChunkRef& chunk, std::uint64_t bytes) {
    ++came_;
    bytes_came_ += bytes;
    storing_.insert(chunk);
}

void Requests::spare(std::uint64_t bytes) {
    ++came_;
    bytes_came_ += bytes;
    ++spare_;
}

void Requests::stored(const ChunkRef& chunk) {
    if (const auto found = storing_.find(chunk); found != storing_.end()) storing_.erase(found);
}

// --- late ones -----------------------------------------------------------------------------------

bool Requests::look_due(Turn& turn) {
    if (open_.all().empty()) {
        look_at_ = kNever;
        return false;
    }
    if (turn.now >= look_at_) return true;
    turn.wake_by(look_at_);
    return false;
}

Requests::Late Requests::late(const std::function<About(const Asked&)>& about, Time now) const {
    Late out;
    for (const auto& [request, asked] : open_.all()) {
        const About known = about(asked);
        if (!known.gave && now >= asked.sent + known.patience) out.mute.push_back(asked);
        const Time limit = asked.expected + (asked.expected - asked.sent) / 2 + kLate;
        if (now < limit) continue;
        (asked.urgent || known.awaited ? out.awaited : out.calm).push_back(asked);
    }
    return out;
}

void Requests::looked(Turn& turn) {
    look_at_ = turn.now + kLook;
    turn.wake_by(look_at_);
}

const char* Requests::broken() const {
    if (const char* broken = open_.broken()) return broken;
    if (open_.chunks() + storing_.size() > limits::kMaxStoreQueue + kTwice)
        return "too much is asked in all";
    if (twice() > limits::kMaxTwiceAskedBytes) return "too much is asked twice";
    return nullptr;
}

}  // namespace fragcast

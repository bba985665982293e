#include "messages/zmq/backlog.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

namespace {

// Of one of which nothing was taken yet.
constexpr std::uint64_t kUnknownFactor = 32;
constexpr std::uint64_t kLately = 1 << 20;  // bytes

// The greediest go until the rest fits.
template <class Owing, class Amount, class Greed>
void cut_down(std::vector<Owing>& owing, std::uint64_t limit, Amount amount, Greed greed,
              std::vector<Backlog::Connection>& over) {
    std::sort(owing.begin(), owing.end(), [&](const Owing& a, const Owing& b) {
        return std::pair(greed(a), amount(a)) < std::pair(greed(b), amount(b));
    });
    std::uint64_t all = 0;
    for (const Owing& one : owing)
        all += amount(one);
    while (all > limit && !owing.empty()) {
        all -= amount(owing.back());
        over.push_back(owing.back().connection);
        owing.pop_back();
    }
}

}  // namespace

void Backlog::taken(Connection connection, std::size_t bytes, std::size_t memory) {
    Known& known = known_[connection];
    known.taken += bytes;
    known.bytes += bytes;
    known.memory += memory;
    if (known.bytes < kLately) return;
    known.bytes /= 2;
    known.memory /= 2;
}

// Large frames cost what they are, and are what is asked for.
std::uint64_t Backlog::Known::costs() const {
    if (bytes == 0) return owed() * kUnknownFactor;
    return memory > 2 * bytes ? owed() * memory / bytes : 0;
}

void Backlog::see(const Seen& one, std::uint64_t heartbeats, std::vector<Owing>& owing,
                  std::vector<Connection>& over) {
    Known& known = known_[one.connection];
    known.seen = true;
    known.taken += heartbeats;
    const std::uint64_t bytes = known.owed();
    known.received = one.received;
    const std::uint64_t memory = known.costs();
    known.taken = std::min(known.taken, known.received);
    const std::size_t each = one.each != 0 ? one.each : limits_.each;
    if (bytes > (known.bytes == 0 ? std::min(each, limits_.first) : each))
        over.push_back(one.connection);
    else if (memory != 0 || bytes != 0)
        owing.push_back({one.connection, bytes, memory, bytes > one.asked ? bytes - one.asked : 0});
}

// The more the process has grown, the less may be there: what is left of those who are gone costs
// as much.
void Backlog::cut_for_memory(std::vector<Owing>& owing, std::vector<Connection>& over) const {
    const std::uint64_t growth = memory_ - calm_ - limits::kGrownBytes;
    const std::uint64_t allowed =
        limits::kMaxUnpulledMemory > growth ? limits::kMaxUnpulledMemory - growth : 0;
    std::erase_if(owing,
                  [](const Owing& one) { return one.memory <= limits::kUnpulledMemoryOfEach; });
    const auto amount = [](const Owing& one) { return one.memory; };
    cut_down(owing, allowed, amount, amount, over);
}

std::vector<Backlog::Connection> Backlog::look(Time now, const std::vector<Seen>& seen,
                                               std::uint64_t memory, bool dry) {
    if (looked_ == Time{}) looked_ = now;
    const auto heartbeats = static_cast<std::uint64_t>(
        std::max<std::int64_t>((now - looked_).count() * limits::kHeartbeatBytes / 1'000'000, 0));
    // What is less than a byte is not lost.
    if (heartbeats != 0) looked_ = now;
    std::vector<Connection> over;
    std::vector<Owing> owing;
    for (const Seen& one : seen)
        see(one, heartbeats, owing, over);
    cut_down(
        owing, limits_.all, [](const Owing& one) { return one.bytes; },
        [](const Owing& one) { return one.greed; }, over);

    memory_ = memory;
    if (calm_ == 0) calm_ = memory;
    std::uint64_t costs = 0, bytes = 0;
    for (const Owing& one : owing) {
        costs += one.memory;
        bytes += one.bytes;
    }
    hurried_ = costs + bytes > limits::kMaxUnpulledMemory / 16 || !over.empty();
    if (grown()) cut_for_memory(owing, over);
    if (memory < calm_ || (dry && over.empty() && costs < limits::kMaxUnpulledMemory / 4))
        calm_ = memory;

    for (auto at = known_.begin(); at != known_.end();)
        at = std::exchange(at->second.seen, false) ? std::next(at) : known_.erase(at);
    return over;
}

}  // namespace fragcast

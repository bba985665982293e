// Loop thread. Pure.
#include "peer/links/untaken.hpp"

#include "messages/wire/limits.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

namespace {

constexpr std::uint64_t kOfWhoHasSome = limits::kMaxUnsentPayloadBytes / 8 * 7;

}  // namespace

bool Untaken::has_room(std::uint64_t own, std::uint64_t taken, std::uint64_t all) {
    return own < std::min(limits::kMaxUnsentBytes, limits::kMinInFlightBytes + taken) &&
           !lacks_room(own, all);
}

bool Untaken::lacks_room(std::uint64_t own, std::uint64_t all) {
    return own == 0 ? all >= limits::kMaxUnsentPayloadBytes : own + all >= kOfWhoHasSome;
}

std::vector<LinkId> Untaken::look(const std::vector<Line>& lines, Time now) {
    struct Lazy {
        Time since;
        Line line;
    };
    std::map<LinkId, Seen> seen;
    std::vector<Lazy> lazy;
    std::uint64_t lie = 0;
    for (const Line& line : lines) {
        const auto before = seen_.find(line.link);
        const bool takes = before == seen_.end() || line.taken >= before->second.goal;
        // Of little all is to be taken: else who is sent a line now and then never takes enough.
        const Seen fresh{line.taken + std::min(limits::kTakenAtLeast, line.lies), now};
        const Seen& kept = seen[line.link] = takes ? fresh : before->second;
        lie += line.lies;
        if (now - kept.since >= limits::kUntakenWanted) lazy.push_back({kept.since, line});
    }
    seen_ = std::move(seen);
    // Where this machine is so busy that nobody took anything, those stay for whom least lies.
    std::stable_sort(lazy.begin(), lazy.end(), [](const Lazy& a, const Lazy& b) {
        return std::pair(a.since, b.line.lies) < std::pair(b.since, a.line.lies);
    });
    const bool wanted = std::exchange(wanted_, false);
    std::vector<LinkId> cut;
    for (const Lazy& one : lazy) {
        const bool long_enough = now - one.since >= limits::kUntakenLongest;
        if (!long_enough && (!wanted || lie <= limits::kMaxUnsentPayloadBytes / 2)) break;
        cut.push_back(one.line.link);
        lie -= one.line.lies;
        seen_.erase(one.line.link);
    }
    return cut;
}

}  // namespace fragcast

#include "peer/swarm/copies/givers.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

bool Givers::look_due(Time now) {
    if (!others_wait_ || now < look_at_) return false;
    look_at_ = now + kLookEvery;
    return std::exchange(others_wait_, false);
}

// Who is not asked any more, and rested long ago, begins anew.
void Givers::drop_old(const std::map<PeerId, std::uint64_t>& asked, Time now) {
    std::erase_if(rows_, [&](const auto& entry) {
        const Row& row = entry.second;
        return !row.rests && !asked.contains(entry.first) &&
               (row.rest == Duration{} || now - row.until >= limits::kCopyRestMax);
    });
}

bool Givers::look(const std::map<PeerId, std::uint64_t>& asked, Turn& turn) {
    drop_old(asked, turn.now);
    bool any = false;
    for (const auto& [peer, bytes] : asked) {
        const auto [at, anew] = rows_.try_emplace(peer);
        Row& row = at->second;
        if (row.rests) continue;
        if (anew || bytes - row.bytes >= limits::kCopyLeast) {
            if (!anew) row.rest = {};
            row.bytes = bytes;
            row.since = turn.now;
        }
        if (turn.now - row.since < limits::kCopyWaits) {
            turn.wake_by(row.since + limits::kCopyWaits);
            continue;
        }
        row.rest = std::clamp<Duration>(row.rest * 2, limits::kCopyWaits, limits::kCopyRestMax);
        row.until = turn.now + row.rest;
        row.rests = any = true;
        ++resting_;
        turn.wake_by(row.until);
    }
    return any;
}

bool Givers::wake(Turn& turn) {
    if (resting_ == 0) return false;
    bool any = false;
    for (auto& [peer, row] : rows_) {
        if (!row.rests) continue;
        if (row.until > turn.now) {
            turn.wake_by(row.until);
            continue;
        }
        row.rests = false;
        row.since = turn.now;
        --resting_;
        any = true;
    }
    return any;
}

bool Givers::rests(const PeerId& peer) const {
    const auto found = rows_.find(peer);
    return found != rows_.end() && found->second.rests;
}

void Givers::forget(const PeerId& peer) {
    const auto found = rows_.find(peer);
    if (found == rows_.end()) return;
    if (found->second.rests) --resting_;
    rows_.erase(found);
}

const char* Givers::broken() const {
    std::size_t resting = 0;
    for (const auto& [peer, row] : rows_) {
        if (row.rests) ++resting;
        if (row.rest > limits::kCopyRestMax) return "givers: one rests for too long";
        if (row.rests && row.rest == Duration{}) return "givers: one rests for no time";
    }
    return resting == resting_ ? nullptr : "givers: the count of who rests is wrong";
}

}  // namespace fragcast

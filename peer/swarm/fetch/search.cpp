#include "peer/swarm/fetch/search.hpp"

#include "messages/wire/limits.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace fragcast {

const Search::Row& Search::row(const AssetId& asset) const {
    static const Row kNone;
    const auto found = rows_.find(asset);
    return found == rows_.end() ? kNone : found->second;
}

void Search::begin_anew(const AssetId& asset) {
    Row& row = rows_[asset];
    Row anew;
    anew.referrals = std::move(row.referrals);
    row = std::move(anew);
}

void Search::hasten(const AssetId& asset, Time now) {
    Row& row = rows_[asset];
    row.next = std::min(row.next, now);
}

bool Search::due(const AssetId& asset, Turn& turn) const {
    const Time next = row(asset).next;
    if (turn.now >= next) return true;
    turn.wake_by(next);
    return false;
}

Search::Step Search::look(const AssetId& asset, const Around& around, Turn& turn) {
    Row& row = rows_[asset];
    if (row.asked && !around.lacking) {
        row.wait = Duration{};
        row.nobody = false;
        row.next = turn.now + kLookEvery;
        return {};
    }
    Step step;
    if (!around.answering && (around.bus || around.friends)) {
        step.ask = true;
        step.say = around.bus && around.lacking && row.asked;
        row.asked = row.asked || around.bus;
    }
    row.wait = std::clamp<Duration>(row.wait * 2, limits::kLocateMin, limits::kLocateMax);
    row.next = turn.now + row.wait;
    turn.wake_by(row.next);
    return step;
}

void Search::answered(const AssetId& asset, bool nobody) {
    Row& row = rows_[asset];
    row.asked = row.answered = true;
    row.nobody = nobody;
}

void Search::refer(const AssetId& asset, const std::vector<PeerRecord>& others, const PeerId& self,
                   Time now) {
    Referrals& referrals = rows_[asset].referrals;
    std::erase_if(referrals, [now](const auto& one) { return one.second.until <= now; });
    for (const PeerRecord& other : others) {
        if (other.id == self) continue;
        if (referrals.size() >= limits::kMaxReferred && !referrals.contains(other.id)) break;
        Referral& referral = referrals[other.id];
        referral.until = now + limits::kReferralKept;
        referral.exchange = other.exchange;
    }
}

void Search::dialled(const AssetId& asset, const PeerId& peer, LinkId link) {
    const auto row = rows_.find(asset);
    if (row == rows_.end()) return;
    const auto named = row->second.referrals.find(peer);
    if (named != row->second.referrals.end()) named->second.dialling = link;
}

std::size_t Search::count_referrals() const {
    return std::accumulate(
        rows_.begin(), rows_.end(), std::size_t{0},
        [](std::size_t sum, const auto& row) { return sum + row.second.referrals.size(); });
}

const char* Search::broken() const {
    for (const auto& [asset, row] : rows_) {
        if (row.answered && !row.asked) return "an answer came to no question";
        if (row.nobody && !row.answered) return "nobody has it, and nobody said so";
        if (row.wait > limits::kLocateMax) return "a search waits too long";
        if (row.referrals.size() > limits::kMaxReferred) return "too many are named for an asset";
    }
    return nullptr;
}

}  // namespace fragcast

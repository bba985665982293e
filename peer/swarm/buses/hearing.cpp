#include "peer/swarm/buses/hearing.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

// --- all that one peer has -----------------------------------------------------------------------

bool Hearing::heed(const PeerId& peer, Availability::News news, Word word) {
    if (news != Availability::News::gap) return news == Availability::News::met;
    Row& row = rows_[peer];
    if (word == Word::beacon && row.too_many) return false;
    if (word == Word::announced) ++gaps_;
    if (word == Word::beacon) ++differed_;
    row.missed = true;
    return true;
}

void Hearing::beacon(const PeerId& peer, const StateDigest& root, Time now) {
    Row& row = rows_[peer];
    row.beacon_root = root;
    row.beacon_at = now;
}

void Hearing::announced(const PeerId& peer) {
    if (const auto found = rows_.find(peer); found != rows_.end())
        found->second.beacon_at = kNeverYet;
}

void Hearing::fits(const PeerId& peer) {
    const auto found = rows_.find(peer);
    if (found == rows_.end()) return;
    found->second.wait = limits::kLocateMin;
    found->second.misfit = false;
}

void Hearing::too_many(const PeerId& peer) {
    rows_[peer].too_many = true;
}

void Hearing::begins_anew(const PeerId& peer) {
    if (const auto found = rows_.find(peer); found != rows_.end()) found->second.too_many = false;
}

Hearing::Whom Hearing::ask_all(const PeerId& peer, const Ways& ways, Turn& turn) {
    const Row& row = rows_[peer];
    const Time may = row.asked_all == kNeverYet ? turn.now : row.asked_all + row.wait;
    Whom whom = Whom::nobody;
    if (turn.now < may)
        due(peer, may, turn);
    else if (ways.linked)
        whom = Whom::itself;
    else if (ways.bus && ways.under_way())  // with none, each tells all when it is there again
        due(peer, turn.now + limits::kLocateMin, turn);
    else if (ways.bus)
        whom = Whom::bus;
    if (whom == Whom::nobody) return whom;
    rows_[peer].asked_all = turn.now;
    ++asks_;
    return whom;
}

void Hearing::due(const PeerId& peer, Time when, Turn& turn) {
    ask_due_.insert(peer);
    turn.wake_by(when);
}

std::set<PeerId> Hearing::take_due() {
    return std::exchange(ask_due_, {});
}

void Hearing::told_all(const PeerId& peer, bool news, const Availability& availability,
                       Turn& turn) {
    const auto found = rows_.find(peer);
    if (found == rows_.end()) return;
    Row& row = found->second;
    if (std::exchange(row.missed, false) && news) ++mended_;
    const bool beacon_counts = !row.too_many && row.beacon_at != kNeverYet &&
                               turn.now - row.beacon_at < limits::kHeartbeat;
    const bool differs = availability.root(peer) != row.beacon_root;
    if (beacon_counts && differs) {
        row.missed = true;
        // One may well be of before the beacon.
        if (std::exchange(row.misfit, true))
            row.wait = std::min<Duration>(row.wait * 2, limits::kAskAllMax);
        due(peer, row.asked_all + row.wait, turn);
    } else if (!differs) {
        fits(peer);
    }
}

void Hearing::unlinked(const PeerId& peer) {
    if (const auto found = rows_.find(peer); found != rows_.end())
        found->second.asked_all = kNeverYet;
}

void Hearing::forget(const PeerId& peer) {
    rows_.erase(peer);
}

// --- its own answer ------------------------------------------------------------------------------

void Hearing::asked(LinkId link, RequestId request) {
    telling_[link] = {request, {}};
}

void Hearing::changed(LinkId link) {
    if (const auto found = telling_.find(link); found != telling_.end())
        found->second.told.news = true;
}

std::optional<Hearing::Told> Hearing::hear(LinkId link, const Have& have) {
    const auto found = telling_.find(link);
    if (found == telling_.end() || have.request != found->second.request) return std::nullopt;
    found->second.told.named.insert(have.asset);
    if (found->second.told.named.size() > limits::kMaxAssetsPerPeer) {  // an answer without end
        telling_.erase(found);
        return std::nullopt;
    }
    if (!have.last) return std::nullopt;
    Told told = std::move(found->second.told);
    telling_.erase(found);
    return told;
}

void Hearing::forget(LinkId link) {
    telling_.erase(link);
}

// --- records -------------------------------------------------------------------------------------

void Hearing::lacks_record(Turn& turn) {
    records_due_ = true;
    turn.wake_by(std::max(turn.now, records_at_));
}

bool Hearing::ask_for_records(Turn& turn) {
    if (!records_due_) return false;
    if (turn.now < records_at_) {
        turn.wake_by(records_at_);
        return false;
    }
    records_due_ = false;
    records_at_ = turn.now + limits::kDirectoryAnswer;
    return true;
}

// --- rounds --------------------------------------------------------------------------------------

void Hearing::start(Time now) {
    alive_at_ = now + limits::kHeartbeat;
}

void Hearing::welcomed(Time now) {
    alive_at_ = std::min(alive_at_, now);
    sweep_at_ = now + limits::kLease + limits::kSettling;
}

bool Hearing::beacon_due(Turn& turn) {
    const bool is_due = turn.now >= alive_at_;
    if (is_due) alive_at_ = turn.now + limits::kHeartbeat;
    turn.wake_by(alive_at_);
    return is_due;
}

bool Hearing::sweep_due(Turn& turn) {
    const bool is_due = turn.now >= sweep_at_;
    if (is_due) sweep_at_ = kNever;
    turn.wake_by(sweep_at_);
    return is_due;
}

bool Hearing::recount_due(Turn& turn) {
    const bool is_due = turn.now >= recount_at_;
    if (is_due) recount_at_ = turn.now + limits::kHeartbeat;
    turn.wake_by(recount_at_);
    return is_due;
}

bool Hearing::silent(bool linked, Time heard, Time now) {
    return !linked && now - heard > limits::kLease;
}

void Hearing::recounting(Time now) {
    recount_at_ = now + limits::kLease;
    ++asks_;
}

void Hearing::recounted(std::uint64_t absent) {
    mended_ += absent;
}

const char* Hearing::broken() const {
    for (const auto& [peer, row] : rows_) {
        if (row.wait < limits::kLocateMin || row.wait > limits::kAskAllMax)
            return "a peer is asked again too soon, or too late";
        if (row.wait > limits::kLocateMin && !row.misfit)
            return "a peer is asked later, though its answer fitted";
    }
    for (const auto& [link, telling] : telling_) {
        if (telling.request.value == 0) return "an answer is heard that nobody asked for";
        if (telling.told.named.size() > limits::kMaxAssetsPerPeer) return "an answer without end";
    }
    return nullptr;
}

}  // namespace fragcast

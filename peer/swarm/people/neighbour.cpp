#include "peer/swarm/people/neighbour.hpp"

#include <algorithm>

namespace fragcast {

namespace {

constexpr Duration kHelloAgain{1'000'000};
constexpr Duration kQueueAhead{200'000};         // what the other end may have queued for us
constexpr Duration kUnknownTrip{100'000};        // until measured
constexpr std::uint64_t kUnknownRate = 4 << 20;  // until measured: bytes per second
constexpr std::int32_t kWorstStanding = -100;
// Of what busy tells us to wait.
constexpr std::uint32_t kMostDoublings = 3;

}  // namespace

// --- life ----------------------------------------------------------------------------------------

void Neighbour::on_connected(Time now) {
    begun_ = heard_ = used_ = now;
}

bool Neighbour::on_hello(const PeerRecord& peer, bool reply, Time now) {
    if (hello_out_ && reply) measure(now - hello_sent_);
    hello_out_ = false;
    const bool anew = !up() || !reply || peer.id != peer_.id || peer.epoch != peer_.epoch;
    if (!up()) up_since_ = now;
    if (anew) {
        gave_ = spoke_ = false;
        deferred_.clear();
        interests_.clear();
        told_interest_.clear();
        telling_.reset();
    }
    state_ = State::up;
    peer_ = peer;
    return anew;
}

void Neighbour::on_pong(Time now) {
    if (ping_out_) measure(now - pinged_);
    ping_out_ = false;
}

void Neighbour::measure(Duration sample) {
    rtt_ = rtt_known_ ? (rtt_ * 3 + sample) / 4 : sample;
    rtt_known_ = true;
}

Neighbour::Duty Neighbour::duty(Time now) {
    if (now - heard_ >= limits::kDeadAfterSilence) return Duty::dead;
    if (!up() && now - begun_ >= limits::kHelloWait) return Duty::dead;
    if (now - heard_ < limits::kPingAfterSilence) return Duty::none;
    Time& sent = up() ? pinged_ : hello_sent_;
    if (now - sent < limits::kPingAfterSilence) return Duty::none;
    // A greeting link waits for the other's hello: ours is the answer to it.
    if (state_ == State::greeting) return Duty::none;
    sent = now;
    (up() ? ping_out_ : hello_out_) = true;
    return up() ? Duty::ping : Duty::hello;
}

Time Neighbour::next_duty() const {
    const Time silent = heard_ + limits::kDeadAfterSilence;
    const Time dead = up() ? silent : std::min<Time>(silent, begun_ + limits::kHelloWait);
    if (state_ == State::greeting) return dead;
    const Time spoken = std::max(heard_, up() ? pinged_ : hello_sent_);
    return std::min(dead, spoken + limits::kPingAfterSilence);
}

void Neighbour::hello_sent(Time now) {
    hello_sent_ = now;
    hello_out_ = true;
}

bool Neighbour::may_send_hello(Time now) const {
    return !hello_out_ || now - hello_sent_ >= kHelloAgain;
}

// --- flow ----------------------------------------------------------------------------------------

void Neighbour::asked(std::uint64_t bytes, Time now) {
    if (outstanding_ == 0) last_data_ = now;
    outstanding_ += bytes;
    chunk_since_ = std::min(chunk_since_, now);
    meter_.begin(now);
    used_ = now;
}

void Neighbour::answered(std::uint64_t bytes, Time now) {
    last_data_ = used_ = now;
    gave_ = true;
    chunk_since_ = kNever;
    doubted_ = false;
    heard_answer();
    meter_.add(bytes, now);
    relieved(bytes, now);
}

void Neighbour::relieved(std::uint64_t bytes, Time now) {
    outstanding_ -= std::min(outstanding_, bytes);
    if (outstanding_ == 0) meter_.end(now);
}

void Neighbour::heard_answer() {
    spoke_ = true;
    passed_until_ = {};
    passed_for_ = {};
}

// Its answer is due after a round trip; a second one is for what it does besides.
Duration Neighbour::patience() const {
    return (rtt_known_ ? rtt_ : kUnknownTrip) * 2 + limits::kFirstAnswer;
}

void Neighbour::pass_over(Time now) {
    passed_for_ =
        std::clamp<Duration>(passed_for_ * 2, limits::kPassedOverMin, limits::kPassedOverMax);
    passed_until_ = now + passed_for_;
}

std::uint64_t Neighbour::window() const {
    if (!gave_) return limits::kMinInFlightBytes;
    if (rate() == 0) return limits::kStartInFlightBytes;
    const auto ahead = static_cast<std::uint64_t>((rtt_ + kQueueAhead).count());
    // Beyond this rate the largest window is due anyway: keeps the product within its type.
    const std::uint64_t fast = std::min<std::uint64_t>(rate(), limits::kMaxInFlightBytes * 10);
    return std::clamp<std::uint64_t>(fast * ahead / 1'000'000, limits::kMinInFlightBytes,
                                     limits::kMaxInFlightBytes);
}

Duration Neighbour::queue_time(std::uint64_t more) const {
    const std::uint64_t speed = std::max<std::uint64_t>(rate() == 0 ? kUnknownRate : rate(), 1024);
    const std::uint64_t bytes = outstanding_ + more;
    return rtt_ + Duration(static_cast<Duration::rep>(bytes * 1'000'000 / speed));
}

bool Neighbour::blame(std::int32_t points) {
    standing_ -= points;
    return standing_ <= kWorstStanding;
}

// --- what is not asked there ---------------------------------------------------------------------

// A source that serves many is not asked by all of them all the time: what goes to others is heard
// of from those.
void Neighbour::defer(const FragmentRef& fragment, const RangeSet& chunks, Duration pause,
                      bool urgent, Time now) {
    Deferral& deferral = deferred_[fragment];
    if (deferral.chunks.empty()) deferral.since = now;
    deferral.chunks.add(chunks);
    const auto patience = urgent ? 0 : std::min(deferral.times++, kMostDoublings);
    deferral.until = now + std::min<Duration>(pause * (1U << patience), limits::kRequestTimeout);
}

std::optional<Neighbour::Deferred> Neighbour::deferred(const FragmentRef& fragment,
                                                       Time now) const {
    const auto found = deferred_.find(fragment);
    if (found == deferred_.end() || found->second.until <= now) return std::nullopt;
    return Deferred{found->second.chunks, found->second.until};
}

bool Neighbour::insists(const FragmentRef& fragment, const RangeSet& chunks, bool soon,
                        Time now) const {
    const auto found = deferred_.find(fragment);
    if (found == deferred_.end() || found->second.chunks.common(chunks).empty()) return false;
    const Duration waited = now - found->second.since;
    return waited >= limits::kInsistAfter || (soon && waited >= limits::kUrgentRelayGrace);
}

std::vector<FragmentRef> Neighbour::takes_back(const Have& have) {
    std::vector<FragmentRef> back;
    const auto begin = wrong_.lower_bound({have.asset, {}});
    for (auto it = begin; it != wrong_.end() && it->asset == have.asset;) {
        const bool claimed =
            have.fragments.contains(it->index.value) ||
            std::any_of(have.partial.begin(), have.partial.end(),
                        [&](const PartialRecord& one) { return one.fragment == it->index; });
        if (claimed) {
            ++it;
            continue;
        }
        back.push_back(*it);
        it = wrong_.erase(it);
    }
    return back;
}

bool Neighbour::judgement_due(Time now) {
    if (judged_at_ > now) return false;
    judged_at_ = kNever;
    return true;
}

void Neighbour::done_with(const FragmentRef& fragment) {
    deferred_.erase(fragment);
    wrong_.erase(fragment);
}

bool Neighbour::may_complain(Time now) {
    if (now - limits::kDoubtEvery < complained_) return false;
    complained_ = now;
    return true;
}

bool Neighbour::may_want_aloud(Time now) {
    if (now - limits::kHavesEvery < wanted_aloud_) return false;
    wanted_aloud_ = now;
    return true;
}

void Neighbour::interested(const AssetId& asset) {
    if (interests_.size() < limits::kMaxInterests) interests_.insert(asset);
}

}  // namespace fragcast

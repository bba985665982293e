#include "peer/swarm/people/neighbour.hpp"

#include <algorithm>

namespace fragcast {

namespace {

constexpr Duration kHelloAgain{1'000'000};
constexpr Duration kQueueAhead{200'000};         // what the other end may have queued for us
constexpr Duration kUnknownTrip{100'000};        // until measured
constexpr std::uint64_t kUnknownRate = 4 << 20;  // until measured: bytes per second
constexpr std::int32_t kWorstStanding = -100;

}  // namespace

// --- life ----------------------------------------------------------------------------------------

void Neighbour::on_connected(Time now) {
    heard_ = used_ = now;
}

bool Neighbour::on_hello(const PeerRecord& peer, bool reply, Time now) {
    if (hello_out_ && reply) measure(now - hello_sent_);
    hello_out_ = false;
    const bool anew = !up() || !reply || peer.id != peer_.id || peer.epoch != peer_.epoch;
    if (!up()) up_since_ = now;
    if (anew) gave_ = spoke_ = false;
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
    const Time dead = heard_ + limits::kDeadAfterSilence;
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
    meter_.begin(now);
    used_ = now;
}

void Neighbour::answered(std::uint64_t bytes, Time now) {
    last_data_ = used_ = now;
    gave_ = true;
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

}  // namespace fragcast

#include "peer/swarm/buses/bus_session.hpp"

#include "messages/wire/codec.hpp"
#include "messages/wire/endpoint.hpp"
#include "messages/wire/limits.hpp"
#include "peer/swarm/overload.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

namespace {

constexpr std::uint32_t kUpdateTries = 3;
// A digest record is at most this long: 48 bytes, their heads, and the list's.
constexpr std::size_t kDigestBytes = 56;
constexpr std::size_t kDigestsPerPage =
    std::min<std::size_t>(limits::kMaxDigests, limits::kMaxPageBytes / kDigestBytes);

std::string seconds(Duration time) {
    return human_duration(static_cast<std::uint64_t>(time.count()));
}

}  // namespace

// A name has to be resolved before anything can be sent, and the resolver says when it gave up.
BusSession::BusSession(BusId bus, std::string endpoint, const BusSelf& self, const Book& book)
    : bus_(bus),
      endpoint_(std::move(endpoint)),
      self_(self),
      book_(book),
      welcome_in_(limits::kDirectoryAnswer) {
    const auto parsed = parse_endpoint(endpoint_, "bus");
    if (parsed && !parsed->literal()) welcome_in_ += limits::kResolve;
}

void BusSession::enter(State state, Time now) {
    if (state_ != state) since_ = now;
    state_ = state;
}

// --- joining -------------------------------------------------------------------------------------

void BusSession::start(Turn& turn) {
    heard_ = turn.now;
    connect(turn);
}

// A new connection: the old one may have died of an oversized message, in silence.
void BusSession::connect(Turn& turn) {
    turn.out.push_back(ConnectBus{bus_});
    heard_ = turn.now;
    join(turn);
}

void BusSession::join(Turn& turn) {
    enter(State::joining, turn.now);
    ++tries_;
    sent_at_ = turn.now;
    try_at_ = kNever;
    update_.reset();
    untold_.clear();
    room_at_ = Time{};
    Join join;
    join.request = join_request_ = turn.next_request();
    join.self = self_.record();
    join.key = self_.key();
    join.root = book_.root();
    std::size_t bytes = 0;
    for (const auto& [asset, entry] : book_.entries()) {
        bytes += packed_size(entry);
        if (join.entries.size() >= limits::kMaxEntries || bytes > limits::kMaxPageBytes)
            untold_.insert(asset);
        else
            join.entries.push_back(entry);
    }
    join.more = !untold_.empty();
    turn.out.push_back(SendToBus{bus_, std::move(join)});
}

BusSession::Event BusSession::away(const std::string& why, Turn& turn) {
    const bool lost = std::exchange(was_joined_, false);
    enter(State::away, turn.now);
    update_.reset();
    beat_at_ = kNever;
    if (lost) wait_ = Duration{};
    wait_ = std::clamp<Duration>(wait_ * 2, limits::kRetryMin, limits::kRetryMax);
    try_at_ = turn.now + wait_;
    if (lost) {
        tries_ = 0;
        turn.report(
            Report::Level::warning, "bus.away",
            "lost the bus at " + endpoint_ + " (" + why + "); serving without it, trying again");
        return Event::lost;
    }
    turn.report(Report::Level::warning, "bus.absent",
                "no bus at " + endpoint_ + " (" + why + "; try " + std::to_string(tries_) +
                    ", next in " + seconds(wait_) +
                    "); serving without it. Start one: fragcast-bus");
    return Event::none;
}

BusSession::Event BusSession::on_failed(const Error& why, Turn& turn) {
    if (state_ == State::left || state_ == State::away) return Event::none;
    return away(why.text, turn);
}

BusSession::Event BusSession::on_welcome(const Welcome& welcome, Turn& turn) {
    if (state_ != State::joining || welcome.request != join_request_) return Event::none;
    enter(welcome.settling ? State::settling : State::joined, turn.now);
    heartbeat_ = std::clamp<Duration>(std::chrono::milliseconds(welcome.heartbeat_ms),
                                      limits::kHeartbeatMin, limits::kLease);
    beat_at_ = turn.now + heartbeat_;
    wait_ = Duration{};
    tries_ = 0;
    was_joined_ = true;
    turn.out.push_back(ConnectForwarder{bus_, welcome.in_port, welcome.out_port});
    turn.report(
        Report::Level::info, "bus.joined",
        "joined the bus at " + endpoint_ + ": " + std::to_string(welcome.peers.size()) +
            (welcome.more ? "+ peers, " : " peers, ") + std::to_string(welcome.assets.size()) +
            (welcome.more ? "+ assets" : " assets") + (welcome.settling ? ", settling" : ""));
    flush(turn);
    return Event::welcomed;
}

void BusSession::on_new_identity(Turn& turn) {
    if (state_ == State::left) return;
    wait_ = Duration{};
    connect(turn);
}

void BusSession::leave(Turn& turn) {
    if (joined() || state_ == State::joining) {
        turn.out.push_back(SendToBus{bus_, Leave{turn.next_request()}});
    }
    enter(State::left, turn.now);
    untold_.clear();
    update_.reset();
    try_at_ = beat_at_ = kNever;
}

// --- staying -------------------------------------------------------------------------------------

BusSession::Event BusSession::on_message(const Body& body, Turn& turn) {
    if (state_ == State::left) return Event::none;
    heard_ = turn.now;
    return std::visit(Overload{[&](const Welcome& m) { return on_welcome(m, turn); },
                               [&](const HeartbeatAck& m) { return on_heartbeat_ack(m, turn); },
                               [&](const Duplicate& m) { return on_duplicate(m, turn); },
                               [&](const Ack& m) { return on_ack(m, turn); },
                               [&](const Tell& m) { return on_tell(m, turn); },
                               [&](const Refused& m) { return on_refused(m, turn); },
                               [](const auto&) { return Event::none; }},
                      body);
}

BusSession::Event BusSession::on_duplicate(const Duplicate& told, Turn& turn) {
    if (state_ == State::away) return Event::none;
    turn.report(Report::Level::warning, "bus.duplicate",
                (told.exchange.empty() ? "somebody left " + endpoint_ + " under our id"
                                       : "another peer with our id lives at " + told.exchange) +
                    " (a copied store?): drawing a new id");
    enter(State::away, turn.now);
    was_joined_ = false;
    update_.reset();
    beat_at_ = kNever;
    try_at_ = turn.now + limits::kRetryMax;  // should no new identity come
    return Event::duplicate;
}

BusSession::Event BusSession::on_ack(const Ack& ack, Turn& turn) {
    if (!update_ || ack.request != update_->request) return Event::none;
    update_.reset();
    full_ = false;
    flush(turn);
    return Event::none;
}

BusSession::Event BusSession::on_tell(const Tell& tell, Turn& turn) {
    if (!joined()) return Event::none;
    untold_.insert(tell.assets.begin(), tell.assets.end());
    flush(turn);
    return Event::none;
}

BusSession::Event BusSession::on_refused(const Refused& refused, Turn& turn) {
    if (state_ == State::joining && refused.request == join_request_)
        return away("refused: " + refused.text, turn);
    if (!update_ || refused.request != update_->request) return Event::none;
    if (refused.reason == name_of(ErrorKind::full)) {
        on_full(refused, turn);
    } else {  // it does not know us any more
        tries_ = 0;
        join(turn);
    }
    return Event::none;
}

// What it took of that, its digests tell; the rest is told again when it may have room.
void BusSession::on_full(const Refused& refused, Turn& turn) {
    untold_.insert(update_->assets.begin(), update_->assets.end());
    update_.reset();
    room_at_ = turn.now + limits::kFullAgain;
    if (std::exchange(full_, true)) return;
    turn.report(Report::Level::warning, "bus.full",
                "the bus at " + endpoint_ + " does not list all that is here (" + refused.text +
                    "); neighbours hear of it, and the bus again in " +
                    seconds(limits::kFullAgain));
}

BusSession::Event BusSession::on_heartbeat_ack(const HeartbeatAck& ack, Turn& turn) {
    if (!joined()) return Event::none;
    if (!ack.known) {
        tries_ = 0;
        join(turn);
        return Event::none;
    }
    enter(ack.settling ? State::settling : State::joined, turn.now);
    // While something is being told the roots differ anyway.
    if (!ack.in_sync && untold_.empty() && !update_) send_digests(turn);
    return Event::none;
}

void BusSession::send_digests(Turn& turn) {
    Digests page;
    for (const auto& [asset, digest] : book_.digests()) {
        if (page.digests.size() == kDigestsPerPage) {
            page.more = true;
            turn.out.push_back(SendToBus{bus_, std::exchange(page, {})});
        }
        page.digests.push_back({asset, digest});
    }
    turn.out.push_back(SendToBus{bus_, std::move(page)});
}

void BusSession::on_change(const AssetId& asset, Turn& turn) {
    if (state_ == State::away || state_ == State::left) return;  // the next join tells all
    untold_.insert(asset);
    flush(turn);
}

// One update at a time: what changes meanwhile goes into the next, once.
void BusSession::flush(Turn& turn) {
    if (!joined() || update_ || untold_.empty() || turn.now < room_at_) return;
    std::set<AssetId> assets;
    std::size_t bytes = 0;
    for (const AssetId& asset : untold_) {
        bytes += packed_size(book_.entry(asset));
        if (!assets.empty() &&
            (assets.size() >= limits::kMaxEntries || bytes > limits::kMaxPageBytes))
            break;
        assets.insert(asset);
    }
    for (const AssetId& asset : assets)
        untold_.erase(asset);
    send_update(assets, 1, turn);
}

void BusSession::send_update(const std::set<AssetId>& assets, std::uint32_t tries, Turn& turn) {
    update_ = Sent{turn.next_request(), assets, turn.now, tries};
    Update update;
    update.request = update_->request;
    for (const AssetId& asset : assets)
        update.entries.push_back(book_.entry(asset));
    turn.out.push_back(SendToBus{bus_, std::move(update)});
}

// --- time ----------------------------------------------------------------------------------------

BusSession::Event BusSession::on_tick(Turn& turn) {
    switch (state_) {
        case State::left:
            return Event::none;
        case State::away:
            if (turn.now >= try_at_) connect(turn);
            return Event::none;
        case State::joining:
            if (turn.now - sent_at_ >= welcome_in_) return away("no answer", turn);
            return Event::none;
        case State::settling:
        case State::joined:
            break;
    }
    if (turn.now - heard_ >= limits::kDeadAfterSilence) return away("silent", turn);
    if (turn.now >= beat_at_) {
        turn.out.push_back(SendToBus{bus_, Heartbeat{book_.root()}});
        beat_at_ = turn.now + heartbeat_;
    }
    if (update_ && turn.now - update_->at >= limits::kDirectoryAnswer) {
        if (update_->tries >= kUpdateTries) return away("updates are not answered", turn);
        const std::set<AssetId> again = update_->assets;
        send_update(again, update_->tries + 1, turn);
    }
    flush(turn);
    return Event::none;
}

Time BusSession::next_tick() const {
    if (state_ == State::left) return kNever;
    if (state_ == State::away) return try_at_;
    if (state_ == State::joining) return sent_at_ + welcome_in_;
    Time next = std::min(beat_at_, heard_ + limits::kDeadAfterSilence);
    if (update_) next = std::min(next, update_->at + limits::kDirectoryAnswer);
    if (!update_ && !untold_.empty()) next = std::min(next, room_at_);
    return next;
}

const char* BusSession::broken() const {
    if (joined() && !was_joined_) return "a bus is joined, and never was";
    if (update_ && !joined()) return "a bus that is not joined is told something";
    if (update_ && (update_->assets.empty() || update_->assets.size() > limits::kMaxEntries))
        return "a bus is told of nothing, or of too much";
    if (state_ == State::left && !untold_.empty()) return "a bus that was left is to be told";
    if (state_ == State::away && was_joined_) return "a bus that is away counts as joined";
    return nullptr;
}

}  // namespace fragcast

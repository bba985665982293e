#include "bus/directory_session.hpp"

#include "bus/activity.hpp"
#include "messages/wire/endpoint.hpp"
#include "messages/wire/hash.hpp"
#include "messages/wire/limits.hpp"

#include <algorithm>
#include <chrono>

namespace fragcast {

namespace {

constexpr std::uint64_t kClockSet = 1'577'836'800;  // 2020

std::uint64_t whole_ms(Duration time) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

Status check_self(const Header& header, const Join& join) {
    if (join.self.id != header.sender || join.self.epoch != header.epoch)
        return fail(ErrorKind::invalid, "the join speaks of another peer than its header");
    if (join.key.size() != limits::kKeyBytes || peer_id_of(join.key) != join.self.id)
        return fail(ErrorKind::invalid, "the key is not that of id " + join.self.id.text());
    return Done{};
}

Status check_entries(const std::vector<EntryRecord>& entries) {
    for (const EntryRecord& entry : entries)
        if (!entry.fragments.empty() && entry.fragments.end() > entry.asset.fragments)
            return fail(ErrorKind::invalid, "asset " + entry.asset.id.short_text() + " has " +
                                                std::to_string(entry.asset.fragments) +
                                                " fragments; told of " + entry.fragments.text());
    return Done{};
}

}  // namespace

DirectorySession::DirectorySession(DirectoryOptions options, Time start)
    : options_(options), start_(start), next_stats_(start + limits::kHeartbeat) {}

bool DirectorySession::settling(Time now) const {
    return now < start_ + limits::kSettling;
}

std::uint64_t DirectorySession::uptime_ms(Time now) const {
    return whole_ms(now - start_);
}

// --- facts ---------------------------------------------------------------------------------------

void DirectorySession::on_message(const Route& from, const Message& message, const Payload& payload,
                                  Time now, DirectoryActions& out, const std::string& address) {
    ++counters_.messages_in;
    expire(now, out);
    const Incoming in{from, message.header, payload, now, out, address};
    if (leases_.find(in.header, from) != nullptr) leases_.refresh(in.header.sender, now);
    std::visit([&](const auto& body) { handle(in, body); }, message.body);
}

void DirectorySession::on_garbage(const Route& from, const DecodeError& why, Time now,
                                  DirectoryActions& out) {
    ++counters_.garbage;
    complain(from, why.text, now, out);
}

void DirectorySession::on_announcement(const Message& announcement, Time now) {
    const ActivityNames names{[this](const PeerId& id) { return name_of_peer(id); },
                              [this](const AssetId& id) { return name_of_asset(id); }};
    if (std::holds_alternative<ViewerEntered>(announcement.body))
        leases_.enter(announcement.header.sender, announcement.header.epoch);
    auto event = activity_of(announcement, names);
    if (event)
        record(std::move(event->kind), event->peer, event->asset, std::move(event->text), now);
}

void DirectorySession::on_forwarded(const ForwardCounts& counts, Time now, DirectoryActions& out) {
    counters_.announcements += counts.announcements;
    counters_.garbage +=
        counts.garbage + counts.cut + counts.slow + counts.flooded + counts.strangers;
    counters_.unrecorded += counts.unrecorded;
    // Connections to the forwarder have no name that we could tell.
    if (counts.garbage != 0)
        complain("forwarder", "somebody publishes what is no announcement; it was dropped", now,
                 out);
    if (counts.cut != 0)
        complain("subscribers",
                 "somebody subscribed to more than " + std::to_string(limits::kMaxSubscriptions) +
                     " topics; its connection was closed",
                 now, out);
    if (counts.slow != 0)
        complain("slow subscribers",
                 "somebody subscribed and did not read what came; its connection was closed", now,
                 out);
    if (counts.flooded != 0)
        complain("publishers",
                 "somebody publishes more than can be forwarded; its connection was closed", now,
                 out);
    if (counts.strangers != 0)
        complain("strangers",
                 "somebody connected to the forwarder and does not speak ZeroMQ; it was closed",
                 now, out);
}

void DirectorySession::on_tick(Time now, DirectoryActions& out) {
    expire(now, out);
    manifests_.expire(now);
    if (now < next_stats_) return;
    publish(BusStats{counters()}, out);
    // Not one for each that was missed while the process was stopped.
    while (next_stats_ <= now)
        next_stats_ += limits::kHeartbeat;
}

Time DirectorySession::next_tick() const {
    return std::min(next_stats_, std::max(leases_.next_expiry(), start_ + limits::kSettling));
}

void DirectorySession::expire(Time now, DirectoryActions& out) {
    if (settling(now)) return;
    for (const PeerRecord& peer : leases_.expire(now)) {
        ++counters_.lapses;
        conversations_.erase(peer.id);
        record("peer.left", peer.id, {},
               peer.name + " is gone: no sign of it for " +
                   human_duration(std::chrono::microseconds(limits::kLease).count()),
               now);
        publish(PeerLeft{peer.id, true}, out);
    }
}

// --- who is here and what they hold --------------------------------------------------------------

// By a clock that was ever set: one that was not says nothing about others.
bool DirectorySession::ahead(Epoch epoch, Time now) const {
    const std::uint64_t seconds = (options_.epoch.value + uptime_ms(now)) / 1000;
    return seconds > kClockSet && epoch.value > seconds + limits::kMaxEpochAhead;
}

Status DirectorySession::check(const Incoming& in, const Join& join) const {
    if (auto fine = check_self(in.header, join); !fine) return fine;
    if (auto fine = check_entries(join.entries); !fine) return fine;
    if (!ahead(in.header.epoch, in.now)) return Done{};
    return fail(ErrorKind::invalid, "epoch " + std::to_string(in.header.epoch.value) +
                                        " is more than a day ahead of this bus's clock; set "
                                        "the clock of whoever is wrong");
}

Status DirectorySession::find_room(const Incoming& in) {
    if (leases_.over(in.from) >= limits::kMaxIdsPerConnection)
        return fail(ErrorKind::full, "more than " + std::to_string(limits::kMaxIdsPerConnection) +
                                         " ids over one connection");
    if (leases_.peers().size() >= limits::kMaxBusPeers && !make_room(in))
        return fail(ErrorKind::full, "this bus has no room for another peer");
    return Done{};
}

DirectorySession::Entry DirectorySession::judge(const Incoming& in, const Join& join) {
    if (const auto fine = check(in, join); !fine) {
        refuse(in, join.request, fine.error());
        return Entry::closed;
    }
    // Somebody said goodbye for it, in this epoch or a later one: a copied store, or who knows its
    // key. It is not to be kept out by that.
    if (leases_.voided(in.header.sender, in.header.epoch)) {
        ++counters_.duplicates;
        answer(in, Duplicate{join.request, ""});
        return Entry::closed;
    }
    const Leases::Lease* known = leases_.find(in.header.sender);
    if (known == nullptr) {
        const auto room = find_room(in);
        if (!room) refuse(in, join.request, room.error());
        return room ? Entry::fresh : Entry::closed;
    }
    if (in.header.epoch > known->peer.epoch) return Entry::fresh;
    const bool same_peer = in.header.epoch == known->peer.epoch &&
                           (in.from == known->route || join.self.exchange == known->peer.exchange);
    if (same_peer) return Entry::again;
    ++counters_.duplicates;
    complain(in.from,
             "id " + in.header.sender.text() + " is alive at " + known->peer.exchange +
                 "; a second peer of it was told to draw another",
             in.now, in.out);
    answer(in, Duplicate{join.request, known->peer.exchange});
    return Entry::closed;
}

// Whoever has most of it, by address and connection, loses one.
bool DirectorySession::make_room(const Incoming& in) {
    const auto who = leases_.gives_way(in.from, in.address);
    if (!who) return false;
    const PeerRecord gone = leases_.find(*who)->peer;
    leases_.drop(*who);
    conversations_.erase(*who);
    ++counters_.lapses;
    record("peer.left", *who, {},
           gone.name + " made room: this bus is full, most of it by its address", in.now);
    publish(PeerLeft{*who, true}, in.out);
    return true;
}

void DirectorySession::handle(const Incoming& in, const Join& join) {
    const Entry entry = judge(in, join);
    if (entry == Entry::closed) return;
    const PeerId& id = join.self.id;
    const Leases::Lease* known = leases_.find(id);
    const bool drains = join.self.draining && (known == nullptr || !known->peer.draining);
    leases_.join(join.self, in.from, in.header.sequence, in.now, in.address);
    conversations_[id] = {};
    (void)take(id, join.entries);  // what finds no room is told by an update, and answered there
    welcome(in, join.request);
    if (entry == Entry::again) {
        if (drains)
            publish(PeerJoined{join.self}, in.out);  // all are to know that it leaves for good
        return;
    }
    ++counters_.joins;
    const std::size_t assets = leases_.find(id)->holdings.size();
    record("peer.joined", id, {},
           join.self.name + " joined with " +
               (assets == 0 ? std::string("nothing")
                            : std::to_string(assets) + (assets == 1 ? " asset" : " assets")) +
               (join.more ? " and more" : ""),
           in.now);
    publish(PeerJoined{join.self}, in.out);
}

// All that there is room for, with what is held no more.
Status DirectorySession::take(const PeerId& peer, const std::vector<EntryRecord>& entries) {
    Status all = Done{};
    for (const EntryRecord& entry : entries) {
        auto told = leases_.tell(peer, entry);
        if (!told) {
            if (all) all = std::move(told);
        } else if (const AssetRecord* proven = manifests_.record(entry.asset.id)) {
            leases_.prove(*proven);
        }
    }
    return all;
}

void DirectorySession::handle(const Incoming& in, const Update& update) {
    const Leases::Lease* lease = leases_.find(in.header, in.from);
    if (lease == nullptr) {
        refuse(in, update.request, fail(ErrorKind::not_found, "not joined; join first"));
        return;
    }
    if (in.header.sequence >= lease->sequence) {
        auto fine = check_entries(update.entries);
        if (fine) fine = take(in.header.sender, update.entries);
        if (!fine) {
            refuse(in, update.request, fine.error());
            return;
        }
        leases_.advance(in.header.sender, in.header.sequence);
    }
    answer(in, Ack{update.request, wanted_manifests(*lease, in.now)});
}

void DirectorySession::handle(const Incoming& in, const Heartbeat& heartbeat) {
    const Leases::Lease* lease = leases_.find(in.header, in.from);
    const bool same = lease != nullptr && in_sync(*lease, heartbeat.root, in.now);
    answer(in, HeartbeatAck{lease != nullptr, same, settling(in.now)});
    if (!same) return;
    // What was told by a join, or could not be asked for at the time.
    auto manifests = wanted_manifests(*lease, in.now);
    if (!manifests.empty()) answer(in, Ack{RequestId{}, std::move(manifests)});
}

void DirectorySession::handle(const Incoming& in, const Digests& digests) {
    if (leases_.find(in.header, in.from) == nullptr) return;
    // Page by page, so that none is kept.
    auto& up_to = conversations_[in.header.sender].digests_up_to;
    std::map<AssetId, StateDigest> told;
    for (const DigestRecord& record : digests.digests)
        told[record.asset] = record.digest;
    // What does not fit is found by the next heartbeat.
    auto differing = leases_.differing(in.header.sender, told, limits::kMaxDigests,
                                       up_to ? &*up_to : nullptr, !digests.more);
    if (!digests.more)
        up_to.reset();
    else if (!told.empty() && (!up_to || told.rbegin()->first > *up_to))
        up_to = told.rbegin()->first;
    if (!digests.more || !differing.empty()) answer(in, Tell{std::move(differing)});
}

void DirectorySession::handle(const Incoming& in, const ManifestPart& part) {
    if (leases_.find(in.header, in.from) == nullptr) return;
    const auto done = manifests_.on_part(in.from, part, in.payload, in.now);
    if (!done) return;
    const auto& proven = *done;
    if (proven) return leases_.prove(*proven);
    ++counters_.garbage;
    complain(in.from, proven.error().text, in.now, in.out);
}

void DirectorySession::handle(const Incoming& in, const Leave& leave) {
    const Leases::Lease* its = leases_.find(in.header, in.from);
    // Of it over another connection, or of an older life.
    if (its == nullptr && leases_.find(in.header.sender) != nullptr) return;
    if (its != nullptr) {
        ++counters_.leaves;
        record("peer.left", in.header.sender, {}, its->peer.name + " left", in.now);
        leases_.leave(in.header.sender, in.now);
        conversations_.erase(in.header.sender);
        publish(PeerLeft{in.header.sender, false}, in.out);
    }
    answer(in, Ack{leave.request, {}});
}

// A root is made of all that a peer holds: who asks in haste gets the last answer again.
bool DirectorySession::in_sync(const Leases::Lease& lease, const StateDigest& root, Time now) {
    Conversation& conversation = conversations_[lease.peer.id];
    if (conversation.compared && now < *conversation.compared + limits::kCompareEvery)
        return conversation.in_sync;
    conversation.compared = now;
    conversation.in_sync = leases_.root(lease.peer.id) == root;
    return conversation.in_sync;
}

std::vector<AssetId> DirectorySession::wanted_manifests(const Leases::Lease& lease, Time now) {
    AssetId& after = conversations_[lease.peer.id].asked_up_to;
    manifests_.expire(now);
    std::vector<AssetId> out;
    for (const AssetId& asset :
         leases_.unproven(lease.peer.id, after, std::size_t{2} * limits::kMaxManifestsComing)) {
        if (!manifests_.may_ask(asset, lease.route)) continue;
        manifests_.asked(asset, lease.route, now);
        after = asset;
        out.push_back(asset);
    }
    return out;
}

// --- telling -------------------------------------------------------------------------------------

void DirectorySession::misplaced(const Incoming& in) {
    ++counters_.garbage;
    complain(in.from, "a message that no directory is told, of " + name_of_peer(in.header.sender),
             in.now, in.out);
}

void DirectorySession::answer(const Incoming& in, Body body, Payload payload, Sequence sequence) {
    ++counters_.messages_out;
    Message message{{options_.id, options_.epoch, sequence}, std::move(body)};
    in.out.emplace_back(DirectorySend{in.from, std::move(message), std::move(payload)});
}

void DirectorySession::refuse(const Incoming& in, RequestId request, const Error& why) {
    answer(in, Refused{request, name_of(why.kind), why.text});
}

void DirectorySession::publish(Body body, DirectoryActions& out) {
    out.emplace_back(
        DirectoryPublish{Message{{options_.id, options_.epoch, Sequence{}}, std::move(body)}});
}

void DirectorySession::complain(const Route& about, const std::string& text, Time now,
                                DirectoryActions& out) {
    const auto old = [now](const auto& entry) {
        return entry.second + limits::kLogInterval <= now;
    };
    const auto at = complained_.find(about);
    if (at != complained_.end() && !old(*at)) return;
    // So many senders of garbage at once: the counter says it, lines would not.
    if (complained_.size() >= limits::kMaxComplaints) std::erase_if(complained_, old);
    if (complained_.size() >= limits::kMaxComplaints) return;
    complained_[about] = now;
    Report report;
    report.level = Report::Level::warning;
    report.kind = "refused";
    report.text = text;
    out.emplace_back(std::move(report));
}

void DirectorySession::record(std::string kind, const PeerId& peer, const AssetId& asset,
                              std::string text, Time now) {
    EventRecord event;
    event.unix_ms = options_.epoch.value + whole_ms(now - start_);
    event.kind = std::move(kind);
    event.peer = peer;
    event.asset = asset;
    event.text = std::move(text);
    events_.add(std::move(event));
}

std::string DirectorySession::name_of_peer(const PeerId& peer) const {
    const Leases::Lease* lease = leases_.find(peer);
    return lease != nullptr ? lease->peer.name : peer.short_text();
}

std::string DirectorySession::name_of_asset(const AssetId& asset) const {
    const auto at = leases_.assets().find(asset);
    return at != leases_.assets().end() ? at->second.record.name : asset.short_text();
}

}  // namespace fragcast

#include "bus/leases.hpp"

#include "messages/wire/limits.hpp"
#include "messages/wire/name_or_id.hpp"

#include <algorithm>

namespace fragcast {

namespace {

// A void epoch outlives whatever could still be on its way.
constexpr auto kRememberVoid = 2 * limits::kLease;

// Of memory, roughly, without what texts take.
constexpr std::uint64_t kLeaseCost = 1024;
constexpr std::uint64_t kAssetCost = 256;

std::uint64_t cost_of(const std::string& text) {
    return text.size() > 15 ? text.size() + 17 : 0;
}

std::uint64_t cost_of(const AssetRecord& record) {
    return kAssetCost + cost_of(record.name);
}

std::uint64_t cost_of(const PeerRecord& peer) {
    return kLeaseCost + cost_of(peer.name) + cost_of(peer.exchange) + cost_of(peer.http);
}

}  // namespace

void Leases::join(const PeerRecord& peer, const Route& route, Sequence sequence, Time now,
                  const std::string& address) {
    const auto [at, fresh] = peers_.try_emplace(peer.id);
    Lease& lease = at->second;
    const std::uint64_t entered = lease.peer.epoch == peer.epoch ? lease.peer.entered : 0;
    if (!fresh) {
        forget_all(lease);
        by_heard_.erase({lease.heard, peer.id});
        if (lease.peer.guest) --guests_;
        crowd_.remove(peer.id, lease.route);
        kept_ -= cost_of(lease.peer);
    }
    crowd_.add(peer.id, route, address);
    lease = Lease{peer, route, sequence, now, {}, 0};
    lease.peer.entered = entered;
    by_heard_.insert({now, peer.id});
    by_kept_.insert({0, peer.id});
    kept_ += cost_of(peer);
    if (peer.guest) ++guests_;
}

void Leases::refresh(const PeerId& peer, Time now) {
    const auto at = peers_.find(peer);
    if (at == peers_.end() || at->second.heard >= now) return;
    by_heard_.erase({at->second.heard, peer});
    at->second.heard = now;
    by_heard_.insert({now, peer});
}

void Leases::enter(const PeerId& peer, Epoch epoch) {
    const auto at = peers_.find(peer);
    if (at != peers_.end() && at->second.peer.epoch == epoch) ++at->second.peer.entered;
}

void Leases::advance(const PeerId& peer, Sequence sequence) {
    const auto at = peers_.find(peer);
    if (at != peers_.end()) at->second.sequence = std::max(at->second.sequence, sequence);
}

Status Leases::tell(const PeerId& peer, const EntryRecord& entry) {
    const auto at = peers_.find(peer);
    if (at == peers_.end()) return fail(ErrorKind::not_found, "not joined; join first");
    Lease& lease = at->second;
    const AssetId& id = entry.asset.id;
    if (entry.fragments.empty()) {
        forget(lease, id);
        return Done{};
    }
    if (entry.fragments.end() > entry.asset.fragments)
        return fail(ErrorKind::invalid, "asset " + id.short_text() + " has " +
                                            std::to_string(entry.asset.fragments) +
                                            " fragments; told of " + entry.fragments.text());
    const Holdings::One* known = lease.holdings.find(id);
    if (known == nullptr && lease.holdings.size() >= limits::kMaxAssetsPerPeer)
        return fail(ErrorKind::full, "more than " + std::to_string(limits::kMaxAssetsPerPeer) +
                                         " assets of one peer");
    const auto asset = assets_.find(id);
    const std::uint64_t ranges = Holdings::One::cost_of(entry.fragments);
    const std::uint64_t before = known != nullptr ? known->cost() : 0;
    const std::uint64_t more = ranges > before ? ranges - before : 0;
    const std::uint64_t fresh = asset == assets_.end() ? cost_of(entry.asset) : 0;
    const std::uint64_t as_its = more + (known != nullptr ? 0
                                         : fresh != 0     ? fresh
                                                          : cost_of(asset->second.record));
    auto room = make_room(lease, as_its, more + fresh);
    if (!room) return room;
    keep(lease, entry);
    return Done{};
}

// Of one that may be kept.
void Leases::keep(Lease& lease, const EntryRecord& entry) {
    const auto [at, fresh] = assets_.try_emplace(entry.asset.id);
    Asset& asset = at->second;
    if (fresh) {
        asset.record = entry.asset;
        names_.insert(&asset);
        kept_ += cost_of(asset.record);
    }
    const Holdings::One* known = lease.holdings.find(entry.asset.id);
    const std::uint64_t before = known != nullptr ? known->cost() : 0;
    const std::uint64_t after = lease.holdings.set(asset, entry.fragments).cost();
    kept_ += after - before;
    charge(lease, after - before + (known != nullptr ? 0 : cost_of(asset.record)));
    if (known != nullptr) return;
    ++holdings_;
    asset.holders.insert(lease.peer.id);
}

// What its holder is charged with; `bytes` may be negative.
void Leases::charge(Lease& lease, std::uint64_t bytes) {
    by_kept_.erase({lease.kept, lease.peer.id});
    lease.kept += bytes;
    by_kept_.insert({lease.kept, lease.peer.id});
}

// Who has most gives way, and who would then have most gets no more.
Status Leases::make_room(const Lease& teller, std::uint64_t for_it, std::uint64_t for_all) {
    const std::uint64_t its = teller.kept + for_it;
    if (for_it > 0 && its > limits::kMaxKeptBytesOfOne)
        return fail(ErrorKind::full, "more than " + std::to_string(limits::kMaxKeptBytesOfOne) +
                                         " bytes of what one peer holds");
    while (for_all > 0 && kept_ + for_all > limits::kMaxKeptBytes) {
        const auto& [most, who] = *by_kept_.rbegin();
        if (who == teller.peer.id || its >= most)
            return fail(ErrorKind::full,
                        "this bus has no room for more of what peers hold; this one has " +
                            std::to_string(teller.kept) + " bytes of it");
        Lease& greedy = peers_.at(who);
        const AssetId asset = greedy.holdings.last().id();
        forget(greedy, asset);
    }
    return Done{};
}

void Leases::forget(Lease& lease, const AssetId& id) {
    const Holdings::One* one = lease.holdings.find(id);
    if (one == nullptr) return;
    const auto at = assets_.find(id);
    Asset& asset = at->second;
    const std::uint64_t cost = one->cost();
    --holdings_;
    kept_ -= cost;
    charge(lease, -(cost + cost_of(asset.record)));
    lease.holdings.erase(id);
    asset.holders.erase(lease.peer.id);
    if (!asset.holders.empty()) return;
    kept_ -= cost_of(asset.record);
    names_.erase(&asset);
    assets_.erase(at);
}

void Leases::forget_all(Lease& lease) {
    while (!lease.holdings.empty()) {
        const AssetId asset = lease.holdings.last().id();
        forget(lease, asset);
    }
    by_kept_.erase({lease.kept, lease.peer.id});
}

void Leases::erase(Peers::iterator at) {
    forget_all(at->second);
    by_heard_.erase({at->second.heard, at->first});
    if (at->second.peer.guest) --guests_;
    crowd_.remove(at->first, at->second.route);
    kept_ -= cost_of(at->second.peer);
    peers_.erase(at);
}

void Leases::drop(const PeerId& peer) {
    const auto at = peers_.find(peer);
    if (at != peers_.end()) erase(at);
}

void Leases::leave(const PeerId& peer, Time now) {
    const auto at = peers_.find(peer);
    if (at == peers_.end()) return;
    const auto known = void_.find(peer);
    if (known != void_.end()) by_left_.erase({known->second.since, peer});
    void_[peer] = Void{at->second.peer.epoch, now};
    by_left_.insert({now, peer});
    if (by_left_.size() > limits::kMaxBusPeers) {
        void_.erase(by_left_.begin()->second);
        by_left_.erase(by_left_.begin());
    }
    erase(at);
}

std::vector<PeerRecord> Leases::expire(Time now) {
    while (!by_left_.empty() && by_left_.begin()->first + kRememberVoid <= now) {
        void_.erase(by_left_.begin()->second);
        by_left_.erase(by_left_.begin());
    }
    std::vector<PeerRecord> lapsed;
    while (!by_heard_.empty() && by_heard_.begin()->first + limits::kLease <= now) {
        const auto at = peers_.find(by_heard_.begin()->second);
        lapsed.push_back(at->second.peer);
        erase(at);
    }
    return lapsed;
}

Time Leases::next_expiry() const {
    return by_heard_.empty() ? kNever : by_heard_.begin()->first + limits::kLease;
}

void Leases::prove(const AssetRecord& record) {
    const auto at = assets_.find(record.id);
    if (at == assets_.end()) return;
    Asset& asset = at->second;
    if (asset.proven && asset.record == record) return;
    const std::uint64_t more = cost_of(record) - cost_of(asset.record);
    for (const PeerId& holder : asset.holders) {
        Lease& lease = peers_.at(holder);
        lease.holdings.becomes_proven(record.id);
        charge(lease, more);
    }
    kept_ += more;
    names_.erase(&asset);
    asset.record = record;
    asset.proven = true;
    names_.insert(&asset);
}

const Leases::Lease* Leases::find(const PeerId& peer) const {
    const auto at = peers_.find(peer);
    return at == peers_.end() ? nullptr : &at->second;
}

const Leases::Lease* Leases::find(const Header& header, const Route& route) const {
    const Lease* lease = find(header.sender);
    const bool its = lease != nullptr && lease->peer.epoch == header.epoch && lease->route == route;
    return its ? lease : nullptr;
}

bool Leases::voided(const PeerId& peer, Epoch epoch) const {
    const auto at = void_.find(peer);
    return at != void_.end() && epoch <= at->second.epoch;
}

StateDigest Leases::root(const PeerId& peer) const {
    const Lease* lease = find(peer);
    return lease != nullptr ? lease->holdings.root() : Holdings().root();
}

std::vector<AssetId> Leases::differing(const PeerId& peer,
                                       const std::map<AssetId, StateDigest>& told, std::size_t most,
                                       const AssetId* after, bool last) const {
    std::vector<AssetId> out;
    auto at = after != nullptr ? told.upper_bound(*after) : told.begin();
    // Those that only they have, below `id`.
    const auto theirs = [&](const AssetId* id) {
        for (; at != told.end() && (id == nullptr || at->first < *id); ++at)
            if (out.size() < most) out.push_back(at->first);
    };
    const auto see = [&](const Holdings::One& one) {
        if (out.size() >= most) return false;
        theirs(&one.id());
        if (at == told.end() && !last) return false;
        const bool both = at != told.end() && at->first == one.id();
        if ((!both || at->second != one.digest()) && out.size() < most) out.push_back(one.id());
        if (both) ++at;
        return true;
    };
    const Lease* lease = find(peer);
    if (lease != nullptr)
        after != nullptr ? lease->holdings.each_above(*after, see) : lease->holdings.each(see);
    theirs(nullptr);
    return out;
}

std::vector<AssetId> Leases::unproven(const PeerId& peer, const AssetId& after,
                                      std::size_t most) const {
    const Lease* lease = find(peer);
    return lease != nullptr ? lease->holdings.unproven(after, most) : std::vector<AssetId>();
}

std::vector<AssetId> Leases::named(std::string_view word) const {
    std::vector<AssetId> out;
    const NameOrId<AssetId> meant(word);
    const std::string name(meant.id() ? "" : word);
    for (auto at = names_.lower_bound(name); at != names_.end(); ++at) {
        const AssetRecord& record = (*at)->record;
        if (name.empty() || record.name != name || out.size() == limits::kMaxEntries) break;
        out.push_back(record.id);
    }
    if (!meant.range()) return out;
    // A name that begins another's id means neither of the two alone.
    const std::set<AssetId> named(out.begin(), out.end());
    for (auto at = assets_.lower_bound(meant.range()->first); at != assets_.end(); ++at) {
        if (!meant.begins(at->first) || out.size() == limits::kMaxEntries) break;
        if (!named.contains(at->first)) out.push_back(at->first);
    }
    return out;
}

}  // namespace fragcast

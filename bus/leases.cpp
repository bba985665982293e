#include "bus/leases.hpp"

#include "messages/wire/limits.hpp"
#include "messages/wire/name_or_id.hpp"

#include <algorithm>

namespace fragcast {

namespace {

// A void epoch outlives whatever could still be on its way.
constexpr auto kRememberVoid = 2 * limits::kLease;

}  // namespace

void Leases::join(const PeerRecord& peer, const Route& route, Sequence sequence, Time now) {
    const auto [at, fresh] = peers_.try_emplace(peer.id);
    Lease& lease = at->second;
    const std::uint64_t entered = lease.peer.epoch == peer.epoch ? lease.peer.entered : 0;
    if (!fresh) {
        forget_all(lease);
        by_heard_.erase({lease.heard, peer.id});
        if (lease.peer.guest) --guests_;
        leaves_route(lease.route);
    }
    ++over_[route];
    lease = Lease{peer, route, sequence, now, {}};
    lease.peer.entered = entered;
    by_heard_.insert({now, peer.id});
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
    const bool known = lease.holdings.count(id) != 0;
    if (!known && lease.holdings.size() >= limits::kMaxAssetsPerPeer)
        return fail(ErrorKind::full, "more than " + std::to_string(limits::kMaxAssetsPerPeer) +
                                         " assets of one peer");
    lease.holdings[id] = entry.fragments;
    if (!known) ++holdings_;
    Digests& digests = digests_[peer];
    digests.each[id] = digest_of(id, entry.fragments);
    digests.root.reset();

    const auto [asset, fresh] = assets_.try_emplace(id);
    if (fresh) {
        asset->second.record = entry.asset;
        unproven_.insert(id);
        names_.insert({entry.asset.name, id});
    }
    asset->second.holders.insert(peer);
    return Done{};
}

void Leases::forget(Lease& lease, const AssetId& asset) {
    if (lease.holdings.erase(asset) == 0) return;
    --holdings_;
    Digests& digests = digests_[lease.peer.id];
    digests.each.erase(asset);
    digests.root.reset();
    const auto at = assets_.find(asset);
    at->second.holders.erase(lease.peer.id);
    if (!at->second.holders.empty()) return;
    names_.erase({at->second.record.name, asset});
    unproven_.erase(asset);
    assets_.erase(at);
}

void Leases::forget_all(Lease& lease) {
    while (!lease.holdings.empty()) {
        const AssetId asset = lease.holdings.begin()->first;
        forget(lease, asset);
    }
    digests_.erase(lease.peer.id);
}

void Leases::erase(Peers::iterator at) {
    forget_all(at->second);
    by_heard_.erase({at->second.heard, at->first});
    if (at->second.peer.guest) --guests_;
    leaves_route(at->second.route);
    peers_.erase(at);
}

void Leases::leaves_route(const Route& route) {
    const auto at = over_.find(route);
    if (--at->second == 0) over_.erase(at);
}

std::size_t Leases::over(const Route& route) const {
    const auto at = over_.find(route);
    return at == over_.end() ? 0 : at->second;
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
    names_.erase({at->second.record.name, record.id});
    at->second.record = record;
    at->second.proven = true;
    unproven_.erase(record.id);
    names_.insert({record.name, record.id});
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
    const auto at = digests_.find(peer);
    if (at == digests_.end()) return root_of(std::map<AssetId, StateDigest>{});
    Digests& digests = at->second;
    if (!digests.root) digests.root = root_of(digests.each);
    return *digests.root;
}

std::vector<AssetId> Leases::differing(const PeerId& peer,
                                       const std::map<AssetId, StateDigest>& told,
                                       std::size_t most) const {
    static const std::map<AssetId, StateDigest> nothing;
    const auto at = digests_.find(peer);
    const auto& ours = at == digests_.end() ? nothing : at->second.each;
    std::vector<AssetId> out;
    auto a = told.begin();
    auto b = ours.begin();
    while (out.size() < most && (a != told.end() || b != ours.end())) {
        if (b == ours.end() || (a != told.end() && a->first < b->first)) {
            out.push_back((a++)->first);
        } else if (a == told.end() || b->first < a->first) {
            out.push_back((b++)->first);
        } else {
            if (a->second != b->second) out.push_back(a->first);
            ++a, ++b;
        }
    }
    return out;
}

std::vector<AssetId> Leases::unproven(const PeerId& peer, const AssetId& after,
                                      std::size_t most) const {
    std::vector<AssetId> above, up_to;
    const Lease* lease = find(peer);
    if (lease == nullptr) return above;
    const auto take = [&](const AssetId& asset) {
        std::vector<AssetId>& part = asset > after ? above : up_to;
        if (part.size() < most) part.push_back(asset);
    };
    // Whichever list is shorter is gone through.
    if (unproven_.size() < lease->holdings.size()) {
        for (const AssetId& asset : unproven_)
            if (lease->holdings.count(asset) != 0) take(asset);
    } else {
        for (const auto& [asset, ranges] : lease->holdings)
            if (unproven_.count(asset) != 0) take(asset);
    }
    above.insert(above.end(), up_to.begin(), up_to.end());
    if (above.size() > most) above.resize(most);
    return above;
}

std::vector<AssetId> Leases::named(std::string_view word) const {
    std::vector<AssetId> out;
    const NameOrId<AssetId> meant(word);
    const std::string name(meant.id() ? "" : word);
    for (auto at = names_.lower_bound({name, AssetId{}}); at != names_.end(); ++at) {
        if (name.empty() || at->first != name || out.size() == limits::kMaxEntries) break;
        out.push_back(at->second);
    }
    if (!out.empty() || !meant.range()) return out;
    for (auto at = assets_.lower_bound(meant.range()->first); at != assets_.end(); ++at) {
        if (!meant.begins(at->first) || out.size() == limits::kMaxEntries) break;
        out.push_back(at->first);
    }
    return out;
}

}  // namespace fragcast

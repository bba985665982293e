#include "peer/swarm/buses/availability.hpp"

#include "messages/wire/limits.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace fragcast {

namespace {

constexpr std::uint32_t kBeaconsBehind = 2;  // then what was heard before was not of their peer

}  // namespace

bool has_chunk(const Holding& holding, FragmentIndex fragment, ChunkIndex chunk) {
    if (holding.fragments.contains(fragment.value)) return true;
    const auto found = holding.partial.find(fragment);
    return found != holding.partial.end() && found->second.contains(chunk.value);
}

RangeSet chunks_of(const Holding& holding, FragmentIndex fragment, const RangeSet& chunks) {
    if (holding.fragments.contains(fragment.value)) return chunks;
    const auto found = holding.partial.find(fragment);
    return found == holding.partial.end() ? RangeSet{} : chunks.common(found->second);
}

// --- order ---------------------------------------------------------------------------------------

// Anybody can announce under any id.
bool Availability::room_for(const PeerId& peer) const {
    return speakers_.size() < limits::kMaxBusPeers || speakers_.contains(peer);
}

bool Availability::begins_anew(Speaker& speaker, const PeerId& peer, Epoch epoch) {
    if (speaker.heard && epoch <= speaker.epoch) return false;
    if (speaker.heard) {
        const std::set<AssetId> before = speaker.assets;
        for (const AssetId& asset : before)
            set(peer, asset, {});
    }
    speaker.heard = true;
    speaker.epoch = epoch;
    return true;
}

bool Availability::would_begin_anew(const PeerId& peer, Epoch epoch) const {
    const auto speaker = speakers_.find(peer);
    return speaker != speakers_.end() && speaker->second.heard && epoch > speaker->second.epoch;
}

bool Availability::beyond(const PeerId& peer, Epoch epoch) const {
    const auto speaker = speakers_.find(peer);
    return speaker != speakers_.end() && speaker->second.heard && speaker->second.epoch > epoch;
}

Availability::News Availability::hear(const PeerId& peer, Epoch epoch, Sequence sequence) {
    if (!room_for(peer)) return News::old;
    Speaker& speaker = speakers_[peer];
    if (speaker.heard && epoch < speaker.epoch) return News::old;
    const bool anew = begins_anew(speaker, peer, epoch);
    const Sequence before = anew ? Sequence{} : speaker.sequence;
    if (!anew && sequence <= before) return News::old;
    speaker.sequence = sequence;
    // What a peer held when it started has sequence 0: of one just met only all tells it.
    if (anew) return News::met;
    return sequence.value == before.value + 1 ? News::next : News::gap;
}

Availability::News Availability::hear_root(const PeerId& peer, Epoch epoch, Sequence sequence,
                                           const StateDigest& told) {
    if (!room_for(peer)) return News::old;
    Speaker& speaker = speakers_[peer];
    if (speaker.heard && epoch < speaker.epoch) return News::old;
    const bool anew = begins_anew(speaker, peer, epoch);
    if (!anew && sequence < speaker.sequence && ++speaker.behind < kBeaconsBehind) return News::old;
    speaker.behind = 0;
    speaker.sequence = sequence;
    if (root(peer) == told) return News::next;
    return anew ? News::met : News::gap;
}

Availability::News Availability::hear_current(const PeerId& peer, Epoch epoch, Sequence sequence) {
    if (!room_for(peer)) return News::old;
    Speaker& speaker = speakers_[peer];
    if (speaker.heard && epoch < speaker.epoch) return News::old;
    const bool anew = begins_anew(speaker, peer, epoch);
    if (!anew && sequence < speaker.sequence) return News::old;
    const bool missed = sequence > speaker.sequence;
    speaker.sequence = sequence;
    if (anew) return News::met;
    return missed ? News::gap : News::next;
}

void Availability::hear_all(const PeerId& peer, Epoch epoch, Sequence sequence) {
    if (!room_for(peer)) return;
    Speaker& speaker = speakers_[peer];
    if (speaker.heard && epoch < speaker.epoch) return;
    if (!speaker.heard || epoch > speaker.epoch || sequence > speaker.sequence)
        speaker.sequence = sequence;
    speaker.heard = true;
    speaker.epoch = epoch;
}

// --- claims --------------------------------------------------------------------------------------

Holding* Availability::find(const AssetId& asset, const PeerId& peer) {
    const auto of_asset = claims_.find(asset);
    if (of_asset == claims_.end()) return nullptr;
    const auto found = of_asset->second.find(peer);
    return found == of_asset->second.end() ? nullptr : &found->second;
}

Holding* Availability::claim(const PeerId& peer, const AssetId& asset) {
    if (Holding* known = find(asset, peer)) return known;
    if (!room_for(peer)) return nullptr;
    if (assets(peer).size() >= limits::kMaxAssetsPerPeer) {
        cut_.insert(peer);
        return nullptr;
    }
    return &claims_[asset][peer];
}

// After the peer said more of this asset: within the limit. Who costs most gives way. Who speaks
// and is that one loses what it says of this asset, chunks first.
void Availability::keep_within(const PeerId& peer, const AssetId& asset) {
    while (account_.over()) {
        const PeerId most = account_.most();
        const Holding* spoken = most == peer ? of(asset, peer) : nullptr;
        if (spoken == nullptr) {
            give_way(most);
        } else if (!spoken->partial.empty()) {
            replace(peer, asset, {spoken->fragments, {}});
        } else {
            replace(peer, asset, {});
            cut_.insert(peer);
        }
    }
}

// Loses chunks, or if there are none, what costs most: down to half, so that it is seldom.
void Availability::give_way(const PeerId& most) {
    const std::uint64_t before = account_.of(most);
    forget_partials(most);
    if (account_.of(most) < before) return;
    std::vector<std::pair<std::uint64_t, AssetId>> dearest;
    for (const AssetId& asset : assets(most))
        dearest.emplace_back(ClaimAccount::whole(*of(asset, most)), asset);
    std::sort(dearest.rbegin(), dearest.rend());
    for (const auto& [bytes, asset] : dearest) {
        if (account_.of(most) <= before / 2) break;
        replace(most, asset, {});
    }
    cut_.insert(most);
}

// Keeps the indices true after a change of this claim.
void Availability::touched(const PeerId& peer, const AssetId& asset) {
    changed_.insert(asset);
    changed_peers_.insert(peer);
    Speaker& speaker = speakers_[peer];
    const Holding* now = find(asset, peer);
    speaker.root.reset();
    speaker.fragments.reset();
    if (now == nullptr || now->fragments.empty())
        speaker.digests.erase(asset);
    else
        speaker.digests[asset] = digest_of(asset, now->fragments);
    if (now != nullptr && !now->empty()) {
        speaker.assets.insert(asset);
        return;
    }
    speaker.assets.erase(asset);
    const auto of_asset = claims_.find(asset);
    if (of_asset == claims_.end()) return;
    of_asset->second.erase(peer);
    if (of_asset->second.empty()) claims_.erase(of_asset);
}

bool Availability::set(const PeerId& peer, const AssetId& asset, Holding holding) {
    if (!replace(peer, asset, std::move(holding))) return false;
    keep_within(peer, asset);
    return true;
}

bool Availability::replace(const PeerId& peer, const AssetId& asset, Holding holding) {
    Holding* known = holding.empty() ? find(asset, peer) : claim(peer, asset);
    if (known == nullptr || *known == holding) return false;
    const std::uint64_t before = ClaimAccount::cost(*known);
    const std::uint64_t now = ClaimAccount::cost(holding);
    *known = std::move(holding);
    touched(peer, asset);
    account_.change(peer, before, now);
    return true;
}

bool Availability::set_whole(const PeerId& peer, const AssetId& asset, RangeSet fragments) {
    Holding holding;
    if (const Holding* known = of(asset, peer)) holding.partial = known->partial;
    std::erase_if(holding.partial,
                  [&](const auto& entry) { return fragments.contains(entry.first.value); });
    holding.fragments = std::move(fragments);
    return set(peer, asset, std::move(holding));
}

bool Availability::add(const PeerId& peer, const AssetId& asset, const RangeSet& fragments) {
    if (fragments.empty()) return false;
    Holding* known = claim(peer, asset);
    if (known == nullptr || known->fragments.common(fragments) == fragments) return false;
    const std::uint64_t before = ClaimAccount::cost(*known);
    known->fragments.add(fragments);
    std::erase_if(known->partial,
                  [&](const auto& entry) { return fragments.contains(entry.first.value); });
    const std::uint64_t now = ClaimAccount::cost(*known);
    touched(peer, asset);
    account_.change(peer, before, now);
    keep_within(peer, asset);
    return true;
}

bool Availability::add(const PeerId& peer, const FragmentRef& fragment, const RangeSet& chunks) {
    if (chunks.empty()) return false;
    Holding* known = claim(peer, fragment.asset);
    if (known == nullptr || known->fragments.contains(fragment.index.value)) return false;
    // Chunks come by the thousand and change no digest: only the first makes the peer a holder.
    const std::uint64_t claimed = ClaimAccount::whole(*known);
    RangeSet& partial = known->partial[fragment.index];
    const bool first = partial.empty();
    const std::uint64_t before = claimed + (first ? 0 : ClaimAccount::cost(partial));
    partial.add(chunks);
    const std::uint64_t now = ClaimAccount::whole(*known) + ClaimAccount::cost(partial);
    if (first) touched(peer, fragment.asset);
    account_.change(peer, before, now);
    keep_within(peer, fragment.asset);
    return true;
}

bool Availability::remove(const PeerId& peer, const AssetId& asset, const RangeSet& fragments) {
    Holding* known = find(asset, peer);
    if (known == nullptr) return false;
    const std::uint64_t before = ClaimAccount::cost(*known);
    const bool whole = !known->fragments.common(fragments).empty();
    const auto partial = std::erase_if(
        known->partial, [&](const auto& entry) { return fragments.contains(entry.first.value); });
    if (!whole && partial == 0) return false;
    known->fragments.remove(fragments);
    const std::uint64_t now = ClaimAccount::cost(*known);
    touched(peer, asset);
    account_.change(peer, before, now);
    return true;
}

bool Availability::remove(const PeerId& peer, const FragmentRef& fragment, Span chunks) {
    Holding* known = find(fragment.asset, peer);
    if (known == nullptr) return false;
    if (known->fragments.contains(fragment.index.value) || chunks.empty()) {
        RangeSet one{{fragment.index.value, fragment.index.value + 1}};
        return remove(peer, fragment.asset, one);
    }
    const auto partial = known->partial.find(fragment.index);
    if (partial == known->partial.end()) return false;
    const std::uint64_t before = ClaimAccount::cost(*known);
    partial->second.remove(chunks);
    if (partial->second.empty()) known->partial.erase(partial);
    const std::uint64_t now = ClaimAccount::cost(*known);
    touched(peer, fragment.asset);
    account_.change(peer, before, now);
    return true;
}

bool Availability::keep_only(const PeerId& peer, const std::set<AssetId>& named) {
    const std::set<AssetId> before = assets(peer);
    bool changed = false;
    for (const AssetId& asset : before)
        if (!named.contains(asset)) changed = set(peer, asset, {}) || changed;
    return changed;
}

void Availability::forget_partials(const PeerId& peer) {
    const std::set<AssetId> before = assets(peer);
    for (const AssetId& asset : before)
        if (const Holding* known = of(asset, peer); known != nullptr && !known->partial.empty())
            replace(peer, asset, {known->fragments, {}});
}

void Availability::forget(const PeerId& peer) {
    keep_only(peer, {});
    speakers_.erase(peer);
}

// --- what is so ----------------------------------------------------------------------------------

const Availability::Claims& Availability::who(const AssetId& asset) const {
    static const Claims nobody;
    const auto found = claims_.find(asset);
    return found == claims_.end() ? nobody : found->second;
}

const Holding* Availability::of(const AssetId& asset, const PeerId& peer) const {
    const auto& claims = who(asset);
    const auto found = claims.find(peer);
    return found == claims.end() ? nullptr : &found->second;
}

std::uint32_t Availability::holders(const FragmentRef& fragment, std::uint32_t enough) const {
    std::uint32_t count = 0;
    for (const auto& [peer, holding] : who(fragment.asset)) {
        if (holding.fragments.contains(fragment.index.value)) ++count;
        if (count >= enough) break;
    }
    return count;
}

const std::set<AssetId>& Availability::assets(const PeerId& peer) const {
    static const std::set<AssetId> none;
    const auto found = speakers_.find(peer);
    return found == speakers_.end() ? none : found->second.assets;
}

std::uint64_t Availability::fragments(const PeerId& peer) const {
    const auto found = speakers_.find(peer);
    if (found == speakers_.end()) return 0;
    const Speaker& speaker = found->second;
    if (!speaker.fragments) {
        speaker.fragments = 0;
        for (const AssetId& asset : speaker.assets)
            if (const Holding* holding = of(asset, peer))
                *speaker.fragments += holding->fragments.count();
    }
    return *speaker.fragments;
}

StateDigest Availability::root(const PeerId& peer) const {
    const auto found = speakers_.find(peer);
    if (found == speakers_.end()) return root_of(std::map<AssetId, StateDigest>{});
    const Speaker& speaker = found->second;
    if (!speaker.root) speaker.root = root_of(speaker.digests);
    return *speaker.root;
}

std::set<AssetId> Availability::take_changed() {
    return std::exchange(changed_, {});
}

std::set<PeerId> Availability::take_changed_peers() {
    return std::exchange(changed_peers_, {});
}

std::set<PeerId> Availability::take_cut() {
    return std::exchange(cut_, {});
}

// What several members say of one peer is the same.
const char* Availability::broken(const PeerId& peer, const Speaker& speaker) const {
    if (speaker.assets.size() > limits::kMaxAssetsPerPeer) return "a peer claims too many assets";
    std::uint64_t cost = 0;
    std::uint64_t whole = 0;
    std::size_t digests = 0;
    for (const AssetId& asset : speaker.assets) {
        const Holding* holding = of(asset, peer);
        if (holding == nullptr || holding->empty()) return "a peer has an asset, and nothing of it";
        cost += ClaimAccount::cost(*holding);
        whole += holding->fragments.count();
        digests += holding->fragments.empty() ? 0 : 1;
        if (speaker.digests.contains(asset) == holding->fragments.empty())
            return "a claim has no digest, or one for nothing";
        for (const auto& [fragment, chunks] : holding->partial)
            if (chunks.empty() || holding->fragments.contains(fragment.value))
                return "a claim is of no chunks, or of those of a whole fragment";
    }
    if (speaker.digests.size() != digests) return "a digest is of no claim";
    if (speaker.fragments && *speaker.fragments != whole)
        return "a peer's whole fragments are others";
    return account_.of(peer) == cost ? nullptr : "what a peer's claims cost is wrong";
}

const char* Availability::broken() const {
    if (speakers_.size() > limits::kMaxBusPeers) return "too many peers are heard";
    if (account_.over()) return "claims cost too much";
    std::size_t named = 0;
    for (const auto& [peer, speaker] : speakers_) {
        if (const char* broken = this->broken(peer, speaker)) return broken;
        named += speaker.assets.size();
    }
    std::size_t claims = 0;
    for (const auto& [asset, who] : claims_) {
        if (who.empty()) return "an asset is claimed by nobody";
        claims += who.size();
    }
    return claims == named ? account_.broken() : "a claim is of nobody who speaks";
}

}  // namespace fragcast

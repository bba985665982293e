#include "bus/holdings.hpp"

#include "messages/wire/hash.hpp"

#include <iterator>
#include <utility>

namespace fragcast {

namespace {

constexpr std::size_t kBlock = 128;  // holdings

// A holding in its block, and its holder at the asset.
constexpr std::uint64_t kHoldingCost = 80;
constexpr std::uint64_t kSeveralCost = 64;

// What was freed of a vector is given back once it is half of it.
template <class T>
void give_back(std::vector<T>& list) {
    if (list.size() * 2 <= list.capacity()) list.shrink_to_fit();
}

}  // namespace

void PeerSet::insert(const PeerId& peer) {
    const auto at = std::lower_bound(peers_.begin(), peers_.end(), peer);
    if (at == peers_.end() || *at != peer) peers_.insert(at, peer);
}

void PeerSet::erase(const PeerId& peer) {
    const auto at = std::lower_bound(peers_.begin(), peers_.end(), peer);
    if (at == peers_.end() || *at != peer) return;
    peers_.erase(at);
    give_back(peers_);
}

bool Holdings::One::contains(std::uint32_t fragment) const {
    return several_ ? several_->contains(fragment)
                    : only_.begin <= fragment && fragment < only_.end;
}

std::uint64_t Holdings::One::cost() const {
    return several_ ? cost_of(*several_) : kHoldingCost;
}

std::uint64_t Holdings::One::cost_of(const RangeSet& fragments) {
    const std::size_t spans = fragments.spans().size();
    return kHoldingCost + (spans > 1 ? kSeveralCost + spans * sizeof(Span) : 0);
}

void Holdings::One::set(const RangeSet& fragments) {
    digest_ = digest_of(id(), fragments);
    only_ = fragments.spans().front();
    several_.reset();
    if (fragments.spans().size() > 1) several_ = std::make_unique<const RangeSet>(fragments);
}

// Where an id is, or would be: in the last block that begins at or below it.
Holdings::Place Holdings::place_of(const AssetId& asset) const {
    if (blocks_.empty()) return {};
    auto block = std::upper_bound(
        blocks_.begin(), blocks_.end(), asset,
        [](const AssetId& id, const Block& one) { return id < one.ones.front().id(); });
    if (block != blocks_.begin()) --block;
    const auto at =
        std::lower_bound(block->ones.begin(), block->ones.end(), asset,
                         [](const One& one, const AssetId& id) { return one.id() < id; });
    return {static_cast<std::size_t>(block - blocks_.begin()),
            static_cast<std::size_t>(at - block->ones.begin()),
            at != block->ones.end() && at->id() == asset};
}

const Holdings::One* Holdings::find(const AssetId& asset) const {
    const Place place = place_of(asset);
    return place.here ? &blocks_[place.block].ones[place.at] : nullptr;
}

const Holdings::One& Holdings::set(const HeldAsset& asset, const RangeSet& fragments) {
    root_.reset();
    Place place = place_of(asset.record.id);
    if (place.here) {
        One& one = blocks_[place.block].ones[place.at];
        one.set(fragments);
        return one;
    }
    if (blocks_.empty()) blocks_.emplace_back();
    if (blocks_[place.block].ones.size() == kBlock) {
        split(place.block);
        place = place_of(asset.record.id);
    }
    Block& block = blocks_[place.block];
    if (!asset.proven) ++block.unproven;
    ++size_;
    return *block.ones.emplace(block.ones.begin() + static_cast<std::ptrdiff_t>(place.at), asset,
                               fragments);
}

void Holdings::split(std::size_t at) {
    std::vector<One> whole = std::exchange(blocks_[at].ones, {});
    const auto middle = whole.begin() + kBlock / 2;
    Block upper;
    upper.ones.assign(std::move_iterator(middle), std::move_iterator(whole.end()));
    upper.unproven = static_cast<std::size_t>(std::count_if(
        upper.ones.begin(), upper.ones.end(), [](const One& one) { return !one.asset().proven; }));
    blocks_[at].ones.assign(std::move_iterator(whole.begin()), std::move_iterator(middle));
    blocks_[at].unproven -= upper.unproven;
    blocks_.insert(blocks_.begin() + static_cast<std::ptrdiff_t>(at) + 1, std::move(upper));
}

void Holdings::erase(const AssetId& asset) {
    const Place place = place_of(asset);
    if (!place.here) return;
    root_.reset();
    --size_;
    Block& block = blocks_[place.block];
    const auto at = block.ones.begin() + static_cast<std::ptrdiff_t>(place.at);
    if (!at->asset().proven) --block.unproven;
    block.ones.erase(at);
    if (!block.ones.empty()) return give_back(block.ones);
    blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(place.block));
    give_back(blocks_);
}

void Holdings::becomes_proven(const AssetId& asset) {
    const Place place = place_of(asset);
    if (place.here && !blocks_[place.block].ones[place.at].asset().proven)
        --blocks_[place.block].unproven;
}

// Blocks without any are passed over whole.
void Holdings::take_unproven(std::size_t first, std::size_t end, const AssetId* above,
                             const AssetId* up_to, std::size_t most,
                             std::vector<AssetId>& out) const {
    for (std::size_t block = first; block < end; ++block) {
        if (blocks_[block].unproven == 0) continue;
        for (const One& one : blocks_[block].ones) {
            if (out.size() == most) return;
            if (one.asset().proven || (above != nullptr && one.id() <= *above)) continue;
            if (up_to != nullptr && one.id() > *up_to) return;
            out.push_back(one.id());
        }
    }
}

std::vector<AssetId> Holdings::unproven(const AssetId& after, std::size_t most) const {
    std::vector<AssetId> out;
    const std::size_t middle = place_of(after).block;
    take_unproven(middle, blocks_.size(), &after, nullptr, most, out);
    take_unproven(0, std::min(middle + 1, blocks_.size()), nullptr, &after, most, out);
    return out;
}

StateDigest Holdings::root() const {
    if (root_) return *root_;
    RootSum sum;
    each([&sum](const One& one) {
        sum.add(one.id(), one.digest());
        return true;
    });
    root_ = sum.root();
    return *root_;
}

}  // namespace fragcast

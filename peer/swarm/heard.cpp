#include "peer/swarm/heard.hpp"

namespace fragcast {

PeerId Heard::holder(const AssetId& asset) const {
    const auto found = rows_.find(asset);
    return found == rows_.end() ? PeerId{} : found->second.holder;
}

std::size_t Heard::size(const PeerId& holder) const {
    const auto found = by_holder_.find(holder);
    return found == by_holder_.end() ? 0 : found->second.size();
}

void Heard::put(const AssetId& asset, const PeerId& holder, Time now) {
    auto& theirs = by_holder_[holder];
    if (!holder.is_zero()) {
        by_size_.erase({theirs.size(), holder});
        by_size_.insert({theirs.size() + 1, holder});
    }
    rows_[asset] = {holder, ++last_, now};
    theirs.emplace(last_, asset);
}

void Heard::remove(const AssetId& asset) {
    const auto row = rows_.find(asset);
    if (row == rows_.end()) return;
    const PeerId holder = row->second.holder;
    const auto theirs = by_holder_.find(holder);
    if (!holder.is_zero()) {
        by_size_.erase({theirs->second.size(), holder});
        if (theirs->second.size() > 1) by_size_.insert({theirs->second.size() - 1, holder});
    }
    theirs->second.erase(row->second.number);
    if (theirs->second.empty()) by_holder_.erase(theirs);
    rows_.erase(row);
}

void Heard::name(const AssetId& asset, const PeerId& holder, Time now) {
    const auto row = rows_.find(asset);
    if (row == rows_.end()) return put(asset, holder, now);
    // What nobody has stays as long as it is named; what somebody has, as long as that is so.
    if (row->second.holder.is_zero()) pass(asset, holder, now);
}

void Heard::pass(const AssetId& asset, const PeerId& to, Time now) {
    remove(asset);
    put(asset, to, now);
}

std::optional<AssetId> Heard::least() const {
    if (const auto nobodys = by_holder_.find(PeerId{}); nobodys != by_holder_.end())
        return nobodys->second.begin()->second;
    if (by_size_.empty()) return std::nullopt;
    return by_holder_.at(by_size_.rbegin()->second).begin()->second;
}

std::vector<AssetId> Heard::take_faded(Time then) {
    std::vector<AssetId> faded;
    const auto nobodys = by_holder_.find(PeerId{});
    if (nobodys == by_holder_.end()) return faded;
    for (const auto& [number, asset] : nobodys->second) {
        if (rows_.at(asset).named > then) break;  // in their order
        faded.push_back(asset);
    }
    for (const AssetId& asset : faded)
        remove(asset);
    return faded;
}

const char* Heard::broken() const {
    std::size_t rows = 0;
    std::size_t sized = 0;
    for (const auto& [holder, theirs] : by_holder_) {
        if (theirs.empty()) return "heard: who has nothing is a holder";
        rows += theirs.size();
        sized += holder.is_zero() ? 0 : 1;
        if (!holder.is_zero() && !by_size_.contains({theirs.size(), holder}))
            return "heard: a holder's place by size is another";
        for (const auto& [number, asset] : theirs) {
            const auto row = rows_.find(asset);
            if (row == rows_.end() || row->second.holder != holder || row->second.number != number)
                return "heard: an asset is of another holder";
        }
    }
    if (rows != rows_.size()) return "heard: an asset is of no holder";
    return sized == by_size_.size() ? nullptr : "heard: a holder has two places by size";
}

}  // namespace fragcast

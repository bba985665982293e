#include "peer/swarm/fetch/manifest_parts.hpp"

#include <utility>

namespace fragcast {

void ManifestParts::drop(All::iterator it) {
    if (it == coming_.end()) return;
    bytes_ -= it->second.body.size();
    coming_.erase(it);
}

void ManifestParts::make_room(const AssetId& asset, LinkId from, std::uint64_t bytes, Time now) {
    for (auto it = coming_.begin(); it != coming_.end();) {
        const auto next = std::next(it);
        if (it->first != asset && now - it->second.touched >= limits::kRequestTimeout) drop(it);
        it = next;
    }
    // The sums are over few: limits::kMaxManifestsBegun.
    const auto crowded = [&](bool of_one) {
        std::size_t count = 1;
        std::uint64_t sum = bytes;
        for (const auto& [id, one] : coming_) {
            if (id == asset || (of_one && one.from != from)) continue;
            ++count;
            sum += one.body.size();
        }
        if (const auto itself = coming_.find(asset); itself != coming_.end())
            sum += itself->second.body.size();
        return of_one ? count > limits::kMaxManifestsBegunByOne ||
                            sum > limits::kMaxManifestBytesBegunByOne
                      : count > limits::kMaxManifestsBegun || sum > limits::kMaxManifestBytesBegun;
    };
    for (const bool of_one : {true, false})
        while (crowded(of_one)) {
            auto oldest = coming_.end();
            for (auto it = coming_.begin(); it != coming_.end(); ++it)
                if (it->first != asset && (!of_one || it->second.from == from) &&
                    (oldest == coming_.end() || it->second.number < oldest->second.number))
                    oldest = it;
            if (oldest == coming_.end()) break;
            drop(oldest);
        }
}

std::variant<ManifestParts::More, Bytes, ManifestParts::Trouble> ManifestParts::add(
    const KeepManifestPart& part, std::span<const std::uint8_t> bytes, Time now) {
    if (part.offset == 0) forget(part.asset);
    const auto known = coming_.find(part.asset);
    if (part.offset > 0 && known == coming_.end()) return Trouble::lost;
    const std::uint64_t so_far = known == coming_.end() ? 0 : known->second.body.size();
    const bool next = known == coming_.end() ||
                      (known->second.from == part.from && known->second.total == part.total);
    if (!next || so_far != part.offset || part.total > limits::kMaxManifestBytes || bytes.empty() ||
        bytes.size() > part.total - part.offset) {
        drop(known);
        return Trouble::nonsense;
    }
    if (part.offset == 0 && bytes.size() == part.total) return Bytes(bytes.begin(), bytes.end());
    make_room(part.asset, part.from, bytes.size(), now);
    Coming& coming = coming_[part.asset];
    if (part.offset == 0) {
        coming.from = part.from;
        coming.total = part.total;
        coming.number = ++begun_;
    }
    coming.touched = now;
    coming.body.insert(coming.body.end(), bytes.begin(), bytes.end());
    bytes_ += bytes.size();
    if (coming.body.size() < coming.total) return More{};
    Bytes whole = std::move(coming.body);
    bytes_ -= whole.size();
    coming_.erase(part.asset);
    return whole;
}

}  // namespace fragcast

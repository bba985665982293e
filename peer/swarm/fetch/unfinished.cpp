#include "peer/swarm/fetch/unfinished.hpp"

#include "messages/wire/limits.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace fragcast {

namespace {

// When neighbours are to be told of what came of it.
Time told_at(const Assembly& one) {
    if (one.untold().count() >= limits::kPartialHaveChunks) return one.untold_since();
    return one.untold_since() + limits::kPartialHaveEvery;
}

}  // namespace

const Assembly* Unfinished::find(const FragmentRef& fragment) const {
    const OfAsset& rows = of(fragment.asset);
    const auto found = rows.find(fragment.index);
    return found == rows.end() ? nullptr : &found->second;
}

Assembly* Unfinished::at(const FragmentRef& fragment) {
    const auto rows = rows_.find(fragment.asset);
    if (rows == rows_.end()) return nullptr;
    const auto found = rows->second.find(fragment.index);
    return found == rows->second.end() ? nullptr : &found->second;
}

const Unfinished::OfAsset& Unfinished::of(const AssetId& asset) const {
    static const OfAsset kNone;
    const auto found = rows_.find(asset);
    return found == rows_.end() ? kNone : found->second;
}

RangeSet Unfinished::begun(const AssetId& asset) const {
    RangeSet out;
    for (const auto& [index, assembly] : of(asset))
        out.add(index.value);
    return out;
}

std::map<FragmentIndex, RangeSet> Unfinished::proven(const AssetId& asset) const {
    std::map<FragmentIndex, RangeSet> out;
    for (const auto& [index, assembly] : of(asset))
        if (!assembly.proven().empty()) out[index] = assembly.proven();
    return out;
}

std::size_t Unfinished::count() const {
    return std::accumulate(
        rows_.begin(), rows_.end(), std::size_t{0},
        [](std::size_t sum, const auto& row) { return sum + row.second.size(); });
}

Assembly& Unfinished::begin(const FragmentRef& fragment, std::uint64_t size) {
    changed_.insert(fragment.asset);
    return rows_[fragment.asset].try_emplace(fragment.index, size, chunk_count(size)).first->second;
}

Assembly* Unfinished::change(const FragmentRef& fragment) {
    Assembly* assembly = at(fragment);
    if (assembly != nullptr) changed_.insert(fragment.asset);
    return assembly;
}

std::optional<Assembly> Unfinished::end(const FragmentRef& fragment) {
    untold_.erase(fragment);
    const auto rows = rows_.find(fragment.asset);
    if (rows == rows_.end()) return std::nullopt;
    auto node = rows->second.extract(fragment.index);
    if (rows->second.empty()) rows_.erase(rows);
    if (node.empty()) return std::nullopt;
    changed_.insert(fragment.asset);
    return std::move(node.mapped());
}

void Unfinished::tell(const FragmentRef& fragment, const RangeSet& chunks, Time now) {
    Assembly* assembly = at(fragment);
    if (assembly == nullptr || chunks.empty()) return;
    assembly->tell_later(chunks, now);
    untold_.insert(fragment);
    news_at_ = std::min(news_at_, told_at(*assembly));
}

std::vector<Have> Unfinished::take_news(Turn& turn) {
    std::vector<Have> out;
    const bool any = turn.now >= news_at_;
    if (any) news_at_ = kNever;
    for (auto it = untold_.begin(); any && it != untold_.end();) {
        Assembly& assembly = *at(*it);
        if (const Time when = told_at(assembly); turn.now < when) {
            news_at_ = std::min(news_at_, when);
            ++it;
            continue;
        }
        if (out.empty() || out.back().asset != it->asset) {
            out.emplace_back();
            out.back().asset = it->asset;
        }
        if (out.back().partial.size() >= limits::kMaxPartials) {
            news_at_ = std::min(news_at_, told_at(assembly));
            ++it;
            continue;
        }
        out.back().partial.push_back({it->index, assembly.take_untold()});
        it = untold_.erase(it);
    }
    turn.wake_by(std::max(news_at_, turn.now));
    return out;
}

const char* Unfinished::broken() const {
    for (const auto& [asset, rows] : rows_) {
        if (rows.empty()) return "unfinished: an asset has an empty row";
        for (const auto& [index, assembly] : rows) {
            if (!assembly.proven().common(assembly.in_store()).empty())
                return "unfinished: a proven chunk lies with the store";
            if (assembly.proven().end() > assembly.chunks())
                return "unfinished: chunks beyond the end";
            if (assembly.untold().empty() == untold_.contains({asset, index}))
                return "unfinished: what is untold is not listed, or listed in vain";
        }
    }
    for (const FragmentRef& fragment : untold_)
        if (find(fragment) == nullptr)
            return "unfinished: news of what is not unfinished";
        else if (told_at(*find(fragment)) < news_at_)
            return "unfinished: news are told too late";
    return nullptr;
}

}  // namespace fragcast
